/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Landlock (5.13): what a process may do with files, whoever it is and whatever it holds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* include/uapi/linux/landlock.h; headers of older distributions lack some or all of them. */
#define LANDLOCK_EXECUTE (UINT64_C(1) << 0)
#define LANDLOCK_WRITE_FILE (UINT64_C(1) << 1)
#define LANDLOCK_READ_FILE (UINT64_C(1) << 2)
#define LANDLOCK_READ_DIR (UINT64_C(1) << 3)
#define LANDLOCK_REMOVE_DIR (UINT64_C(1) << 4)
#define LANDLOCK_REMOVE_FILE (UINT64_C(1) << 5)
#define LANDLOCK_MAKE_DIR (UINT64_C(1) << 7)
#define LANDLOCK_MAKE_REG (UINT64_C(1) << 8)
#define LANDLOCK_TRUNCATE (UINT64_C(1) << 14)
#define LANDLOCK_IOCTL_DEV (UINT64_C(1) << 15)

/* What is allowed at, and below, the file or the directory FD (O_PATH does). */
struct landlock_grant {
	int fd;
	uint64_t access; /* LANDLOCK_*; what a kernel does not know is left out */
};

struct landlock_rules {
	const struct landlock_grant *grants;
	size_t count;
	bool network; /* binding and connecting TCP sockets is allowed (refused from 6.7 on) */
	bool signals; /* signals to other processes are allowed (refused from 6.12 on) */
};

/* The version of the kernel's landlock. 0: it has none, or it is switched off. */
int landlock_version(void);

/*
 * Refuses the calling thread, and the threads and processes that it makes later, everything with
 * files that this kernel's landlock knows, except RULES. Descriptors that are open keep what they
 * allow. It also refuses to trace processes outside, for which even reading their links in
 * /proc/PID counts (exe, fd, root, map_files) and their maps.
 * Needs no capability, but no_new_privs. 0; -EOPNOTSUPP: no landlock, nothing is refused; -errno.
 */
int landlock_restrict(const struct landlock_rules *rules);
