/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

struct clock_shift clock_shift;

void clock_init(void)
{
	FILE *file = fopen("/proc/self/timens_offsets", "re");
	int64_t seconds, nanoseconds;
	char name[16];

	/* Kernels without time namespaces have no such file. */
	if (!file)
		return;
	while (fscanf(file, "%15s %" SCNd64 " %" SCNd64, name, &seconds, &nanoseconds) == 3) {
		int64_t shift_ns = seconds * (int64_t)NSEC_PER_SEC + nanoseconds;

		if (!strcmp(name, "monotonic"))
			clock_shift.monotonic_ns = shift_ns;
		else if (!strcmp(name, "boottime"))
			clock_shift.boottime_ns = shift_ns;
	}
	fclose(file);
}
