/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the ID of a cgroup by its path. On cgroup2 it is the inode number of the directory
 * (kernfs_node.id).
 */
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cgroup.h"

static int id_of_directory(const char *path, uint64_t *ret_id)
{
	struct statfs filesystem;
	struct stat status;

	if (stat(path, &status) || statfs(path, &filesystem))
		return -errno;
	if (filesystem.f_type != CGROUP2_SUPER_MAGIC)
		return -ENOTSUP;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	*ret_id = status.st_ino;
	return 0;
}

/* The first mount of cgroup2: /sys/fs/cgroup, or .../unified beside version 1. */
static int find_root(char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	int error = -ENOENT;

	if (!mounts)
		return -errno;
	while ((mount = getmntent(mounts))) {
		if (strcmp(mount->mnt_type, "cgroup2"))
			continue;
		error = (size_t)snprintf(path, size, "%s", mount->mnt_dir) < size ? 0
										  : -ENAMETOOLONG;
		break;
	}
	endmntent(mounts);
	return error;
}

int cgroup_find(const char *path, uint64_t *ret_id)
{
	char root[PATH_MAX / 2], whole[PATH_MAX];
	int error = path[0] == '/' ? id_of_directory(path, ret_id) : -ENOENT;

	if (error != -ENOENT)
		return error;
	if (find_root(root, sizeof(root)))
		return -ENOENT;
	if ((size_t)snprintf(whole, sizeof(whole), "%s/%s", root, path) >= sizeof(whole))
		return -ENAMETOOLONG;
	return id_of_directory(whole, ret_id);
}
