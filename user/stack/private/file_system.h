/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kinds of file systems. A remote one can make whoever touches it wait without limit, and statfs()
 * too. So the kind comes from the kernel: from the record (s_magic) or from the list of mounts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum file_system {
	FILE_SYSTEM_LOCAL,
	/* On top of other ones. What they are is up to whoever mounted it. */
	FILE_SYSTEM_OVERLAY,
	/* Remote, or served by a process (FUSE), or not known: it may never answer. */
	FILE_SYSTEM_REMOTE,
	/* The kernel makes its files. Opening or reading them can have effects. */
	FILE_SYSTEM_PSEUDO,
};

/* MAGIC: s_magic in <linux/magic.h>. */
enum file_system file_system_of_magic(uint64_t magic);
/* TYPE: as in /proc/PID/mountinfo ("ext4"). */
enum file_system file_system_of_type(const char *type);
