/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the functions of the kernel are that send signals (enum ev_place), shared with user space:
 * user/source/places.c fills it in before the programs are loaded.
 */
#pragma once

#include <linux/types.h>

#define PLACE_RANGES_MAX 64

/*
 * Places that say more about the one further in: which memory was used up when the kernel killed a
 * process. They are not in a record.
 */
enum place_beyond {
	PLACE_BEYOND = 64,	  /* the first of them */
	PLACE_MEMORY_CGROUP = 64, /* that of a memory cgroup */
	PLACE_MEMORY_HOST = 65,	  /* that of the host */
};

struct place_range {
	__u64 start;
	__u64 end;
	__u64 place; /* enum ev_place, or enum place_beyond */
};

struct place_table {
	__u32 count;
	__u32 state; /* enum ev_placed */
	struct place_range range[PLACE_RANGES_MAX];
};
