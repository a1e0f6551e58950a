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

/* When FILE becomes FILE.1, FILE.1 becomes FILE.2, and so on. */
struct output_rotation {
	uint64_t bytes;	    /* before FILE gets larger than this; 0: whatever its size is */
	uint64_t period_ns; /* before the first item of a new period of local time; 0: never */
	unsigned int keep;  /* old files */
	bool compress;	    /* the old files, by gzip */
};

/* Wraps FD. The caller still owns FD. NAME is for messages. 0 or -ENOMEM. */
int output_from_fd(int fd, const char *name, struct output **ret_output);
/*
 * Opens the file at PATH, or creates it. A regular file gets this MODE, and is appended to: if its
 * last line has no end, because its writer was killed, a newline comes first. A FIFO needs no
 * reader yet: the first write waits for one. 0; -EPERM and WHY, as it reads after "PATH: ", if
 * another user may have planted what is there; or another -errno.
 */
int output_open(const char *path, mode_t mode, struct output **ret_output, struct strbuf *why);
/* Closes the file if output_open opened it. NULL is allowed. */
void output_free(struct output *output);

/* False: a pipe, a socket or a terminal, where a write may have to wait for a reader. */
bool output_is_file(const struct output *output);
/* Whether it is a terminal, whoever opened it: a width, and colours. */
bool output_is_terminal(const struct output *output);
/* A descriptor of that terminal, which the caller closes, for its width; -1: there is none. */
int output_terminal(const struct output *output);
/* True if both write to the same file, pipe or terminal. */
bool output_is_same(const struct output *a, const struct output *b);
/* From now on it opens no file that has content. 0; -EEXIST: the one that is open has content. */
int output_refuse_content(struct output *output);
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
 * What the run, and each new file after that, begins with: ADD adds it to BUF. It is called by who
 * writes, before the first item, and again before an item that goes into an empty file: after a
 * rotation, output_reopen(), or the truncation by another process. ITEM is how many items of the
 * output_write() under way come before it. What it adds is no item, and is never written in part.
 */
typedef void output_beginning_fn(void *context, size_t item, struct strbuf *buf);
void output_begin_with(struct output *output, output_beginning_fn *add, void *context);
/* Writes the beginning, if the first item has not come yet. Returns as output_write() does. */
int output_begin(struct output *output);

/*
 * From now on a regular file of output_open() is rotated; other outputs are not. 0; -ENAMETOOLONG:
 * there is no room for a number behind its name; -ENOMEM.
 */
int output_rotate_by(struct output *output, const struct output_rotation *rotation);
/* Rotates it now. 0; -ENOTSUP: it is not to be rotated; or another -errno, which it has said. */
int output_rotate(struct output *output);
/*
 * Before the first write: starts the thread that compresses old files, if one is needed. What the
 * calling thread may do, it may do. 0 or -errno.
 */
int output_start(struct output *output);

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
