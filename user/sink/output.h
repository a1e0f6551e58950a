/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of complete lines on a file descriptor: stdout, stderr or the file of -o. It survives a
 * full disk: the failure is said once on stderr, what could not be written is counted, and writing
 * resumes by itself when space returns; never a partial line in between.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output;

/* Wraps FD, which stays the caller's. NAME is for messages. 0 or -ENOMEM. */
int output_from_fd(int fd, const char *name, struct output **ret_output);
/*
 * Opens the file at PATH (mode 0600: incidents hold command lines) and creates it where there is
 * none. What it holds stays until output_truncate(). 0 or -errno.
 */
int output_open(const char *path, struct output **ret_output);
/* Closes the file if output_open opened it. NULL is allowed. */
void output_free(struct output *output);

/* Both write to the same file, pipe or terminal. */
bool output_is_same(const struct output *a, const struct output *b);
/* Empties a file of output_open(). 0 or -errno. */
int output_truncate(struct output *output);

/*
 * Writes COUNT items of whole lines, each up to its end in ENDS, with one system call if all goes
 * well; where it does not, each item whole or not at all. RET_DELIVERED: how many were written. 0;
 * -EPIPE when the reader has gone; or another -errno after which the output has said so.
 */
int output_write(struct output *output, const char *bytes, const size_t *ends, size_t count,
		 size_t *ret_delivered);

/*
 * Opens the file of output_open() anew by its path, behind whatever is in it: after it was renamed.
 * Whole lines go to the one or the other. Any thread; a write that hangs delays it and not the
 * caller. If it fails that is said, and the old file is written on to.
 */
void output_reopen(struct output *output);

const char *output_name(const struct output *output);
