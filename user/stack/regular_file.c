// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Open paths of hostile processes safely. Opening a FIFO would block, and opening a device may have
 * effects (a watchdog starts). So a path is first opened as a handle (O_PATH). Only a regular file
 * is then opened for reading, through the same handle, so it cannot be swapped.
 */
#include "regular_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

static int check(int handle, struct stat *ret_stat)
{
	struct stat stat;

	if (fstat(handle, &stat))
		return -errno;
	if (!S_ISREG(stat.st_mode))
		return -ENOTSUP;
	if (stat.st_size > REGULAR_FILE_BYTES_MAX)
		return -EFBIG;
	*ret_stat = stat;
	return 0;
}

int regular_file_find_at(int dir, const char *path, int *ret_handle, struct stat *ret_stat)
{
	cleanup(cleanup_close) int handle = openat(dir, path, O_PATH | O_CLOEXEC);
	int error;

	if (handle < 0)
		return -errno;
	error = check(handle, ret_stat);
	if (error)
		return error;
	*ret_handle = take_fd(&handle);
	return 0;
}

int regular_file_find(int root, const char *path, int *ret_handle, struct stat *ret_stat)
{
	/*
	 * Absolute symbolic links of a container refer to its own root. Magic links would leave it.
	 */
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	cleanup(cleanup_close) int handle = -1;
	int error;

	if (root < 0)
		return regular_file_find_at(AT_FDCWD, path, ret_handle, ret_stat);
	handle = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (handle < 0)
		return -errno;
	error = check(handle, ret_stat);
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
