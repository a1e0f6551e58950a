/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening files whose names come from traced processes. */
#pragma once

#include <stddef.h>
#include <sys/stat.h>

#include "walk.h"

#define REGULAR_FILE_BYTES_MAX (INT64_C(2) << 30)

/*
 * A handle (O_PATH) of the regular file PATH, absolute and resolved below ROOT. 0; -EREMOTE: the
 * path leads to a file system that may not answer; -ENOTSUP: something else than a regular file
 * with contents has that name, or the kernel makes it (/proc); -EFBIG; -errno.
 */
int regular_file_find(const struct file_root *root, const char *path, int *ret_handle,
		      struct stat *ret_stat);
/* The same for a HANDLE that is open. Its file system must be one that may be asked. */
int regular_file_check(int handle, struct stat *ret_stat);
/* A descriptor for reading the file of HANDLE. */
int regular_file_open(int handle, int *ret_fd);
