// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The thread that compresses old files. The lock is never held while it reads or writes. Meanwhile
 * a rotation may give the file another number, or drop it. FILE.N.gz is complete whenever it
 * exists: until then it has another name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>

#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "rotation_private.h"

#define UNFINISHED ROTATION_PACKED ".part"
#define PIECE 65536
#define LOWEST_PRIORITY 19
/* How long the end of a run waits for the thread. A file that is not finished stays as it is. */
#define END_MS 100
#define MODE_BITS 0777u

/* Everything from FROM goes to PACKED. 0; -ECANCELED at the end of the run; -errno. */
static int pack(int from, gzFile packed, const atomic_bool *stop)
{
	char piece[PIECE];
	ssize_t got;

	while ((got = read(from, piece, sizeof(piece))) > 0) {
		errno = 0;
		if (gzwrite(packed, piece, (unsigned int)got) != got)
			return errno ? -errno : -ENOMEM;
		if (atomic_load(stop))
			return -ECANCELED;
	}
	return got < 0 ? -errno : 0;
}

/* Closes TO. The data must be on the disk before the file that it replaces is removed. */
static int pack_and_sync(int from, int to, const atomic_bool *stop)
{
	cleanup(cleanup_close) int again = fcntl(to, F_DUPFD_CLOEXEC, 0);
	gzFile packed = gzdopen(to, "wb");
	int error;

	if (!packed) {
		close(to);
		return -ENOMEM;
	}
	error = again < 0 ? -errno : pack(from, packed, stop);
	errno = 0;
	if (gzclose_w(packed) != Z_OK && !error)
		error = errno ? -errno : -EIO;
	if (!error && fdatasync(again))
		error = -errno;
	return error;
}

static void unfinished_name(const struct rotation *rotation, char ret_name[ROTATION_NAME_SIZE])
{
	snprintf(ret_name, ROTATION_NAME_SIZE, "%s" UNFINISHED, rotation->name);
}

/* A new file with the mode of FROM, whatever had its name. */
static int make_unfinished(const struct rotation *rotation, int from, int *ret_fd)
{
	cleanup(cleanup_close) int fd = -1;
	char name[ROTATION_NAME_SIZE];
	struct stat status;

	if (fstat(from, &status))
		return -errno;
	unfinished_name(rotation, name);
	if (unlinkat(rotation->directory, name, 0) && errno != ENOENT)
		return -errno;
	fd = openat(rotation->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, status.st_mode & MODE_BITS))
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* Nobody else can have put it there for us to read. */
static int open_plain(const struct rotation *rotation, unsigned int number)
{
	cleanup(cleanup_close) int fd = -1;
	char name[ROTATION_NAME_SIZE];
	struct stat status;

	rotation_name(rotation, number, "", name);
	fd = openat(rotation->directory, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_nlink != 1 ||
	    (status.st_uid && status.st_uid != geteuid()))
		return -1;
	return take_fd(&fd);
}

/* Opens the oldest file that is not compressed. -1: there is none. */
static int take_oldest(struct rotation *rotation)
{
	int fd = -1;

	pthread_mutex_lock(&rotation->lock);
	for (unsigned int number = rotation->rules.keep; number && fd < 0; number--) {
		fd = open_plain(rotation, number);
		if (fd >= 0)
			rotation->compressing = number;
	}
	pthread_mutex_unlock(&rotation->lock);
	return fd;
}

