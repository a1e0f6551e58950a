// SPDX-License-Identifier: GPL-2.0-or-later
/* Four plain calls: main, outer, mid, leaf, write. Each function does something after its call, so
 * that no call becomes a jump (tail call). */
#include <unistd.h>

#include "marker.h"

#define SEPARATE __attribute__((noinline, noclone))

int SEPARATE leaf(int depth);
int SEPARATE mid(int depth);
int SEPARATE outer(int depth);

static volatile int sum;

int leaf(int depth)
{
	char room[64 + sizeof(STACK_MARKER)] = STACK_MARKER;

	sum += depth + (int)write(1, room, sizeof(STACK_MARKER));
	return sum;
}

int mid(int depth)
{
	volatile char room[200] = { 1 };

	return leaf(depth + 1) + room[0];
}

int outer(int depth)
{
	return mid(depth + 1) + sum;
}

int main(int argc, char **argv)
{
	return outer(argc) + sum ? 0 : argv[0][0];
}

#ifdef RODATA_BYTES
/* lld puts it before the code, which then begins at an offset of no page size. */
static const char __attribute__((used)) rodata[RODATA_BYTES] = { 1 };
#endif
