// SPDX-License-Identifier: GPL-2.0-or-later
#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "output_place.h"

#define MODE 0644u

static const char *name;
static int file = -1;

/*
 * -EBUSY: another process has it, and WHY. A lock of fcntl(2): processes that we start do not
 * share it. A file system without locks does without.
 */
static int lock(int fd, struct strbuf *why)
{
	struct flock wanted = { .l_type = F_WRLCK, .l_whence = SEEK_SET }, other = wanted;

	if (!fcntl(fd, F_SETLK, &wanted) || (errno != EAGAIN && errno != EACCES))
		return 0;
	strbuf_add_text(why, "another process has it");
	if (!fcntl(fd, F_GETLK, &other) && other.l_type != F_UNLCK && other.l_pid > 0)
		strbuf_printf(why, " (%d)", other.l_pid);
	return -EBUSY;
}

static int open_locked(const char *path, int *ret_fd, struct strbuf *why)
{
	cleanup(cleanup_close) int fd = -1;
	struct output_place place;
	struct stat status;
	int error = output_place_find(path, &place, why);

	if (!error)
		error = output_place_open(&place, NULL, O_WRONLY, MODE, &fd, NULL, why);
	output_place_close(&place);
	if (error)
		return error;
	if (fstat(fd, &status))
		return -errno;
	if (!S_ISREG(status.st_mode)) {
		strbuf_add_text(why, "not a regular file");
		return -EINVAL;
	}
	error = lock(fd, why);
	if (!error && ftruncate(fd, 0))
		error = -errno;
	if (!error)
		*ret_fd = take_fd(&fd);
	return error;
}

static int say(int error, const struct strbuf *why)
{
	log_error("%s: %s", name, why && why->length ? why->text : strerror(-error));
	return error;
}

int pidfile_open(const char *path)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	int error;

	if (!path)
		return 0;
	name = path;
	error = open_locked(path, &file, &why);
	return error ? say(error, &why) : 0;
}

int pidfile_write(void)
{
	if (file < 0 || dprintf(file, "%d\n", getpid()) > 0)
		return 0;
	return say(-errno, NULL);
}

void pidfile_close(void)
{
	if (file >= 0 && !ftruncate(file, 0))
		close(file);
	file = -1;
}
