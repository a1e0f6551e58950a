// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "cleanup.h"
#include "jit.h"

enum jit jit_read(void)
{
	FILE *file cleanup(cleanup_fclose) = fopen("/proc/sys/net/core/bpf_jit_enable", "re");
	int value;

	if (!file || fscanf(file, "%d", &value) != 1)
		return JIT_NOT_SHOWN;
	return value ? JIT_ON : JIT_OFF;
}
