/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the kernel side counts incidents that are alike (core/limit.bpf.h), and what each owner may
 * use (core/share.bpf.h). User space maps this memory and reads it while the programs write it.
 * Only struct ev_named is part of a record.
 */
#pragma once

#include <linux/types.h>

#include "event.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/*
 * What makes incidents alike. Only 64-bit words: if a word is stored in parts, a comparison that
 * reads it as a whole stalls.
 */
struct ev_group_key {
	__u64 site;   /* survivors: address of the system call; deaths: program and cgroup */
	__u64 pid_fd; /* survivors: pid << 32 | fd; deaths: uid */
	__u64 call; /* system call << 32 | enum ev_subject << 16 | signal << 8 | enum ev_outcome */
};

#define EV_OUTCOMES 16 /* more than enum ev_outcome has */

/* Free places, one after the other: an element of a stack of free places. */
struct ev_places {
	__u32 first;
	__u32 count;
};

/* A stack holds so many at the start of a run, because to push each place alone takes too long. */
#define EV_PLACES_RUNS 64

/* The most groups at a time. */
#define EV_GROUPS 16384
/* Of one owner. From half of it on, fds and call sites of a process are not told apart. */
#define EV_GROUPS_EACH 1024

/* One group. Its place in the array is its index. User space frees it (user/source/repeats.c). */
struct ev_group {
	__u64 group;	/* the group's number in the records that are sent; 0: free */
	__u64 counted;	/* only grows */
	__u64 first_ns; /* time of the first one that was counted */
	__u64 window_start_ns;
	__u64 window_start_jiffies; /* the same time in jiffies, which are cheap to read */
	__u64 last_jiffies;	    /* time of the last one that was counted */
	__u32 in_window;
	__u32 share; /* index of its owner's share */
	struct ev_group_key key;
	struct ev_named named;
};

/*
 * A group whose burst is over is counted here until its window ends. Only one CPU writes this cache
 * line. The count is not in the group's struct ev_group yet. It is added there before another group
 * takes the place.
 */
struct ev_group_recent {
	struct ev_group_key key;
	__u64 group; /* 0: empty */
	__u64 counted;
	__u64 window_start_jiffies;
	__u64 last_jiffies;
	__u32 changes; /* number of changes of the group; odd during a change */
	__u32 index;   /* of its struct ev_group */
};

#define EV_GROUP_RECENTS 8 /* a power of two */

/* One for each CPU and type of hook. */
struct ev_group_recents {
	struct ev_group_recent way[EV_GROUP_RECENTS];
};

/* Whose an incident is. */
#define EV_OWNER_USER (1ULL << 60)	/* | uid, or the first one of a block */
#define EV_OWNER_CGROUP (2ULL << 60)	/* | id of the cgroup: a service or container of root's */
#define EV_OWNER_NAMESPACE (3ULL << 60) /* | inode of a user namespace: likewise */
#define EV_OWNER_REST (4ULL << 60)	/* all for whom there was no share left */
#define EV_OWNER_KIND (7ULL << 60)

#define EV_SHARES 4096
/* The index of EV_OWNER_REST. */
#define EV_SHARE_REST 0

/* What one owner has used. Its place in the array is its index. */
struct ev_share {
	__u64 owner;	      /* EV_OWNER_*; 0: free */
	__u64 second_jiffies; /* start of the current second */
	__u64 used_jiffies;   /* last use */
	__u64 groups_made;    /* by the programs */
	__u64 groups_gone;    /* of these, deleted by user space */
	__u64 deaths_made;    /* places in `deaths` */
	__u64 deaths_gone;    /* of these, given back */
	__u64 deaths_refused; /* time of the last one that got no place, in jiffies */
	/* What found no place of its own among the groups: one group for all of it. */
	__u64 other_group;
	__u64 other[EV_OUTCOMES]; /* only grow */
	__u64 other_window_jiffies;
	__u64 other_first_ns;
	__u64 other_last_jiffies;
	__u32 other_in_window;
	__u32 whole; /* incidents in full in the current second */
};

/*
 * The last process that a CPU counted in `other` of a share. Only one CPU writes it, so that it is
 * never a mix of two processes.
 */
struct ev_other {
	__u32 changes; /* odd while it is written */
	__u32 share;   /* index */
	__u64 jiffies; /* 0: none */
	struct ev_named named;
};

#define EV_OTHERS 8 /* a power of two */

/* One for each CPU and type of hook. */
struct ev_others {
	struct ev_other way[EV_OTHERS];
};

#pragma GCC diagnostic pop
