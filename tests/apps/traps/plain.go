// SPDX-License-Identifier: GPL-2.0-or-later

// Go without C: writes to its broken standard output and dies by Go's rule. Starts with a line of
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
