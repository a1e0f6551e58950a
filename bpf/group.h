/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the kernel side counts incidents that are alike (core/limit.bpf.h). User space reads these
 * maps while the programs write them. They are never part of a record.
 */
#pragma once

#include <linux/types.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* What makes incidents alike. */
struct ev_group_key {
	__u64 site; /* address of the call in the user's code; for deaths the program */
	/*
	 * Only 64-bit words: if a word is stored in parts, a comparison that reads it as a whole
	 * stalls.
	 */
	__u64 pid_fd;	   /* pid << 32 | fd; for deaths UINT32_MAX */
	__u64 call_signal; /* number of the system call << 32 | signal << 8 | enum ev_outcome */
};

struct ev_group_entry {
	__u64 group;	/* the group's number in the records that are sent */
	__u64 counted;	/* only grows */
	__u64 first_ns; /* time of the first one that was counted */
	__u64 window_start_ns;
	__u64 window_start_jiffies; /* the same time in jiffies, which are cheap to read */
	__u64 last_jiffies;	    /* time of the last one that was counted */
	__u32 in_window;
	__u32 pad0;
};

/*
 * A group whose burst is over is counted here until its window ends. Only one CPU writes this cache
 * line. The count is not in the group's ev_group_entry yet. It is added there before another group
 * takes the place.
 */
struct ev_group_recent {
	struct ev_group_key key;
	__u64 group; /* 0: empty */
	__u64 counted;
	__u64 window_start_jiffies;
	__u64 last_jiffies;
	__u32 changes; /* number of changes of the group; odd during a change */
	__u32 pad0;
};

#define EV_GROUP_RECENTS 8 /* a power of two */

/* One for each CPU and type of hook. */
struct ev_group_recents {
	struct ev_group_recent way[EV_GROUP_RECENTS];
};

#pragma GCC diagnostic pop
