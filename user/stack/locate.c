// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find the file of a mapping and check that it is still the same file. A living process gives
 * access to it. Else its path is looked up. That path begins at the root of the mount namespace, so
 * a process of that namespace gives access if it has this root directory, and not one of its own
 * (chroot). In our namespace that is our own root. The file must have the inode that the kernel
 * recorded.
 */
#include "locate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "procdir.h"
#include "regular_file.h"

#define OVERLAYFS_MAGIC 0x794c7630
#define HOLDERS_ASKED_MAX 65536 /* processes that a search looks at */

/* Mount namespace of the process PID (or "self"); 0 if it cannot be told. */
static uint32_t mnt_ns_of(const char *proc_root, const char *pid)
{
	char path[128];
	struct stat stat_;

	if (snprintf(path, sizeof(path), "%s/%s/ns/mnt", proc_root, pid) >= (int)sizeof(path) ||
	    stat(path, &stat_))
		return 0;
	return (uint32_t)stat_.st_ino;
}

void locator_init(struct locator *locator, const char *proc_root, bool live)
{
	*locator = (struct locator){ .proc_root = proc_root, .live = live };
	locator->own_mnt_ns = mnt_ns_of(proc_root, "self");
}

/* The directory of this process, not of another one with a reused PID. */
static int open_process(const struct locator *locator, const struct target *target)
{
	cleanup(cleanup_close) int dir = -1;
	uint64_t tick = procdir_tick_ns();
	struct procdir_stat stat;

	if (procdir_open(locator->proc_root, target->pid, &dir) || procdir_read_stat(dir, &stat))
		return -1;
	/* /proc rounds down to its tick. */
	if (stat.start_boot_ns > target->start_boot_ns + tick ||
	    target->start_boot_ns > stat.start_boot_ns + tick)
		return -1;
	return take_fd(&dir);
}

