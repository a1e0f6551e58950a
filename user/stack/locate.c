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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

/* As the kernel writes it: major << 20 | minor. */
static uint64_t kernel_dev(dev_t dev)
{
	return (uint64_t)major(dev) << 20 | minor(dev);
}

static uint64_t find_memory_dev(void)
{
	cleanup(cleanup_close) int fd = memfd_create("sigpath", MFD_CLOEXEC);
	struct stat stat;

	return fd < 0 || fstat(fd, &stat) ? 0 : kernel_dev(stat.st_dev);
}

int locator_init(struct locator *locator, const char *proc_root, bool live, bool remote_files)
{
	int error;

	*locator = (struct locator){ .proc_root = proc_root, .live = live };
	locator->own_mnt_ns = mnt_ns_of(proc_root, "self");
	locator->memory_dev = find_memory_dev();
	locator->own.remote_files = remote_files;
	locator->own.fd = -1;
	error = mounts_open("/proc", "self", &locator->own.mounts);
	if (error)
		return error;
	locator->own.kind = mounts_root(locator->own.mounts);
	locator->own.fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return locator->own.fd < 0 ? -errno : 0;
}

void locator_close(struct locator *locator)
{
	mounts_close(locator->own.mounts);
	cleanup_close(&locator->own.fd);
	locator->own = (struct file_root){ .fd = -1 };
}

/* The directory of this process, not of another one with a reused PID. */
static int open_process(const struct locator *locator, const struct target *target)
{
	cleanup(cleanup_close) int dir = -1;
	struct procdir_stat stat;

	if (procdir_open(locator->proc_root, target->pid, &dir) || procdir_read_stat(dir, &stat) ||
	    !procdir_is_start(&stat, target->start_boot_ns))
		return -1;
	return take_fd(&dir);
}

static struct mounts *mounts_of(const struct locator *locator, const struct location *location)
{
	return location->mounts ?: locator->own.mounts;
}

/*
 * Opens the root directory of the process PID if its file system is of a KIND that is allowed.
 * False: it is not.
 */
static bool open_root_of(const struct locator *locator, const struct location *location,
			 const char *pid, enum file_system kind, struct file_root *ret_root)
{
	struct file_root root = {
		.mounts = mounts_of(locator, location),
		.remote_files = locator->own.remote_files,
		.fd = -1,
	};
	char path[128];

	root.kind = mounts_judge(root.mounts, kind);
	if (walk_allows(&root, root.kind))
		return false;
	if (snprintf(path, sizeof(path), "%s/%s/root", locator->proc_root, pid) < (int)sizeof(path))
		root.fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root.fd >= 0)
		mounts_find(root.mounts, root.fd, &root.kind);
	*ret_root = root;
	return true;
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

/*
 * The kind of the root directory of the process PID. The mounts that a process sees do not show the
 * one that its own root directory is a part of; this namespace may have that file system, too.
 */
static enum file_system kind_of_root(const struct locator *locator, const char *pid,
				     struct location *location)
{
	enum file_system kind = mounts_root(location->mounts);
	cleanup(cleanup_close) int fd = -1;
	char path[128];

	if (!location->prefix[0] || kind != FILE_SYSTEM_REMOTE ||
	    snprintf(path, sizeof(path), "%s/%s/root", locator->proc_root, pid) >=
		    (int)sizeof(path))
		return kind;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		mounts_find_elsewhere(locator->own.mounts, fd, &kind);
	return kind;
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
	if (read_root(locator, text, location->prefix, sizeof(location->prefix)) ||
	    mounts_open(locator->proc_root, text, &location->mounts))
		return;
	location->root_is_remote = !open_root_of(
		locator, location, text, kind_of_root(locator, text, location), &location->root);
}

/* The root directory of a process that is dead, by its path. */
static void find_own_root(const struct locator *locator, const struct target *target,
			  struct location *location)
{
	const char *path = location_path(location, target->root);
	struct file_root own = *location_root(locator, location);
	int error;

	if (!target->root[0] || !strcmp(target->root, "/") || !path)
		return;
	error = location->root_is_remote ? -EREMOTE
					 : walk(location_root(locator, location), path, &own.fd);
	location->own_root_is_remote = error == -EREMOTE;
	if (error)
		return;
	if (mounts_find(own.mounts, own.fd, &own.kind))
		own.kind = FILE_SYSTEM_REMOTE;
	location->own_root = own;
}

/* That of a process that lives, which is in our mount namespace or in that of location->mounts. */
static void open_own_root(const struct locator *locator, const struct target *target,
			  const char *pid, struct location *location)
{
	enum file_system kind = file_system_of_magic(target->root_fs);
	char root[EV_PATH_MAX + 2];

	/* Not recorded: only our own root is known. */
	if (!target->root_fs && !location->mounts && !read_root(locator, pid, root, sizeof(root)) &&
	    !root[0])
		kind = locator->own.kind;
	location->own_root_is_remote =
		!open_root_of(locator, location, pid, kind, &location->own_root);
}

