// SPDX-License-Identifier: GPL-2.0-or-later

// Go: a method called from a goroutine. With an argument it writes as most programs do, through os.File,
// which ends the program when standard output is broken.
package main

import (
	"os"
	"syscall"
)

type connection struct{ fd int }

//go:noinline
func (c *connection) reply() int {
	if len(os.Args) > 1 {
		n, _ := os.Stdout.Write([]byte("stack-marker\x00"))
		return n
	}
	n, _ := syscall.Write(c.fd, []byte("stack-marker\x00"))
	return n
}

//go:noinline
func serve(done chan int) {
	c := &connection{1}
	n := c.reply()
	done <- n
}

// Like gate.c: a test can act before and after the write.
func waitForInput() {
	os.Stdin.Read(make([]byte, 1))
}

func main() {
	waitForInput()
	done := make(chan int)
	go serve(done)
	<-done
	waitForInput()
}
