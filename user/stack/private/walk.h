/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows the path of a hostile process, and asks no file system that may not answer: before a name
 * is looked up in a directory, the kind of its file system is known.
 */
#pragma once

#include "mounts.h"

/* A directory at which paths begin. */
struct file_root {
	int fd; /* O_PATH; -1: none */
	enum file_system kind;
	struct mounts *mounts;
	bool remote_files; /* remote file systems are allowed, too */
};

/* Whether files of this kind of file system may be touched. 0; -EREMOTE; -ENOTSUP: never. */
int walk_allows(const struct file_root *root, enum file_system kind);
/*
 * A handle (O_PATH) of what PATH names, symbolic links followed, all of it below ROOT. 0; as
 * walk_allows(); -errno.
 */
int walk(const struct file_root *root, const char *path, int *ret_handle);