static int open_root_of(const struct locator *locator, const char *pid)
{
	char path[128];

	if (snprintf(path, sizeof(path), "%s/%s/root", locator->proc_root, pid) >=
	    (int)sizeof(path))
		return -1;
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/*
 * The path of a process's root directory in its mount namespace: the link shows it so, also if that
 * namespace is another one than ours. Empty: it is the root of the namespace. 0, or -errno.
 */
static int read_root(const struct locator *locator, const char *pid, char *ret_path, size_t size)
{
	char path[128];
	ssize_t length;

	if (snprintf(path, sizeof(path), "%s/%s/root", locator->proc_root, pid) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	length = readlink(path, ret_path, size);
	if (length <= 0)
		return length ? -errno : -ENOENT;
	if ((size_t)length == size)
		return -ENAMETOOLONG;
	ret_path[length] = '\0';
	if (!strcmp(ret_path, "/"))
		ret_path[0] = '\0';
	return 0;
}

/*
 * A process in MNT_NS: one whose root directory is that of the namespace, if there is one. 0: none.
 */
static uint32_t find_holder(const struct locator *locator, uint32_t mnt_ns,
			    const struct deadline *deadline)
{
	DIR *proc = opendir(locator->proc_root);
	struct dirent *entry;
	unsigned int asked = 0;
	char root[EV_PATH_MAX + 2];
	uint32_t pid = 0;

	if (!proc)
		return 0;
	while ((entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		if (asked++ == HOLDERS_ASKED_MAX || deadline_is_over(deadline))
			break;
		if (mnt_ns_of(locator->proc_root, entry->d_name) != mnt_ns ||
		    read_root(locator, entry->d_name, root, sizeof(root)))
			continue;
		if (!pid || !root[0])
			pid = (uint32_t)strtoul(entry->d_name, NULL, 10);
		if (!root[0])
			break;
	}
	closedir(proc);
	return pid;
}

/* Through some process in the same mount namespace. */
static void open_shared_root(struct locator *locator, uint32_t mnt_ns,
			     const struct deadline *deadline, struct location *location)
{
	size_t slot = locator->holder_next;
	uint32_t pid = 0;
	char text[16];

	for (size_t i = 0; i < LOCATOR_HOLDERS && !pid; i++) {
		if (locator->holders[i].mnt_ns != mnt_ns)
			continue;
		slot = i;
		snprintf(text, sizeof(text), "%" PRIu32, locator->holders[i].pid);
		if (mnt_ns_of(locator->proc_root, text) == mnt_ns)
			pid = locator->holders[i].pid;
	}
	if (!pid)
		pid = find_holder(locator, mnt_ns, deadline);
	if (!pid)
		return;
	if (slot == locator->holder_next)
		locator->holder_next = (slot + 1) % LOCATOR_HOLDERS;
	locator->holders[slot].mnt_ns = mnt_ns;
	locator->holders[slot].pid = pid;
	snprintf(text, sizeof(text), "%" PRIu32, pid);
	if (!read_root(locator, text, location->prefix, sizeof(location->prefix)))
		location->root = open_root_of(locator, text);
}

/* The root directory of a process that is dead, by its path. */
static int open_own_root(const struct location *location, const struct target *target)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	const char *path = location_path(location, target->root);

	if (!target->root[0] || !strcmp(target->root, "/") || !path)
		return -1;
	if (location->root < 0)
		return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return (int)syscall(SYS_openat2, location->root, path, &how, sizeof(how));
}

void location_open(struct locator *locator, const struct target *target,
		   const struct deadline *deadline, struct location *ret_location)
{
	struct location *location = ret_location;
	char pid[16], root[EV_PATH_MAX + 2];

	*location = (struct location){ .process_dir = -1, .root = -1, .own_root = -1 };
	if (!locator->live)
		return;
	location->process_dir = open_process(locator, target);
	if (location->process_dir >= 0)
		location->own_root =
			openat(location->process_dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target->mnt_ns && target->mnt_ns != locator->own_mnt_ns) {
		snprintf(pid, sizeof(pid), "%" PRIu32, target->pid);
		if (location->own_root >= 0 && !read_root(locator, pid, root, sizeof(root)) &&
		    !root[0])
			location->root =
				fcntl(location->own_root, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		else
			open_shared_root(locator, target->mnt_ns, deadline, location);
	}
	if (location->own_root < 0)
		location->own_root = open_own_root(location, target);
}

void location_close(struct location *location)
{
	cleanup_close(&location->process_dir);
	cleanup_close(&location->root);
	cleanup_close(&location->own_root);
	*location = (struct location){ .process_dir = -1, .root = -1, .own_root = -1 };
}

const char *location_path(const struct location *location, const char *path)
{
	size_t length = strlen(location->prefix);

	if (strncmp(path, location->prefix, length) != 0 || (length && path[length] != '/'))
		return NULL;
	return path + length;
}

int location_find_own(const struct location *location, const char *path, int *ret_handle,
		      struct stat *ret_stat)
{
	if (location->own_root >= 0)
		return regular_file_find(location->own_root, path, ret_handle, ret_stat);
	path = location_path(location, path);
	return path ? regular_file_find(location->root, path, ret_handle, ret_stat) : -ENOENT;
}

static bool is_later(const struct timespec *time, const struct timespec *than)
{
	if (time->tv_sec != than->tv_sec)
		return time->tv_sec > than->tv_sec;
	return time->tv_nsec > than->tv_nsec;
}

/*
 * On overlayfs the kernel's mapping has the inode and device of the layer, stat(2) those of the
 * overlay: often the same inode number, never the same device; btrfs differs in the device alone.
 */
static bool is_same_file(const struct locator *locator, const struct target *target,
			 const struct snapshot_module *module, int handle, const struct stat *stat)
{
	uint64_t dev = (uint64_t)major(stat->st_dev) << 20 | minor(stat->st_dev);
	struct statfs fs;

	/* Somebody has written to it since. */
	if (is_later(&stat->st_mtim, &target->time))
		return false;
	if (stat->st_ino == module->inode)
		return true;
	if (dev == module->dev || !locator->live || fstatfs(handle, &fs) ||
	    fs.f_type != OVERLAYFS_MAGIC)
		return false;
	/* The inode numbers prove nothing here. A file that was created later has a later ctime. */
	return !is_later(&stat->st_ctim, &target->start);
}

static int find_mapped(const struct location *location, const struct snapshot_module *module,
		       int *ret_handle, struct stat *ret_stat)
{
	char name[64];

	/* Shows deleted files, too. Needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE. */
	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64, module->start, module->end);
	return regular_file_find_at(location->process_dir, name, ret_handle, ret_stat);
}

/* PATH: of MODULE, from ROOT. */
static int try_root(const struct locator *locator, int root, const char *path,
		    const struct target *target, const struct snapshot_module *module,
		    int *ret_handle, struct stat *ret_stat)
{
	cleanup(cleanup_close) int handle = -1;
	struct stat stat;
	int error = regular_file_find(root, path, &handle, &stat);

	if (error)
		return error;
	if (!is_same_file(locator, target, module, handle, &stat))
		return -ESTALE;
	*ret_handle = take_fd(&handle);
	*ret_stat = stat;
	return 0;
}

int location_find_file(const struct locator *locator, const struct location *location,
		       const struct target *target, const struct snapshot_module *module,
		       int *ret_handle, struct stat *ret_stat)
{
	cleanup(cleanup_close) int handle = -1;
	const char *path;
	struct stat stat;
	int error = -ENOENT, own;

	if (!module->inode)
		return -ENOENT;
	if (location->process_dir >= 0 && !find_mapped(location, module, &handle, &stat) &&
	    is_same_file(locator, target, module, handle, &stat)) {
		*ret_handle = take_fd(&handle);
		*ret_stat = stat;
		return 0;
	}
	if (module->path[0] != '/' || module->path_truncated)
		return -ENOENT;
	path = location_path(location, module->path);
	if (location->root >= 0 && path) {
		error = try_root(locator, location->root, path, target, module, ret_handle,
				 ret_stat);
		if (!error)
			return 0;
	}
	own = try_root(locator, -1, module->path, target, module, ret_handle, ret_stat);
	/* The result in the process's namespace is more exact than the result in ours. */
	if (!own || error == -ENOENT)
		return own;
	return error;
}
