/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads in /proc/PID of living processes for who has given up the right to: `exe`; and, where /proc
 * is mounted with hidepid, the files that everybody can read elsewhere. Whoever may read that link
 * (CAP_SYS_PTRACE, no landlock) may also write the memory of that process. So a process of its own
 * has the right. It can make eight system calls, opens only files with four names, and only to read
 * them: take a descriptor, see that it is of /proc, read what was asked for, answer, end.
 */
#pragma once

#include <stddef.h>

#include "rights.h"

struct links;

/*
 * Starts that process: with CAP_SYS_PTRACE, if this one has it, and as USER, if that is not NULL.
 * Call it while this process has one thread. 0 or -errno; links_check() says whether it
 * could give up the rest.
 */
int links_start(const struct rights_user *user, struct links **ret_links);
/* Waits until it works. 0 or -errno. */
int links_check(const struct links *links);
/* Ends it. NULL is allowed. */
void links_stop(struct links *links);

/*
 * The target of `exe` in the directory DIR, with a NUL at its end. LINKS is NULL: read by this
 * process. SIZE: at least PATH_MAX + 1. 0 or -errno. One thread at a time.
 */
int links_read_exe(struct links *links, int dir, char *target, size_t size);
/*
 * The first bytes of the file NAME in the directory DIR, at most SIZE (up to 8,192). LINKS: a
 * struct links, as procdir_helper passes it. 0; -EPERM: a name that is not `stat`, `status`,
 * `cmdline` or `cgroup`; -EXDEV: DIR is not in a /proc; -errno. One thread at a time.
 */
int links_read_file(void *links, int dir, const char *name, void *buffer, size_t size,
		    size_t *ret_length);
