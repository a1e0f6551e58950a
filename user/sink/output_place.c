// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follows a path step by step, because the kernel does not tell whose the symbolic links on it are.
 * (fs.protected_symlinks, protected_hardlinks and protected_fifos do a part of this, where they are
 * on, and only in sticky directories.)
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "output_place.h"

#define LINKS_MAX 40   /* as in the kernel (MAXSYMLINKS) */
#define ATTEMPTS_MAX 8 /* to open a name that comes and goes */
#define PROC_ROOT_INODE 1
#define OTHERS_WRITE (S_IWGRP | S_IWOTH)
#define MODE_BITS 07777u

static int walk(struct output_place *place, const char *path, struct strbuf *why);

/* Root and the caller could write to the output anyhow. */
static bool is_trusted(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* Makes FD the directory of PLACE, and owns it. */
static int enter(struct output_place *place, int fd)
{
	struct stat status;

	if (place->directory >= 0) {
		if (fstat(place->directory, &status)) {
			close(fd);
			return -errno;
		}
		/* Another user can give the name of the next directory to another one. */
		if (!is_trusted(status.st_uid) ||
		    (status.st_mode & OTHERS_WRITE && !(status.st_mode & S_ISVTX)))
			place->swappable = true;
		close(place->directory);
	}
	place->directory = fd;
	return 0;
}

/* Enters the directory NAME; with O_NOFOLLOW only if that is no symbolic link. */
static int enter_name(struct output_place *place, int at, const char *name, int flags)
{
	int fd = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC | flags);

	return fd < 0 ? -errno : enter(place, fd);
}

/* The kernel follows the links in /proc/PID/fd, where their text is no path. */
static bool is_of_proc(const struct output_place *place, int link)
{
	struct stat directory;
	struct statfs system;

	return !fstatfs(link, &system) && system.f_type == PROC_SUPER_MAGIC &&
	       !fstat(place->directory, &directory) && directory.st_ino != PROC_ROOT_INODE;
}

static int check_link(const struct output_place *place, int link, struct strbuf *why)
{
	struct stat directory, status;

	if (fstat(place->directory, &directory) || fstat(link, &status))
		return -errno;
	if (!S_ISLNK(status.st_mode))
		return -ENOTDIR;
	if (is_trusted(status.st_uid) && is_trusted(directory.st_uid))
		return 0;
	strbuf_add_text(why, "the symbolic link '");
	strbuf_add_escaped(why, place->name, strlen(place->name));
	strbuf_printf(why,
		      "' of uid %u in a directory of uid %u is not followed: both must belong to "
		      "root or to the user of sigpath",
		      status.st_uid, directory.st_uid);
	return -EPERM;
}

/*
 * Follows the link that PLACE names: afterwards PLACE is where it points to. RET_BY_KERNEL: only
 * the kernel can follow it, and PLACE is as before.
 */
