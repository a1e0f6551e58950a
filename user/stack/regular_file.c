// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Open paths of hostile processes safely. Opening a FIFO would block, and opening a device may have
 * effects (a watchdog starts), as reading some files of the kernel has (/proc/kmsg). So a path is
 * first opened as a handle (O_PATH). Only a regular file is then opened for reading, through the
 * same handle, so it cannot be swapped.
 */
#include "regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"

int regular_file_check(int handle, struct stat *ret_stat)
{
	struct stat stat;
	struct statfs fs;

	if (fstat(handle, &stat))
		return -errno;
	/* A file that the kernel makes shows the size 0. */
	if (!S_ISREG(stat.st_mode) || stat.st_size <= 0)
		return -ENOTSUP;
	if (stat.st_size > REGULAR_FILE_BYTES_MAX)
		return -EFBIG;
	if (fstatfs(handle, &fs))
		return -errno;
	if (file_system_of_magic((uint64_t)fs.f_type) == FILE_SYSTEM_PSEUDO)
		return -ENOTSUP;
	*ret_stat = stat;
	return 0;
}

int regular_file_find(const struct file_root *root, const char *path, int *ret_handle,
		      struct stat *ret_stat)
{
	cleanup(cleanup_close) int handle = -1;
	int error = walk(root, path, &handle);

	if (!error)
		error = regular_file_check(handle, ret_stat);
	if (error)
		return error;
	*ret_handle = take_fd(&handle);
	return 0;
}

int regular_file_open(int handle, int *ret_fd)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}
