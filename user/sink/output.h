/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of complete lines on a file descriptor: stdout, stderr or the file of -o. It survives a
 * full disk: it reports the failure once on stderr, counts the lines that could not be written, and
 * continues when there is space again. It never leaves a partial line in between. One thread at a
 * time uses it. That thread waits for a reader that does not read, so it must be one that the run
 * can leave behind.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "strbuf.h"

struct output;

/* Wraps FD. The caller still owns FD. NAME is for messages. 0 or -ENOMEM. */
int output_from_fd(int fd, const char *name, struct output **ret_output);
/*
 * Opens the file at PATH, or creates it. A regular file gets this MODE, and is appended to: if its
 * last line has no end, because its writer was killed, a newline comes first. A FIFO needs no reader
 * yet: the first write waits for one. 0; -EPERM and WHY, as it reads after "PATH: ", if another user
 * may have planted what is there; or another -errno.
 */
int output_open(const char *path, mode_t mode, struct output **ret_output, struct strbuf *why);
/* Closes the file if output_open opened it. NULL is allowed. */
void output_free(struct output *output);

/* False: a pipe, a socket or a terminal, where a write may have to wait for a reader. */
bool output_is_file(const struct output *output);
/* True if both write to the same file, pipe or terminal. */
bool output_is_same(const struct output *a, const struct output *b);
/* True for a regular file that is not empty. */
bool output_has_content(const struct output *output);
/* Empties a file of output_open(). 0 or -errno. */
int output_truncate(struct output *output);

/*
 * Writes COUNT items of whole lines; ENDS has the end of each. Normally it needs one system call.
 * If a write fails, each item is written completely or not at all. RET_DELIVERED: how many were
 * written. 0; -EPIPE if the reader has exited; or another -errno, which the output has already
 * reported.
 */
int output_write(struct output *output, const char *bytes, const size_t *ends, size_t count,
		 size_t *ret_delivered);

/*
 * Opens the file of output_open() again by its name, after the file was renamed, and appends to it.
 * Its directory is the one that was opened at the start, whatever has that path now. Only a regular
 * file can take its place: a FIFO or a device that has got the name may not be read. If it fails,
 * the output reports that and continues with the old file.
 */
void output_reopen(struct output *output);

/*
 * From now on this process cannot follow paths: output_reopen() does not look whether the directory
 * still has its path. Before the sinks start.
 */
void output_forget_paths(void);

const char *output_name(const struct output *output);
/* Descriptors of directories (O_PATH), which the output owns; -1: none. */
struct output_directories {
	int of_name; /* where output_reopen() looks for the name */
	int of_file; /* of a regular file: where it makes a new one, behind all links */
};
struct output_directories output_directories(const struct output *output);
