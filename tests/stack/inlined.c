// SPDX-License-Identifier: GPL-2.0-or-later
/* Optimised calls: encode() is inlined in reply(), and dispatch() jumps to reply() (tail call). */
#include <unistd.h>

#include "marker.h"

#define SEPARATE __attribute__((noinline, noclone))

int SEPARATE reply(int fd);
int SEPARATE dispatch(int fd);
int SEPARATE serve(int fd);

static volatile int sum;

static inline __attribute__((always_inline)) int encode(int fd)
{
	return (int)write(fd, STACK_MARKER, sizeof(STACK_MARKER)) + sum;
}

int reply(int fd)
{
	int before = sum;

	return encode(fd) + before;
}

int dispatch(int fd)
{
	sum += fd;
	return reply(fd);
}

int serve(int fd)
{
	return dispatch(fd) + sum;
}

int main(void)
{
	return serve(1) + sum < 0;
}
