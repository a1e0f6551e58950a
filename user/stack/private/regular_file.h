/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening files whose names come from traced processes. */
#pragma once

#include <stddef.h>
#include <sys/stat.h>

#define REGULAR_FILE_BYTES_MAX (INT64_C(2) << 30)

/*
 * A handle (O_PATH) of the regular file PATH, absolute and resolved below the directory ROOT, or
 * below our own root if ROOT is -1. 0; -ENOTSUP: something else than a regular file has that name;
 * -EFBIG; -errno.
 */
int regular_file_find(int root, const char *path, int *ret_handle, struct stat *ret_stat);
/* The same with PATH below the directory DIR as the kernel resolves it, magic links included. */
int regular_file_find_at(int dir, const char *path, int *ret_handle, struct stat *ret_stat);
/* A descriptor for reading the file of HANDLE. */
int regular_file_open(int handle, int *ret_fd);
