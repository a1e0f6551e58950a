// SPDX-License-Identifier: GPL-2.0-or-later
/* Dies of SIGPIPE in a function with a name. It is linked statically: it runs in an empty root. */
#include <signal.h>
#include <unistd.h>

static void __attribute__((noinline)) deliver(int fd)
{
	for (;;)
		if (write(fd, "late", 4) < 0)
			_exit(3);
}

int main(void)
{
	int ends[2];

	signal(SIGPIPE, SIG_DFL);
	if (pipe(ends))
		return 1;
	close(ends[0]);
	deliver(ends[1]);
	return 0;
}
