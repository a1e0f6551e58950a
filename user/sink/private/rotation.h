/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of a file that is rotated: FILE becomes FILE.1, FILE.1 becomes FILE.2, as logrotate
 * names them. With compression a thread of low priority makes FILE.1.gz of FILE.1. One thread
 * writes to the file and rotates it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "output.h"

struct rotation;

/*
 * For the file NAME in DIRECTORY, which the caller owns. PATH is for messages, and outlives it. 0;
 * -ENAMETOOLONG: no room for a number behind the name; -ENOMEM.
 */
int rotation_new(const struct output_rotation *rules, const char *path, int directory,
		 const char *name, struct rotation **ret_rotation);
/*
 * When DIRECTORY, which it copies, is the one for the rest of the run: starts the thread, if one is
 * needed. What the calling thread may do, it may do. 0 or -errno.
 */
int rotation_start(struct rotation *rotation, int directory);
/* A thread that hangs is left behind with everything it uses. NULL is allowed. */
void rotation_free(struct rotation *rotation);

/* Another file has the name: STATUS is its. */
void rotation_note_file(struct rotation *rotation, const struct stat *status);
/* True if the file must be rotated before BYTES more are written to it. STATUS is its. */
bool rotation_is_due(struct rotation *rotation, const struct stat *status, size_t bytes);
/*
 * How many of COUNT items fit, at least 1: the first begins at START, and ENDS has the end of each.
 */
size_t rotation_fits(const struct rotation *rotation, const struct stat *status, size_t start,
		     const size_t *ends, size_t count);

/* Gives the file the name FILE.1, and each older file the next number. 0 or -errno. */
int rotation_move(struct rotation *rotation);
/* The new file could not be made: FILE.1 becomes FILE again. */
void rotation_move_back(struct rotation *rotation);
/* Nobody writes to FILE.1 any more. */
void rotation_done(struct rotation *rotation);
/* It failed because of WHY, which is said once. The next attempt is some time later. */
void rotation_failed(struct rotation *rotation, const char *why);
