// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Part of every program: before main() and after it the program waits for a byte, or the end, of
 * its standard input. So a test can act while the program runs, and a survivor still exists when
 * sigpath reads its /proc.
 */
#include <errno.h>
#include <unistd.h>

static void wait_for_input(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
		;
}

static void __attribute__((constructor)) before_main(void)
{
	wait_for_input();
}

static void __attribute__((destructor)) after_main(void)
{
	wait_for_input();
}
