// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Most paths stay on the mount of their root: one call looks them up, and fails at a border between
 * mounts. Only such a path is followed step by step. All paths are where openat2() is refused, as
 * RestrictSUIDSGID= of systemd does, because its filter cannot see the flags.
 */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

#define DEPTH_MAX 128
#define LINKS_MAX 40 /* as the kernel */

struct step {
	int fd;
	enum file_system kind;
};

struct walk {
	const struct file_root *root;
	size_t depth; /* dirs[0] is the root */
	struct step dirs[DEPTH_MAX];
	unsigned int links;
	char rest[2 * PATH_MAX]; /* of the path */
};

int walk_allows(const struct file_root *root, enum file_system kind)
{
	switch (kind) {
	case FILE_SYSTEM_LOCAL:
		return 0;
	case FILE_SYSTEM_PSEUDO:
		return -ENOTSUP;
	default:
		return root->remote_files ? 0 : -EREMOTE;
	}
}

/* Does not leave the mount of DIR: -EXDEV. -ENOSYS: this call is refused. */
static int open_on_mount(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | flags,
		.resolve = resolve | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static void leave(struct walk *walk, size_t depth)
{
	while (walk->depth > depth) {
		walk->depth--;
		if (walk->depth)
			close(walk->dirs[walk->depth].fd);
	}
}

/* Opens NAME in the present directory. */
static int open_name(const struct walk *walk, const char *name, struct step *ret_step)
{
	const struct step *dir = &walk->dirs[walk->depth - 1];
	cleanup(cleanup_close) int fd = open_on_mount(dir->fd, name, O_NOFOLLOW, 0);
	enum file_system kind = dir->kind;

	if (fd == -EXDEV || fd == -ENOSYS) {
		/* Something is mounted there, or may be. Its root is not asked by this. */
		fd = openat(dir->fd, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			return -errno;
		if (!mounts_are_same(dir->fd, fd) && mounts_find(walk->root->mounts, fd, &kind))
			kind = FILE_SYSTEM_REMOTE;
	}
	if (fd < 0)
		return fd;
	*ret_step = (struct step){ .fd = take_fd(&fd), .kind = kind };
	return walk_allows(walk->root, kind);
}

/* Puts the target of the link LINK before the rest of the path. */
static int follow(struct walk *walk, int link)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(link, "", target, sizeof(target));
	size_t rest = strlen(walk->rest);

	if (length <= 0)
		return length ? -errno : -ENOENT;
	if (walk->links++ == LINKS_MAX)
		return -ELOOP;
	if ((size_t)length + 1 + rest + 1 > sizeof(walk->rest))
		return -ENAMETOOLONG;
	memmove(walk->rest + length + 1, walk->rest, rest + 1);
	memcpy(walk->rest, target, (size_t)length);
	walk->rest[length] = '/';
	if (target[0] == '/')
		leave(walk, 1);
	return 0;
}

/* The next name of the path; false: there is none. */
static bool take_name(struct walk *walk, char *ret_name)
{
	const char *start = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(start, "/");

	if (!length || length > NAME_MAX)
		return false;
	memcpy(ret_name, start, length);
	ret_name[length] = '\0';
	memmove(walk->rest, start + length, strlen(start + length) + 1);
	return true;
}

static int step(struct walk *walk, const char *name)
{
	struct step next = { .fd = -1 };
	struct stat stat;
	int error;

	if (!strcmp(name, "."))
		return 0;
	if (!strcmp(name, "..")) {
		leave(walk, walk->depth > 1 ? walk->depth - 1 : 1);
		return 0;
	}
	error = open_name(walk, name, &next);
	if (!error && fstat(next.fd, &stat))
		error = -errno;
	if (!error && S_ISLNK(stat.st_mode))
		error = follow(walk, next.fd);
	else if (!error && walk->depth == DEPTH_MAX)
		error = -ENAMETOOLONG;
	else if (!error) {
		walk->dirs[walk->depth++] = next;
		return 0;
	}
	cleanup_close(&next.fd);
	return error;
}

static int walk_slowly(const struct file_root *root, const char *path, int *ret_handle)
{
	struct walk walk = { .root = root, .depth = 1, .dirs[0] = { root->fd, root->kind } };
	char name[NAME_MAX + 1];
	int error = 0;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(walk.rest, path);
	while (!error && take_name(&walk, name))
		error = step(&walk, name);
	if (!error && walk.rest[strspn(walk.rest, "/")])
		error = -ENAMETOOLONG;
	if (!error) {
		*ret_handle = fcntl(walk.dirs[walk.depth - 1].fd, F_DUPFD_CLOEXEC, STDERR_FILENO);
		if (*ret_handle < 0)
			error = -errno;
	}
	leave(&walk, 1);
	return error;
}

int walk(const struct file_root *root, const char *path, int *ret_handle)
{
	int handle, error;

	if (root->fd < 0)
		return -ENOENT;
	error = walk_allows(root, root->kind);
	if (error)
		return error;
	handle = open_on_mount(root->fd, path, 0, RESOLVE_IN_ROOT);
	if (handle >= 0) {
		*ret_handle = handle;
		return 0;
	}
	return handle == -EXDEV || handle == -ENOSYS ? walk_slowly(root, path, ret_handle) : handle;
}
