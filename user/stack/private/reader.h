/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracer's end of the readers of files: starts them, with an opener each, waits for an answer,
 * ends them. Nothing here waits without a limit. A pair that cannot be ended, because a file system
 * does not answer, is put aside.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bad_files.h"
#include "isolated_memory.h"
#include "opener.h"
#include "spawner.h"

/* What all readers have in common. */
struct readers {
	struct spawner *spawner;
	/* For each place of a pair that was put aside, the file that it waits for. inode 0: not
	 * known, or the place is free. */
	struct file_id aside[SPAWNER_ASIDE_MAX];
	atomic_bool hurry;    /* do not wait for one that makes no progress */
	atomic_uint progress; /* changes while one does */
};

struct reader {
	struct readers *all;
	unsigned int number; /* of the pair, for the spawner */
	pid_t child, opener; /* 0: none runs */
	int socket, opener_socket;
	uint64_t idle_since_ns; /* of its CPU time: what it has used until the last answer */
	/* Memory. What the last one has left stays until the next one starts. NULL: none. */
	struct isolated_question *question;
	struct isolated_answer *answer;
	struct opener_notes *notes;
};

/* How a reader ended. */
struct reader_end {
	bool aside;	 /* it has not: it was put aside, */
	int place;	 /* there */
	int status;	 /* of wait() */
	uint64_t cpu_ns; /* that it and its opener have used in all */
};

/*
 * Starts it, with OPTIONS. Takes the files of those out of BAD that were put aside and have ended.
 * 0; -EBUSY: too many are put aside; -ECHILD.
 */
int reader_start(struct reader *reader, const struct stack_options *options, struct bad_files *bad);
/* Ends it, if there is one. */
struct reader_end reader_stop(struct reader *reader);
/* Ends it, and frees its memory. */
void reader_free(struct reader *reader);
/*
 * Asks it, and waits for the answer. STEADY_ONLY: as in finder.h. LIMIT_MS: its own limit of CPU
 * time. 0; -ETIME; -EDEADLK: it waits for a file system; -EPIPE: it has ended; -ECONNRESET: it had
 * ended before.
 */
int reader_wait(struct reader *reader, bool steady_only, unsigned int limit_ms);
/*
 * The CPU time that it has used since the last answer, for nobody. A reader that works without a
 * question is hostile.
 */
uint64_t reader_idle_ns(const struct reader *reader);
/* All CPU time that it and its opener have used. */
uint64_t reader_cpu_ns(const struct reader *reader);
/* The file systems for which readers wait that were put aside. */
void reader_hung_devs(const struct readers *readers, uint64_t devs[HUNG_DEVS_MAX]);
