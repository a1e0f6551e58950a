// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads /proc/PID/mountinfo. The kernel reports a change of the list by poll(): if there is none
 * after a descriptor was opened, the mount of that descriptor is the one that the list names. (A
 * mount's number is used again, but not while the mount is in the list or has an open file.)
 */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"

#define MOUNTS_MAX 65536
#define TYPE_MAX 64
#define USER_NS_INIT_INO 0xEFFFFFFDu /* PROC_USER_INIT_INO in include/linux/proc_ns.h */

struct mount {
	int id;
	dev_t dev;
	enum file_system kind;
};

struct mounts {
	FILE *file;
	bool is_in_own_root; /* the process has the root directory of this one */
	bool by_root;	     /* only root can mount in this namespace */
	enum file_system root;
	size_t count, capacity;
	struct mount *list;
};

/* Others than root can mount, and stack an overlay on what they like, in a user namespace. */
static bool is_of_root(const char *proc_root, const char *pid)
{
	cleanup(cleanup_close) int ns = -1, owner = -1;
	char path[128];
	struct stat stat;

	if (!strcmp(pid, "self"))
		return true;
	if (snprintf(path, sizeof(path), "%s/%s/ns/mnt", proc_root, pid) >= (int)sizeof(path))
		return false;
	ns = open(path, O_RDONLY | O_CLOEXEC);
	owner = ns < 0 ? -1 : ioctl(ns, NS_GET_USERNS);
	return owner >= 0 && !fstat(owner, &stat) && stat.st_ino == USER_NS_INIT_INO;
}

static int add(struct mounts *mounts, const struct mount *mount)
{
	if (mounts->count == mounts->capacity) {
		size_t capacity = mounts->capacity ? 2 * mounts->capacity : 64;
		struct mount *list;

		if (capacity > MOUNTS_MAX)
			return -E2BIG;
		list = realloc(mounts->list, capacity * sizeof(*list));
		if (!list)
			return -ENOMEM;
		mounts->list = list;
		mounts->capacity = capacity;
	}
	mounts->list[mounts->count++] = *mount;
	return 0;
}

/* 36 35 98:0 / /mnt rw,noatime shared:1 - ext4 /dev/sda1 rw,errors=continue */
static int take_line(struct mounts *mounts, const char *line)
{
	const char *separator = strstr(line, " - ");
	char point[4], type[TYPE_MAX];
	unsigned int dev_major, dev_minor;
	struct mount mount;

	if (!separator ||
	    sscanf(line, "%d %*d %u:%u %*s %3s", &mount.id, &dev_major, &dev_minor, point) != 4 ||
	    sscanf(separator, " - %63s", type) != 1)
		return 0;
	mount.dev = makedev(dev_major, dev_minor);
	mount.kind = mounts_judge(mounts, file_system_of_type(type));
	if (!strcmp(point, "/"))
		mounts->root = mount.kind;
	return add(mounts, &mount);
}

/* -1: not known. */
static int mount_id(int fd)
{
	char path[64], text[512], *line;
	cleanup(cleanup_close) int info = -1;
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	got = info < 0 ? -1 : read(info, text, sizeof(text) - 1);
	if (got <= 0)
		return -1;
	text[got] = '\0';
	line = strstr(text, "mnt_id:");
	return line ? atoi(line + strlen("mnt_id:")) : -1;
}

bool mounts_are_same(int fd, int other)
{
	int id = mount_id(fd);

	return id >= 0 && id == mount_id(other);
}

/*
 * In a chroot whose directory is no mount point, the list lacks the mount of the root directory.
 * The one of this process can be asked: it answered when this program was started.
 */
static void add_own_root(struct mounts *mounts)
{
	cleanup(cleanup_close) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct mount mount = { .id = root < 0 ? -1 : mount_id(root) };
	struct statfs type;
	struct stat stat;

	if (mount.id < 0 || fstat(root, &stat) || fstatfs(root, &type))
		return;
	mount.dev = stat.st_dev;
	mount.kind = mounts_judge(mounts, file_system_of_magic((uint64_t)type.f_type));
	if (!add(mounts, &mount))
		mounts->root = mount.kind;
}

static bool is_in_own_root(const char *proc_root, const char *pid)
{
	char path[128], root[2];

	if (!strcmp(pid, "self"))
		return true;
	return snprintf(path, sizeof(path), "%s/%s/root", proc_root, pid) < (int)sizeof(path) &&
	       readlink(path, root, sizeof(root)) == 1 && root[0] == '/';
}

static void load(struct mounts *mounts)
{
	cleanup(cleanup_free) char *line = NULL;
	size_t capacity = 0;

	mounts->count = 0;
	mounts->root = FILE_SYSTEM_REMOTE;
	rewind(mounts->file);
	while (getline(&line, &capacity, mounts->file) > 0)
		if (take_line(mounts, line))
			break;
	if (mounts->root == FILE_SYSTEM_REMOTE && mounts->is_in_own_root)
		add_own_root(mounts);
}

static void refresh(struct mounts *mounts)
{
	struct pollfd change = { .fd = fileno(mounts->file), .events = POLLPRI };

	/* poll() forgets the change that it reports, so it comes before each reading. */
	for (unsigned int i = 0; i < 8 && poll(&change, 1, 0) > 0; i++)
		load(mounts);
}

int mounts_open(const char *proc_root, const char *pid, struct mounts **ret_mounts)
{
	struct mounts *mounts = calloc(1, sizeof(*mounts));
	char path[128];

	if (!mounts)
		return -ENOMEM;
	if (snprintf(path, sizeof(path), "%s/%s/mountinfo", proc_root, pid) < (int)sizeof(path))
		mounts->file = fopen(path, "re");
	if (!mounts->file) {
		free(mounts);
		return -ENOENT;
	}
	mounts->by_root = is_of_root(proc_root, pid);
	mounts->is_in_own_root = is_in_own_root(proc_root, pid);
	load(mounts);
	*ret_mounts = mounts;
	return 0;
}

void mounts_close(struct mounts *mounts)
{
	if (!mounts)
		return;
	fclose(mounts->file);
	free(mounts->list);
	free(mounts);
}

int mounts_find(struct mounts *mounts, int fd, enum file_system *ret_kind)
{
	int id = mount_id(fd);

	refresh(mounts);
	for (size_t i = 0; id >= 0 && i < mounts->count; i++) {
		if (mounts->list[i].id != id)
			continue;
		*ret_kind = mounts->list[i].kind;
		return 0;
	}
	return -ENOENT;
}

int mounts_find_elsewhere(struct mounts *mounts, int fd, enum file_system *ret_kind)
{
	struct statx state;

	/* FUSE and NFS answer this from what the kernel knows. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &state))
		return -errno;
	refresh(mounts);
	for (size_t i = 0; i < mounts->count; i++) {
		if (mounts->list[i].dev != makedev(state.stx_dev_major, state.stx_dev_minor))
			continue;
		*ret_kind = mounts->list[i].kind;
		return 0;
	}
	return -ENOENT;
}

enum file_system mounts_root(struct mounts *mounts)
{
	refresh(mounts);
	return mounts->root;
}

enum file_system mounts_judge(const struct mounts *mounts, enum file_system kind)
{
	if (kind != FILE_SYSTEM_OVERLAY)
		return kind;
	return mounts->by_root ? FILE_SYSTEM_LOCAL : FILE_SYSTEM_REMOTE;
}
