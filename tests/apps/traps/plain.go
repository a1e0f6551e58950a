// SPDX-License-Identifier: GPL-2.0-or-later

// Go without C: writes to its broken standard output, and Go's rule kills it. Starts after a line of
// its standard input.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	bufio.NewReader(os.Stdin).ReadString('\n')
	fmt.Println("trap")
}