static void open_foreign_root(struct locator *locator, const struct target *target, const char *pid,
			      const struct deadline *deadline, struct location *location)
{
	char root[EV_PATH_MAX + 2];

	if (location->process_dir < 0 || read_root(locator, pid, root, sizeof(root)) || root[0]) {
		mounts_close(location->mounts);
		location->mounts = NULL;
		open_shared_root(locator, target->mnt_ns, deadline, location);
		return;
	}
	location->root_is_remote = location->own_root_is_remote;
	location->root = location->own_root;
	if (location->root.fd >= 0)
		location->root.fd = fcntl(location->root.fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static const struct location nowhere = {
	.process_dir = -1,
	.root.fd = -1,
	.own_root.fd = -1,
};

void location_open(struct locator *locator, const struct target *target,
		   const struct deadline *deadline, struct location *ret_location)
{
	struct location *location = ret_location;
	bool is_foreign = target->mnt_ns && target->mnt_ns != locator->own_mnt_ns;
	char pid[16];

	*location = nowhere;
	if (!locator->live)
		return;
	snprintf(pid, sizeof(pid), "%" PRIu32, target->pid);
	location->process_dir = open_process(locator, target);
	if (location->process_dir >= 0 &&
	    (!is_foreign || !mounts_open(locator->proc_root, pid, &location->mounts)))
		open_own_root(locator, target, pid, location);
	if (is_foreign)
		open_foreign_root(locator, target, pid, deadline, location);
	if (location->own_root.fd < 0 && !location->own_root_is_remote)
		find_own_root(locator, target, location);
}

void location_close(struct location *location)
{
	cleanup_close(&location->process_dir);
	cleanup_close(&location->root.fd);
	cleanup_close(&location->own_root.fd);
	mounts_close(location->mounts);
	*location = nowhere;
}

const struct file_root *location_root(const struct locator *locator,
				      const struct location *location)
{
	return location->root.fd >= 0 ? &location->root : &locator->own;
}

const char *location_path(const struct location *location, const char *path)
{
	size_t length = strlen(location->prefix);

	if (strncmp(path, location->prefix, length) != 0 || (length && path[length] != '/'))
		return NULL;
	return path + length;
}

int location_find_own(const struct locator *locator, const struct location *location,
		      const char *path, int *ret_handle, struct stat *ret_stat)
{
	if (location->own_root_is_remote)
		return -EREMOTE;
	if (location->own_root.fd >= 0)
		return regular_file_find(&location->own_root, path, ret_handle, ret_stat);
	if (location->root_is_remote)
		return -EREMOTE;
	path = location_path(location, path);
	if (!path)
		return -ENOENT;
	return regular_file_find(location_root(locator, location), path, ret_handle, ret_stat);
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
	struct statfs fs;

	/* Somebody has written to it since. */
	if (is_later(&stat->st_mtim, &target->time))
		return false;
	if (stat->st_ino == module->inode)
		return true;
	if (kernel_dev(stat->st_dev) == module->dev || !locator->live || fstatfs(handle, &fs) ||
	    fs.f_type != OVERLAYFS_MAGIC)
		return false;
	/* The inode numbers prove nothing here. A file that was created later has a later ctime. */
	return !is_later(&stat->st_ctim, &target->start);
}

/* What the kernel side has recorded about its file system. 0; as walk_allows(). */
static int check_recorded(const struct locator *locator, const struct snapshot_module *module)
{
	enum file_system kind = file_system_of_magic(module->fs);

	/* What is below an overlay shows only where it is mounted. */
	if (!module->fs || kind == FILE_SYSTEM_OVERLAY)
		return 0;
	return walk_allows(&locator->own, kind);
}

/*
 * Shows deleted files, too. Needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE. The file may be on a
 * mount that is in no list: memory, or a layer below an overlay.
 */
static int find_mapped(const struct locator *locator, const struct location *location,
		       const struct snapshot_module *module, int *ret_handle, struct stat *ret_stat)
{
	bool is_local = module->fs ? file_system_of_magic(module->fs) == FILE_SYSTEM_LOCAL
				   : module->dev == locator->memory_dev;
	cleanup(cleanup_close) int handle = -1;
	enum file_system kind;
	char name[64];
	int error = 0;

	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64, module->start, module->end);
	handle = openat(location->process_dir, name, O_PATH | O_CLOEXEC);
	if (handle < 0)
		return -errno;
	if (mounts_find(mounts_of(locator, location), handle, &kind))
		kind = is_local ? FILE_SYSTEM_LOCAL : FILE_SYSTEM_REMOTE;
	error = walk_allows(&locator->own, kind);
	if (!error)
		error = regular_file_check(handle, ret_stat);
	if (error)
		return error;
	*ret_handle = take_fd(&handle);
	return 0;
}

/* PATH: of MODULE, from ROOT. */
static int try_root(const struct locator *locator, const struct file_root *root, const char *path,
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
	struct stat stat = {};
	int error, own;

	if (!module->inode)
		return -ENOENT;
	error = check_recorded(locator, module);
	if (error)
		return error;
	if (location->process_dir >= 0 && !find_mapped(locator, location, module, &handle, &stat) &&
	    is_same_file(locator, target, module, handle, &stat)) {
		*ret_handle = take_fd(&handle);
		*ret_stat = stat;
		return 0;
	}
	if (module->path[0] != '/' || module->path_truncated)
		return -ENOENT;
	path = location_path(location, module->path);
	error = location->root_is_remote ? -EREMOTE : -ENOENT;
	if (location->root.fd >= 0 && path) {
		error = try_root(locator, &location->root, path, target, module, ret_handle,
				 ret_stat);
		if (!error)
			return 0;
	}
	own = try_root(locator, &locator->own, module->path, target, module, ret_handle, ret_stat);
	/* The result in the process's namespace is more exact than the result in ours. */
	if (!own || error == -ENOENT)
		return own;
	return error;
}