static int follow(struct output_place *place, bool *ret_by_kernel, struct strbuf *why)
{
	cleanup(cleanup_close) int link = -1;
	char target[PATH_MAX];
	ssize_t length;
	int error;

	link = openat(place->directory, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (link < 0)
		return -errno;
	error = check_link(place, link, why);
	if (error)
		return error;
	if (place->links_followed++ == LINKS_MAX)
		return -ELOOP;
	*ret_by_kernel = is_of_proc(place, link);
	if (*ret_by_kernel)
		return 0;
	length = readlinkat(link, "", target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	return walk(place, target, why);
}

/* Enters the directory that PLACE names. */
static int step(struct output_place *place, struct strbuf *why)
{
	bool by_kernel = false;
	int error = enter_name(place, place->directory, place->name, O_NOFOLLOW);

	if (error != -ELOOP && error != -ENOTDIR)
		return error;
	error = follow(place, &by_kernel, why);
	if (error)
		return error;
	if (by_kernel)
		return enter_name(place, place->directory, place->name, 0);
	return place->name[0] ? step(place, why) : 0;
}

/* Follows PATH up to its last name, which PLACE gets: empty if PATH ends with a slash. */
static int walk(struct output_place *place, const char *path, struct strbuf *why)
{
	int error = path[0] == '/' ? enter_name(place, AT_FDCWD, "/", 0) : 0;

	while (!error) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(place->name, path, length);
		place->name[length] = '\0';
		path += length;
		if (!path[0])
			break;
		error = step(place, why);
	}
	return error;
}

int output_place_find(const char *path, struct output_place *ret_place, struct strbuf *why)
{
	struct output_place place = { .directory = -1 };
	int error = path[0] ? 0 : -ENOENT;

	if (!error && path[0] != '/')
		error = enter_name(&place, AT_FDCWD, ".", 0);
	if (!error)
		error = walk(&place, path, why);
	if (!error && !place.name[0])
		error = -EISDIR;
	place.links_followed = 0;
	if (error)
		output_place_close(&place);
	*ret_place = place;
	return error;
}

void output_place_close(struct output_place *place)
{
	if (place->directory >= 0)
		close(place->directory);
	place->directory = -1;
}

/* Whether only root and the caller choose what has a name here. RET_STATUS is the directory's. */
static bool is_private(const struct output_place *place)
{
	struct stat status;

	return !place->swappable && !fstat(place->directory, &status) &&
	       is_trusted(status.st_uid) && !(status.st_mode & OTHERS_WRITE);
}

/* Somebody else may have put it there: to read it, or to have sigpath overwrite another file. */
static int check_planted(const struct output_place *place, const struct stat *status,
			 struct strbuf *why)
{
	bool is_link = S_ISREG(status->st_mode) && status->st_nlink > 1;

	if ((is_trusted(status->st_uid) && !is_link) || is_private(place))
		return 0;
	if (is_link)
		strbuf_add_text(why, "it is a hard link");
	else
		strbuf_printf(why, "it belongs to uid %u", status->st_uid);
	strbuf_add_text(why, ", and other users can write to its directory or choose it; use a "
			     "directory of your own, or another name");
	return -EPERM;
}

/* A regular file that has existed. Who has opened it for reading before can still read it. */
static void repair(const char *path, int fd, const struct stat *status, mode_t mode)
{
	mode_t old = status->st_mode & MODE_BITS;

	if (!is_trusted(status->st_uid))
		log_warning("%s belongs to uid %u, who can read and change it", path,
			    status->st_uid);
	if (old == mode)
		return;
	if (fchmod(fd, mode))
		log_warning("%s has mode %04o, which cannot be changed to %04o: %s", path, old,
			    mode, strerror(errno));
	else
		log_notice("%s had mode %04o and now has %04o (--output-mode)", path, old, mode);
}

/* ENOENT if there is nothing, ELOOP if it is a symbolic link. */
static int open_existing(const struct output_place *place, const char *path, int flags, mode_t mode,
			 int *ret_fd, struct strbuf *why)
{
	cleanup(cleanup_close) int fd = openat(place->directory, place->name, flags | O_NOFOLLOW);
	struct stat status;
	int error;

	if (fd < 0 || fstat(fd, &status))
		return -errno;
	error = check_planted(place, &status, why);
	if (error)
		return error;
	if (path && S_ISREG(status.st_mode))
		repair(path, fd, &status, mode);
	*ret_fd = take_fd(&fd);
	return 0;
}

static int create(const struct output_place *place, int flags, mode_t mode, int *ret_fd)
{
	int fd = openat(place->directory, place->name, flags | O_CREAT | O_EXCL, mode);

	if (fd < 0)
		return -errno;
	/* Whatever the umask took away. A file system without modes cannot do better. */
	fchmod(fd, mode);
	*ret_fd = fd;
	return 0;
}

/* What the kernel's link leads to has no place: it may have no name. */
static int open_given(struct output_place *place, int flags, int *ret_fd)
{
	*ret_fd = openat(place->directory, place->name, flags);
	if (*ret_fd < 0)
		return -errno;
	output_place_close(place);
	return 0;
}

/* One attempt. -EAGAIN: a link was followed, or the name has changed meanwhile. */
static int try_open(struct output_place *place, const char *path, int flags, mode_t mode,
		    int *ret_fd, struct strbuf *why)
{
	bool by_kernel = false;
	int error = place->name[0] ? open_existing(place, path, flags, mode, ret_fd, why) : -EISDIR;

	if (error == -ENOENT) {
		error = create(place, flags, mode, ret_fd);
		return error == -EEXIST ? -EAGAIN : error;
	}
	if (error != -ELOOP)
		return error;
	error = follow(place, &by_kernel, why);
	if (error)
		return error;
	return by_kernel ? open_given(place, flags, ret_fd) : -EAGAIN;
}

int output_place_open(const struct output_place *place, const char *path, int access, mode_t mode,
		      int *ret_fd, struct output_place *ret_file, struct strbuf *why)
{
	/*
	 * O_APPEND: if another process truncates the file (logrotate's copytruncate), there is no
	 * hole. O_NONBLOCK: neither an open nor a write waits for the reader of a FIFO.
	 */
	int flags = access | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct output_place now = *place;
	int error = -EAGAIN;

	now.directory = fcntl(place->directory, F_DUPFD_CLOEXEC, 0);
	if (now.directory < 0)
		return -errno;
	for (int i = 0; i < LINKS_MAX + ATTEMPTS_MAX && (error == -EAGAIN || error == -EINTR); i++)
		error = try_open(&now, path, flags, mode, ret_fd, why);
	if (error || !ret_file)
		output_place_close(&now);
	else
		*ret_file = now;
	return error;
}
