// SPDX-License-Identifier: GPL-2.0-or-later
#include "empty_root.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"

/* 5.2. The same on all architectures; older C libraries do not have them. */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#endif
#define TREE_CLONE 1
#define TREE_CLOEXEC O_CLOEXEC
#define MOVE_FROM_EMPTY_PATH 4

#define NO_CHANGE (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* A mount of the directory FD, which is nowhere in the tree of files. */
static int clone_mount(int fd, const char *path, int *ret_fd)
{
	*ret_fd = (int)syscall(SYS_open_tree, fd, path, TREE_CLONE | TREE_CLOEXEC | AT_EMPTY_PATH);
	return *ret_fd < 0 ? -errno : 0;
}

static int detach_directories(const int *directories, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup(cleanup_close) int tree = -1;
		int error = clone_mount(directories[i], "", &tree);

		if (error)
			return error;
		if (dup3(tree, directories[i], O_CLOEXEC) < 0)
			return -errno;
	}
	return 0;
}

/* On top of /proc, because that exists everywhere. */
static int make_root(int proc)
{
	if (mount("none", "/proc", "tmpfs", NO_CHANGE & ~MS_RDONLY, "size=4k,mode=0555") ||
	    mkdir("/proc/proc", 0555) ||
	    syscall(SYS_move_mount, proc, "", AT_FDCWD, "/proc/proc", MOVE_FROM_EMPTY_PATH) ||
	    mount(NULL, "/proc/proc", NULL, MS_REMOUNT | MS_BIND | NO_CHANGE, NULL) ||
	    mount(NULL, "/proc", NULL, MS_REMOUNT | NO_CHANGE, "size=4k,mode=0555"))
		return -errno;
	return 0;
}

static int change_root(void)
{
	if (chdir("/proc"))
		return -errno;
	/* The old root lies on top of the new one, and goes. */
	if (!syscall(SYS_pivot_root, ".", "."))
		return umount2(".", MNT_DETACH) || chdir("/") ? -errno : 0;
	/* That of an initramfs cannot go. It stays below. */
	return mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/") ? -errno : 0;
}

int empty_root_enter(const int *directories, size_t count)
{
	cleanup(cleanup_close) int proc = -1;
	/* Before the namespace is another one: only a mount of one's own namespace can be cloned. */
	int error = detach_directories(directories, count);

	if (error)
		return error;
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -errno;
	error = clone_mount(AT_FDCWD, "/proc", &proc);
	if (!error)
		error = make_root(proc);
	return error ?: change_root();
}
