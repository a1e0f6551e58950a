// SPDX-License-Identifier: GPL-2.0-or-later

// Go: a method called from a goroutine.
package main

import (
	"os"
	"syscall"
)

type connection struct{ fd int }

//go:noinline
func (c *connection) reply() int {
	n, _ := syscall.Write(c.fd, []byte("stack-marker\x00"))
	return n
}

//go:noinline
func serve(done chan int) {
	c := &connection{int(os.Stdout.Fd())}
	n := c.reply()
	done <- n
}

func main() {
	done := make(chan int)
	go serve(done)
	<-done
}
