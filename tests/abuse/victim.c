/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an attacker wants to hide: a program that dies of SIGPIPE with a stack that a test knows.
 * Its standard output is broken.
 */
#include <unistd.h>

static volatile int written; /* after each call, so that no call is the last one of its function */

__attribute__((noinline)) static void victim_write(void)
{
	written += write(STDOUT_FILENO, "x", 1);
}

__attribute__((noinline)) static void victim_answer(void)
{
	victim_write();
	written++;
}

__attribute__((noinline)) static void victim_serve(void)
{
	victim_answer();
	written++;
}

int main(void)
{
	victim_serve();
	return written;
}
