// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpus.h"

#include <bpf/libbpf.h>
#include <stdio.h>

#include "cleanup.h"

uint32_t cpus_present(void)
{
	FILE *file cleanup(cleanup_fclose) = fopen("/sys/devices/system/cpu/present", "re");
	uint32_t cpu = 0, count = 0;
	char between;

	/* "0-3,8": the numbers grow */
	while (file && fscanf(file, "%u%c", &cpu, &between) >= 1)
		count = cpu + 1;
	return count ?: (uint32_t)libbpf_num_possible_cpus();
}
