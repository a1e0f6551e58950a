// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes whole lines to a file descriptor, even on a full disk. The caller ignores SIGPIPE and
 * SIGXFSZ, so write(2) returns EPIPE and EFBIG instead of killing the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "output_private.h"

/* How often to look for the first reader of a FIFO. */
#define READER_TURN_US 50000

static int output_new(int fd, const char *name, struct output **ret_output)
{
	struct output *output = calloc(1, sizeof(*output));
	struct stat status;

	if (!output)
		return -ENOMEM;
	output->name = strdup(name);
	if (!output->name) {
		free(output);
		return -ENOMEM;
	}
	output->fd = fd;
	output->place.directory = output->file.directory = -1;
	output->has_reader = true;
	output->regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	*ret_output = output;
	return 0;
}

int output_from_fd(int fd, const char *name, struct output **ret_output)
{
	return output_new(fd, name, ret_output);
}

/*
 * A FIFO without a reader cannot be opened for writing only (ENXIO). For a moment we are its reader
 * ourselves.
 */
static int open_unread_fifo(const struct output_place *place, const char *path, mode_t mode,
			    int *ret_fd, struct output_place *ret_file, struct strbuf *why)
{
	cleanup(cleanup_close) int both = -1;
	int error = output_place_open(place, path, O_RDWR, mode, &both, NULL, why);

	return error ?: output_place_open(place, path, O_WRONLY, mode, ret_fd, ret_file, why);
}

static int open_first(const char *path, mode_t mode, struct output_place *place,
		      struct output **ret_output, struct strbuf *why)
{
	cleanup(output_place_close) struct output_place file = { .directory = -1 };
	cleanup(cleanup_close) int fd = -1;
	int error = output_place_open(place, path, O_WRONLY, mode, &fd, &file, why);
	bool has_reader = error != -ENXIO;

	if (!has_reader)
		error = open_unread_fifo(place, path, mode, &fd, &file, why);
	if (!error)
		error = output_new(fd, path, ret_output);
	if (error)
		return error;
	(*ret_output)->owned = true;
	(*ret_output)->has_reader = has_reader;
	(*ret_output)->place = *place;
	(*ret_output)->file = file;
	(*ret_output)->mode = mode;
	place->directory = file.directory = -1;
	take_fd(&fd);
	return 0;
}

/*
 * True if the last byte of the file is no newline. A file that cannot be read, because only its
 * owner may, counts as complete.
 */
static bool ends_in_half_line(int fd)
{
	cleanup(cleanup_close) int reader = -1;
	struct stat status;
	char path[32], last;

	if (fstat(fd, &status) || !S_ISREG(status.st_mode) || !status.st_size)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reader = open(path, O_RDONLY | O_CLOEXEC);
	return reader >= 0 && pread(reader, &last, 1, status.st_size - 1) == 1 && last != '\n';
}

int output_open(const char *path, mode_t mode, struct output **ret_output, struct strbuf *why)
{
	struct output_place place;
	int error = output_place_find(path, &place, why);

	if (!error)
		error = open_first(path, mode, &place, ret_output, why);
	output_place_close(&place);
	if (!error)
		(*ret_output)->half_line = ends_in_half_line((*ret_output)->fd);
	return error;
}

/*
 * Removes the WRITTEN bytes that end at the file's offset, unless another process has appended to
 * the file since then: a command that sigpath runs may share stdout.
 */
static int take_back(struct output *output, size_t written)
{
	struct stat status;
	off_t end, start;

	if (!output->regular)
		return -ESPIPE;
	end = lseek(output->fd, 0, SEEK_CUR);
	if (end < 0 || fstat(output->fd, &status))
		return -errno;
	if (status.st_size != end || end < (off_t)written)
		return -EBUSY;
	start = end - (off_t)written;
	if (ftruncate(output->fd, start) || lseek(output->fd, start, SEEK_SET) < 0)
		return -errno;
	return 0;
}

