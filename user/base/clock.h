/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock of records: what bpf_ktime_get_ns() reads in the kernel. */
#pragma once

#include <stdint.h>
#include <time.h>

#include "units.h"

/* CLOCK_MONOTONIC in nanoseconds. */
static inline uint64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}
