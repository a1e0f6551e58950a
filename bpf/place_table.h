/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the functions of the kernel are that send signals (enum ev_place), shared with user space:
 * user/source/places.c fills it in before the programs are loaded.
 */
#pragma once

#include <linux/types.h>

#define PLACE_RANGES_MAX 128

/*
 * The way back to user space. What the kernel does there it may do by tail calls, which leave no
 * frame. Not in a record.
 */
#define PLACE_TO_USER 63
#define PLACE_DELIVERY 62 /* and there, the delivery of signals */

/*
 * Places that say more about EV_PLACE_OOM, which is further in. The bits of those that were found
 * (BEYOND()) are EV_MEMORY_* of a record.
 */
enum place_beyond {
	PLACE_BEYOND = 64,	  /* the first of them */
	PLACE_MEMORY_CGROUP = 64, /* a memory cgroup has reached its limit */
	PLACE_MEMORY_HOST = 65,	  /* the memory of the host is used up */
	PLACE_MEMORY_GROUP = 66,  /* memory.oom.group: all processes of the cgroup */
	PLACE_MEMORY_SHARES = 67, /* no function: core/memory.bpf.h finds it out */
};

#define BEYOND(place) (1u << ((place)-PLACE_BEYOND))

struct place_range {
	__u64 start;
	__u64 end;
	__u64 place; /* enum ev_place or place_beyond */
};

struct place_table {
	__u32 count;
	__u32 state; /* enum ev_placed */
	struct place_range range[PLACE_RANGES_MAX];
};
