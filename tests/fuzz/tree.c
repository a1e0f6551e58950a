// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static char root[] = "/tmp/sigpath-fuzz-XXXXXX";

static void take_away(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	(void)!system(command);
}

void tree_make(void)
{
	if (!mkdtemp(root))
		abort();
	atexit(take_away);
}

const char *tree_root(void)
{
	return root;
}

void tree_path(const char *name, char ret_path[128])
{
	if (snprintf(ret_path, 128, "%s/%s", root, name) >= 128)
		abort();
}

void tree_make_directory(const char *name)
{
	char path[128];

	tree_path(name, path);
	if (mkdir(path, 0755) && errno != EEXIST)
		abort();
}

void tree_put(const char *name, const void *bytes, size_t size)
{
	char path[128];
	int fd;

	tree_path(name, path);
	/* A new file: ext4 writes one to the disk that was truncated. */
	if (unlink(path) && errno != ENOENT)
		abort();
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || close(fd))
		abort();
}

void tree_link(const char *name, const char *target)
{
	char path[128];

	tree_path(name, path);
	if ((unlink(path) && errno != ENOENT) || symlink(target, path))
		abort();
}

void tree_module(const char *path, struct snapshot_module *ret_module)
{
	struct stat status;

	*ret_module = (struct snapshot_module){ .start = 0x1000, .end = 0x2000, .inode = 1 };
	snprintf(ret_module->path, sizeof(ret_module->path), "%s", path);
	if (stat(path, &status))
		return;
	ret_module->inode = status.st_ino;
	ret_module->dev = (uint64_t)major(status.st_dev) << 20 | minor(status.st_dev);
}
