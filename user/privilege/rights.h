/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving up rights for good. Capabilities and no_new_privs belong to a thread: threads that exist
 * already keep theirs, and threads that are started later have those of the thread that starts
 * them. So call this while the process has one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A set of capabilities: bit CAP_* of <linux/capability.h>. */
#define RIGHT(capability) (UINT64_C(1) << (capability))

/* Who a process becomes. */
struct rights_user {
	uid_t uid;
	gid_t gid;
	size_t group_count;
	const gid_t *groups; /* the supplementary ones */
};

/* The effective capabilities of this thread; 0 if they cannot be read. */
uint64_t rights_held(void);

/*
 * Keeps of the capabilities those in KEEP that the thread has, as permitted and effective ones, and
 * nothing inheritable, ambient or (where CAP_SETPCAP is held) in the bounding set. Becomes USER;
 * NULL: stays who it is. Sets no_new_privs. The process gets a core limit of 0 and is not dumpable:
 * others of its uid can neither trace it nor read its memory, and its files in /proc belong to
 * root. 0 or -errno: then rights may be partly given up, and the caller must end.
 */
int rights_drop(uint64_t keep, const struct rights_user *user);

/*
 * Gives up all capabilities but those in KEEP, by this thread. For a second, smaller set after
 * rights_drop(). 0 or -errno.
 */
int rights_keep(uint64_t keep);

/* What FN returns while this thread is without the effective capabilities LESS. */
bool rights_try_without(uint64_t less, bool (*fn)(const void *context), const void *context);