/* True if the file FROM still has this number. */
static bool has_number(const struct rotation *rotation, int from, unsigned int number)
{
	char name[ROTATION_NAME_SIZE];
	struct stat open, named;

	rotation_name(rotation, number, "", name);
	return number && !fstat(from, &open) &&
	       !fstatat(rotation->directory, name, &named, AT_SYMLINK_NOFOLLOW) &&
	       open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

/*
 * The compressed file takes the place of FROM, or goes away: if ERROR, if FROM was dropped, and
 * after the end of the run (-ECANCELED), because the process may exit between the two steps.
 */
static int replace(struct rotation *rotation, int from, int error)
{
	char unfinished[ROTATION_NAME_SIZE], plain[ROTATION_NAME_SIZE], packed[ROTATION_NAME_SIZE];
	int directory = rotation->directory;

	pthread_mutex_lock(&rotation->lock);
	unfinished_name(rotation, unfinished);
	if (rotation->left_behind)
		error = -ECANCELED;
	if (error || !has_number(rotation, from, rotation->compressing)) {
		unlinkat(directory, unfinished, 0);
	} else {
		rotation_name(rotation, rotation->compressing, "", plain);
		rotation_name(rotation, rotation->compressing, ROTATION_PACKED, packed);
		if (renameat(directory, unfinished, directory, packed) ||
		    unlinkat(directory, plain, 0))
			error = -errno;
	}
	rotation->compressing = 0;
	pthread_mutex_unlock(&rotation->lock);
	return error;
}

/* Compresses one file. False: there is none, or it failed. */
static bool compress_oldest(struct rotation *rotation)
{
	cleanup(cleanup_close) int from = take_oldest(rotation);
	int to = -1, error;

	if (from < 0)
		return false;
	error = make_unfinished(rotation, from, &to);
	if (!error)
		error = pack_and_sync(from, to, &rotation->stop);
	error = replace(rotation, from, error);
	if (error && error != -ECANCELED && !rotation->failure_was_said) {
		log_warning("%s: an old file cannot be compressed: %s", rotation->path,
			    strerror(-error));
		rotation->failure_was_said = true;
	}
	return !error;
}

static void *compressor_main(void *context)
{
	struct rotation *rotation = context;
	bool left_behind;

	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), LOWEST_PRIORITY);
	pthread_mutex_lock(&rotation->lock);
	rotation->is_ready = true;
	/* An earlier run may have left files. */
	rotation->wanted = true;
	pthread_cond_broadcast(&rotation->change);
	while (!atomic_load(&rotation->stop)) {
		if (!rotation->wanted) {
			pthread_cond_wait(&rotation->change, &rotation->lock);
			continue;
		}
		rotation->wanted = false;
		pthread_mutex_unlock(&rotation->lock);
		while (!atomic_load(&rotation->stop) && compress_oldest(rotation))
			;
		pthread_mutex_lock(&rotation->lock);
	}
	rotation->has_ended = true;
	left_behind = rotation->left_behind;
	pthread_cond_broadcast(&rotation->change);
	pthread_mutex_unlock(&rotation->lock);
	if (left_behind)
		rotation_release(rotation);
	return NULL;
}

int compressor_start(struct rotation *rotation)
{
	int error = -pthread_create(&rotation->thread, NULL, compressor_main, rotation);

	if (error)
		return error;
	rotation->has_thread = true;
	pthread_mutex_lock(&rotation->lock);
	while (!rotation->is_ready)
		pthread_cond_wait(&rotation->change, &rotation->lock);
	pthread_mutex_unlock(&rotation->lock);
	return 0;
}

bool compressor_stop(struct rotation *rotation)
{
	struct timespec end = clock_after_ms(END_MS);
	pthread_t thread = rotation->thread;
	bool has_ended;

	if (!rotation->has_thread)
		return true;
	atomic_store(&rotation->stop, true);
	pthread_mutex_lock(&rotation->lock);
	pthread_cond_broadcast(&rotation->change);
	while (!rotation->has_ended)
		if (pthread_cond_timedwait(&rotation->change, &rotation->lock, &end))
			break;
	has_ended = rotation->has_ended;
	rotation->left_behind = !has_ended;
	pthread_mutex_unlock(&rotation->lock);
	if (has_ended)
		pthread_join(thread, NULL);
	else
		pthread_detach(thread);
	return has_ended;
}
