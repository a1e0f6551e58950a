// SPDX-License-Identifier: GPL-2.0-or-later

// Go that calls C, which writes: the C code runs on the thread's own stack, the goroutine is on another.
package main

/*
#include <unistd.h>

static volatile int written;

static __attribute__((noinline)) void leaf(int fd)
{
	written = (int)write(fd, "stack-marker", 13);
}

static __attribute__((noinline)) void outer(int fd)
{
	leaf(fd);
	written++;
}
*/
import "C"

import "os"

//go:noinline
func serve() {
	C.outer(1)
}

// Like gate.c: a test can act before and after the write.
func waitForInput() {
	os.Stdin.Read(make([]byte, 1))
}

func main() {
	waitForInput()
	serve()
	waitForInput()
}
