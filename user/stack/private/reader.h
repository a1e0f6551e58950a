/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The child process of isolated.c: starts it, waits for its answer, ends it. Nothing here waits
 * without a limit. One that cannot be ended, because a file system does not answer, is put aside.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bad_files.h"

/* Children that were killed and have not ended. With so many no other one is started. */
#define READER_ASIDE_MAX HUNG_DEVS_MAX
/* The exit status of a child that could not execute this program again. */
#define READER_NOT_STARTED 127

struct aside {
	pid_t child;	     /* 0: none */
	struct file_id file; /* that it waits for; inode 0: not known */
};

struct reader {
	pid_t child; /* 0: none runs */
	int socket;
	struct aside aside[READER_ASIDE_MAX];
	atomic_bool hurry;    /* do not wait for one that makes no progress */
	atomic_uint progress; /* changes while one does */
};

/* How a child ended. */
struct reader_end {
	bool aside;	 /* it has not: it was put aside */
	int status;	 /* of wait() */
	uint64_t cpu_ns; /* that it has used in all */
};

/*
 * Forgets those that were put aside and have ended now, and takes their files out of BAD. False:
 * no other child may be started.
 */
bool reader_reap(struct reader *reader, struct bad_files *bad);
/* Starts the child, with the memory of the descriptor SHARED. After reader_reap(). 0; -ECHILD. */
int reader_start(struct reader *reader, int shared);
/* Ends it, if there is one. */
struct reader_end reader_stop(struct reader *reader);
/*
 * Asks it, and waits for the answer. LIMIT_MS: its own limit of CPU time. 0; -ETIME; -EDEADLK: it
 * waits for a file system; -EPIPE: it has ended.
 */
int reader_wait(struct reader *reader, unsigned int limit_ms);
/* All CPU time that it has used. */
uint64_t reader_cpu_ns(const struct reader *reader);
/* The file systems for which children wait that were put aside. */
void reader_hung_devs(const struct reader *reader, uint64_t devs[HUNG_DEVS_MAX]);
/* FILE: what the child waits for that was put aside last. */
void reader_note_aside(struct reader *reader, const struct file_id *file);
