/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the kernel side counts incidents that are alike (core/limit.bpf.h). User space reads these
 * maps while the programs write them; none of it goes into a record.
 */
#pragma once

#include <linux/types.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* What makes incidents alike. */
struct ev_group_key {
	__u64 site; /* where the user's code called, by address; of deaths the program */
	/* Whole words: a word that is stored in parts stalls the comparison that reads it at once. */
	__u64 pid_fd;	   /* pid << 32 | fd; of deaths UINT32_MAX */
	__u64 call_signal; /* number of the system call << 32 | signal << 8 | enum ev_outcome */
};

struct ev_group_entry {
	__u64 group;	/* names the group in its whole incidents */
	__u64 counted;	/* only grows */
	__u64 first_ns; /* the first that was counted */
	__u64 window_start_ns;
	__u64 window_start_jiffies; /* the same moment: jiffies are what is cheap to read */
	__u64 last_jiffies;	    /* of the last that was counted */
	__u32 in_window;
	__u32 pad0;
};

/*
 * A group whose burst is over, counted here until its window ends: one cache line that one CPU
 * alone writes. What stands here is not in the group's ev_group_entry yet; before another group
 * takes the place it is added there.
 */
struct ev_group_recent {
	struct ev_group_key key;
	__u64 group; /* 0: empty */
	__u64 counted;
	__u64 window_start_jiffies;
	__u64 last_jiffies;
	__u32 changes; /* of the group; odd while one is under way */
	__u32 pad0;
};

#define EV_GROUP_RECENTS 8 /* a power of two */

/* Of one CPU and kind of hook. */
struct ev_group_recents {
	struct ev_group_recent way[EV_GROUP_RECENTS];
};

#pragma GCC diagnostic pop
