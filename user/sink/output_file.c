// SPDX-License-Identifier: GPL-2.0-or-later
/* The file of an output while its name changes: opened again, rotated, truncated by others. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "output_private.h"

/* Opens what has the name of PLACE now. -ENODEV: no regular file. */
static int open_again(const struct output *output, const struct output_place *place, int *ret_fd,
		      struct strbuf *why)
{
	cleanup(cleanup_close) int fd = -1;
	int error = output_place_open(place, output->name, O_WRONLY, output->mode, &fd, NULL, why);
	struct stat status;

	/* ENXIO: a FIFO that nobody reads, or a socket. */
	if (error == -ENXIO)
		error = -ENODEV;
	if (!error && (fstat(fd, &status) || !S_ISREG(status.st_mode)))
		error = -ENODEV;
	if (error == -ENODEV)
		strbuf_add_text(why, "not a regular file");
	if (!error && output->only_empty && status.st_size) {
		strbuf_add_text(why, "not empty");
		error = -EEXIST;
	}
	if (!error)
		*ret_fd = take_fd(&fd);
	return error;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* True if the name of PLACE belongs to what is open, for example to a FIFO or to /dev/null. */
static bool has_name(const struct output *output, const struct output_place *place)
{
	struct stat open, named;

	return !fstat(output->fd, &open) && !fstatat(place->directory, place->name, &named, 0) &&
	       is_same_file(&open, &named);
}

static bool paths_are_gone;

void output_forget_paths(void)
{
	paths_are_gone = true;
}

/* Says so if somebody has rotated the whole directory, or attacks. */
static void check_directory(const struct output *output)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	struct output_place place;
	struct stat at_start, now;
	int error;

	if (paths_are_gone)
		return;
	error = output_place_find(output->name, &place, &why);
	/* Rights may have been dropped since the start. */
	if (error == -EACCES)
		return;
	if (error || fstat(output->place.directory, &at_start) || fstat(place.directory, &now) ||
	    !is_same_file(&at_start, &now))
		log_warning("%s: its directory no longer has this path; writing on in the old one",
			    output->name);
	output_place_close(&place);
}

/* FD is the file from now on. */
static void take_file(struct output *output, int fd)
{
	struct stat status;

	if (close(output->fd) && errno != EINTR)
		log_warning("%s: %s", output->name, strerror(errno));
	output->fd = fd;
	output->regular = output->has_reader = true;
	output->half_line = output->begun = false;
	if (output->rotation && !fstat(fd, &status))
		rotation_note_file(output->rotation, &status);
}

static const char *reason(int error, const struct strbuf *why)
{
	return why->length ? why->text : strerror(-error);
}

void output_reopen(struct output *output)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	int fd, error;

	if (!output->owned)
		return;
	check_directory(output);
	if (has_name(output, &output->place))
		return;
	error = open_again(output, &output->place, &fd, &why);
	if (error)
		log_warning("%s: %s; writing on to the old file", output->name,
			    reason(error, &why));
	else
		take_file(output, fd);
}

int output_refuse_content(struct output *output)
{
	struct stat status;

	output->only_empty = true;
	return output->regular && !fstat(output->fd, &status) && status.st_size ? -EEXIST : 0;
}

/* --- rotation --- */

int output_rotate_by(struct output *output, const struct output_rotation *rotation)
{
	struct stat status;
	int error;

	if (!output->regular || output->file.directory < 0)
		return 0;
	error = rotation_new(rotation, output->name, output->file.directory, output->file.name,
			     &output->rotation);
	if (!error && !fstat(output->fd, &status))
		rotation_note_file(output->rotation, &status);
	return error;
}

int output_start(struct output *output)
{
	return output->rotation ? rotation_start(output->rotation, output->file.directory) : 0;
}

/* The file that is open has become FILE.1. */
static int make_new(struct output *output, struct strbuf *why)
{
	int fd, error = open_again(output, &output->file, &fd, why);

	if (error)
		rotation_move_back(output->rotation);
	else
		take_file(output, fd);
	return error;
}

int output_rotate(struct output *output)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	int error;

	if (!output->rotation)
		return -ENOTSUP;
	if (!has_name(output, &output->file)) {
		strbuf_add_text(&why, "it was moved away");
		error = -ENOENT;
	} else {
		error = rotation_move(output->rotation);
	}
	if (!error)
		error = make_new(output, &why);
	if (error)
		rotation_failed(output->rotation, reason(error, &why));
	else
		rotation_done(output->rotation);
	return error;
}

size_t output_prepare(struct output *output, size_t start, const size_t *ends, size_t count)
{
	struct rotation *rotation = output->rotation;
	struct stat status;

	if (!output->owned || !output->regular || fstat(output->fd, &status))
		return count;
	if (rotation && rotation_is_due(rotation, &status, ends[0] - start)) {
		/* Somebody else may rotate it, and the signal is still to come. */
		if (!has_name(output, &output->file))
			output_reopen(output);
		else
			output_rotate(output);
		if (fstat(output->fd, &status))
			return count;
	}
	/* It is new, or another process has truncated it (logrotate's copytruncate). */
	if (!status.st_size)
		output->begun = false;
	return rotation ? rotation_fits(rotation, &status, start, ends, count) : count;
}
