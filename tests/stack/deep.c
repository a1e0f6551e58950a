// SPDX-License-Identifier: GPL-2.0-or-later
/* Forty calls with a kilobyte each: more stack than a small snapshot holds. */
#include <stdlib.h>
#include <unistd.h>

#include "marker.h"

int __attribute__((noinline, noclone)) down(int left);

int down(int left)
{
	volatile char room[1024] = { (char)left };

	if (!left)
		return (int)write(1, STACK_MARKER, sizeof(STACK_MARKER));
	return down(left - 1) + room[0];
}

int main(int argc, char **argv)
{
	return down(argc > 1 ? atoi(argv[1]) : 40) < 0;
}