/* Writes as much as possible. RET_WRITTEN: the number of bytes, also on failure. */
static int write_all(int fd, const char *bytes, size_t size, size_t *ret_written)
{
	*ret_written = 0;
	while (*ret_written < size) {
		ssize_t written = write(fd, bytes + *ret_written, size - *ret_written);

		if (written > 0) {
			*ret_written += (size_t)written;
		} else if (written == 0) {
			return -EIO;
		} else if (errno == EAGAIN) {
			struct pollfd full = { .fd = fd, .events = POLLOUT };

			if (poll(&full, 1, -1) < 0 && errno != EINTR)
				return -errno;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

/* The FIFO had no reader when it was opened. poll(2) reports an error as long as that is so. */
static void wait_for_reader(struct output *output)
{
	struct pollfd unread = { .fd = output->fd, .events = POLLOUT };

	if (output->has_reader)
		return;
	if (poll(&unread, 1, 0) >= 0 && unread.revents & POLLERR)
		log_notice("%s is a FIFO that nobody reads yet: what is written waits for a reader",
			   output->name);
	while (poll(&unread, 1, 0) < 0 || unread.revents & POLLERR)
		usleep(READER_TURN_US);
	output->has_reader = true;
}

static int count_failure(struct output *output, int error)
{
	if (!output->failing) {
		output->failing = true;
		output->unwritten_since_failing = 0;
		log_warning("cannot write to %s: %s; trying again with each incident", output->name,
			    strerror(-error));
	}
	output->unwritten_since_failing++;
	return error;
}

static void say_resumed(struct output *output)
{
	output->failing = false;
	log_notice("%s can be written again; %" PRIu64 " %s not written", output->name,
		   output->unwritten_since_failing,
		   output->unwritten_since_failing == 1 ? "item was" : "items were");
}

static bool reader_is_gone(int error)
{
	return error == -EPIPE || error == -ECONNRESET;
}

/* Writes the newline that ends the partial line of a failed write. */
static int end_half_line(struct output *output)
{
	size_t written;
	int error = output->half_line ? write_all(output->fd, "\n", 1, &written) : 0;

	if (!error)
		output->half_line = false;
	return error;
}

/* ITEM: how many items of the batch come before it. */
static int write_beginning(struct output *output, size_t item)
{
	cleanup(strbuf_free) struct strbuf beginning = { 0 };
	size_t written = 0;
	int error;

	if (output->begun || !output->beginning)
		return 0;
	output->beginning(output->beginning_context, item, &beginning);
	error = beginning.failed
			? -ENOMEM
			: write_all(output->fd, beginning.text, beginning.length, &written);
	if (error && written && take_back(output, written))
		output->half_line = true;
	output->begun = !error;
	return error;
}

int output_begin(struct output *output)
{
	int error;

	wait_for_reader(output);
	error = end_half_line(output) ?: write_beginning(output, 0);
	if (reader_is_gone(error))
		return -EPIPE;
	return error ? count_failure(output, error) : 0;
}

/* Items FIRST to COUNT of the batch, of which the first one begins at START. */
static int write_items(struct output *output, const char *bytes, size_t start, const size_t *ends,
		       size_t first, size_t count, size_t *ret_delivered)
{
	int last_error = 0;

	for (size_t i = first; i < count; i++) {
		size_t written = 0;
		int error = end_half_line(output) ?: write_beginning(output, i);

		if (!error)
			error = write_all(output->fd, bytes + start, ends[count - 1] - start,
					  &written);
		if (written && output->failing && start + written >= ends[i])
			say_resumed(output);
		for (; i < count && ends[i] <= start + written; i++) {
			written -= ends[i] - start;
			start = ends[i];
			(*ret_delivered)++;
		}
		if (!error)
			return last_error;
		if (written && take_back(output, written))
			output->half_line = true;
		if (reader_is_gone(error))
			return -EPIPE;
		last_error = count_failure(output, error);
		start = ends[i];
	}
	return last_error;
}

int output_write(struct output *output, const char *bytes, const size_t *ends, size_t count,
		 size_t *ret_delivered)
{
	size_t start = 0;
	int last_error = 0;

	wait_for_reader(output);
	*ret_delivered = 0;
	for (size_t done = 0; done < count; start = ends[done - 1]) {
		size_t next = done + output_prepare(output, start, ends + done, count - done);
		int error = write_items(output, bytes, start, ends, done, next, ret_delivered);

		if (error == -EPIPE)
			return error;
		last_error = error ?: last_error;
		done = next;
	}
	return last_error;
}

bool output_is_file(const struct output *output)
{
	struct stat status;

	return !fstat(output->fd, &status) && !S_ISFIFO(status.st_mode) &&
	       !S_ISSOCK(status.st_mode) && !output_is_terminal(output);
}

bool output_is_terminal(const struct output *output)
{
	return isatty(output->fd);
}

int output_terminal(const struct output *output)
{
	/* The output's own descriptor can become another file's, on another thread. */
	return output_is_terminal(output) ? fcntl(output->fd, F_DUPFD_CLOEXEC, 0) : -1;
}

bool output_is_same(const struct output *a, const struct output *b)
{
	struct stat status_a, status_b;

	if (fstat(a->fd, &status_a) || fstat(b->fd, &status_b))
		return false;
	/* /dev/null and similar devices accept everything; a terminal mixes its input. */
	if (S_ISCHR(status_a.st_mode) && !output_is_terminal(a))
		return false;
	return status_a.st_dev == status_b.st_dev && status_a.st_ino == status_b.st_ino;
}

int output_truncate(struct output *output)
{
	if (!output->owned || !output->regular)
		return 0;
	if (ftruncate(output->fd, 0))
		return -errno;
	output->half_line = false;
	return 0;
}

void output_begin_with(struct output *output, output_beginning_fn *add, void *context)
{
	output->beginning = add;
	output->beginning_context = context;
}

const char *output_name(const struct output *output)
{
	return output->name;
}

struct output_directories output_directories(const struct output *output)
{
	return (struct output_directories){
		.of_name = output->place.directory,
		.of_file = output->regular ? output->file.directory : -1,
	};
}

void output_free(struct output *output)
{
	if (!output)
		return;
	rotation_free(output->rotation);
	/*
	 * NFS and quotas may report a failed write only here. After EINTR the fd is closed as well.
	 */
	if (output->owned && close(output->fd) && errno != EINTR)
		log_warning("%s: %s", output->name, strerror(errno));
	output_place_close(&output->place);
	output_place_close(&output->file);
	free(output->name);
	free(output);
}
