// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find the file of a mapping and check that it is still the same file. A living process gives
 * access to it. For a dead process, another process in its mount namespace may, or our own root.
 * The file must have the inode that the kernel recorded.
 */
#include "locate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

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

static int open_root_of(const struct locator *locator, uint32_t pid)
{
	char path[128];

	if (snprintf(path, sizeof(path), "%s/%" PRIu32 "/root", locator->proc_root, pid) >=
	    (int)sizeof(path))
		return -1;
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static uint32_t find_holder(const struct locator *locator, uint32_t mnt_ns,
			    const struct deadline *deadline)
{
	DIR *proc = opendir(locator->proc_root);
	struct dirent *entry;
	unsigned int asked = 0;
	uint32_t pid = 0;

	if (!proc)
		return 0;
	while (!pid && (entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		if (asked++ == HOLDERS_ASKED_MAX || deadline_is_over(deadline))
			break;
		if (mnt_ns_of(locator->proc_root, entry->d_name) == mnt_ns)
			pid = (uint32_t)strtoul(entry->d_name, NULL, 10);
	}
	closedir(proc);
	return pid;
}

/* The root of some other process in the same mount namespace. */
static int open_shared_root(struct locator *locator, uint32_t mnt_ns,
			    const struct deadline *deadline)
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
		return -1;
	if (slot == locator->holder_next)
		locator->holder_next = (slot + 1) % LOCATOR_HOLDERS;
	locator->holders[slot].mnt_ns = mnt_ns;
	locator->holders[slot].pid = pid;
	return open_root_of(locator, pid);
}

void location_open(struct locator *locator, const struct target *target,
		   const struct deadline *deadline, struct location *ret_location)
{
	*ret_location = (struct location){ .process_dir = -1, .root = -1 };
	if (!locator->live)
		return;
	ret_location->process_dir = open_process(locator, target);
	if (ret_location->process_dir >= 0)
		ret_location->root =
			openat(ret_location->process_dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ret_location->root < 0 && target->mnt_ns && target->mnt_ns != locator->own_mnt_ns)
		ret_location->root = open_shared_root(locator, target->mnt_ns, deadline);
}

void location_close(struct location *location)
{
	cleanup_close(&location->process_dir);
	cleanup_close(&location->root);
	*location = (struct location){ .process_dir = -1, .root = -1 };
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

static int try_root(const struct locator *locator, int root, const struct target *target,
		    const struct snapshot_module *module, int *ret_handle, struct stat *ret_stat)
{
	cleanup(cleanup_close) int handle = -1;
	struct stat stat;
	int error = regular_file_find(root, module->path, &handle, &stat);

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
	if (location->root >= 0) {
		error = try_root(locator, location->root, target, module, ret_handle, ret_stat);
		if (!error)
			return 0;
	}
	own = try_root(locator, -1, target, module, ret_handle, ret_stat);
	/* The result in the process's own root is more exact than the result in ours. */
	if (!own || error == -ENOENT)
		return own;
	return error;
}
