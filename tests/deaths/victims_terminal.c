// SPDX-License-Identifier: GPL-2.0-or-later
#include "victims_terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The other end of a terminal that belongs to the new session of this process. */
static int terminal_take(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;

	if (master < 0 || grantpt(master) || unlockpt(master) || setsid() < 0)
		_exit(125);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0))
		_exit(125);
	return master;
}

void run_hung_up(void)
{
	close(terminal_take());
	pause();
}

void run_leader_exits(void)
{
	terminal_take();
}
