/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mounts of one mount namespace, and the kinds of their file systems. No file system is asked:
 * all of it comes from /proc.
 */
#pragma once

#include "file_system.h"

struct mounts;

/*
 * The mounts that the process PID ("self", a number) sees. 0; -errno. The caller frees it.
 */
int mounts_open(const char *proc_root, const char *pid, struct mounts **ret_mounts);
/* NULL is allowed. */
void mounts_close(struct mounts *mounts);
/*
 * The kind of the file system that holds the file of FD (O_PATH is enough). An overlay counts as
 * local if root has mounted it; it counts as remote in a namespace in which others may mount.
 * 0; -ENOENT: FD is on none of the mounts.
 */
int mounts_find(struct mounts *mounts, int fd, enum file_system *ret_kind);
/* Both are on the same mount. False if that is not known. */
bool mounts_are_same(int fd, int other);
/*
 * The same as mounts_find() where FD is on another mount of a file system that MOUNTS has, too. 0;
 * -ENOENT; -errno.
 */
int mounts_find_elsewhere(struct mounts *mounts, int fd, enum file_system *ret_kind);
/* The kind of the root directory's file system, without opening it. FILE_SYSTEM_REMOTE: unknown. */
enum file_system mounts_root(struct mounts *mounts);
/* How MOUNTS counts a file system of KIND: see mounts_find(). */
enum file_system mounts_judge(const struct mounts *mounts, enum file_system kind);
