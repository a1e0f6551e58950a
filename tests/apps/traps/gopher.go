// SPDX-License-Identifier: GPL-2.0-or-later

// Writes to its broken standard output: in Go ("file", "syscall"), in C that Go calls ("call"), or in
// C on its own thread ("thread"). Starts after a line of its standard input. If it survives, it exits
// at the end of its input.
package main

/*
#include <pthread.h>
#include <unistd.h>

static void *write_it(void *unused)
{
	ssize_t sent = write(STDOUT_FILENO, "trap\n", 5);

	(void)sent;
	return unused;
}

static void call(void)
{
	write_it(NULL);
}

static void start_thread_and_wait(void)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, write_it, NULL))
		pthread_join(thread, NULL);
}
*/
import "C"

import (
	"bufio"
	"os"
	"syscall"
)

func main() {
	input := bufio.NewReader(os.Stdin)
	input.ReadString('\n')
	switch os.Args[1] {
	case "file":
		os.Stdout.WriteString("trap\n")
	case "syscall":
		syscall.Write(1, []byte("trap\n"))
	case "call":
		C.call()
	case "thread":
		C.start_thread_and_wait()
	}
	input.ReadString('\n')
}
