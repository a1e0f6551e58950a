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
/* Creates or truncates the file at PATH (mode 0600: incidents hold command lines). 0 or -errno. */
int output_open(const char *path, struct output **ret_output);
/* Closes the file if output_open opened it. NULL is allowed. */
void output_free(struct output *output);

/*
 * Writes BYTES (one or more whole lines) or none of them. 0; -EPIPE when the reader has gone; or
 * another -errno after which the output has said so and counted one unwritten item. What more was
 * held back is written before it, and its errors are told here.
 */
int output_write(struct output *output, const void *bytes, size_t size);

/*
 * MORE will be written soon: until it will not, items are held back to be written together (64 KiB,
 * 256 items, or those of 100 ms). Without, what was held back is written now; as output_write().
 */
int output_more(struct output *output, bool more);

/*
 * Opens the file of output_open() anew by its path, behind whatever is in it: after it was renamed.
 * Whole lines go to the one or the other. Any thread. 0; -errno: it goes on with the old file.
 */
int output_reopen(struct output *output);

/* Items (calls of output_write) that could not be written. */
uint64_t output_unwritten(const struct output *output);
