/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small process that is started while the tracer still has one thread and all of its rights, and
 * keeps the rights that openers need. It starts and ends pairs of an opener and a reader for the
 * tracer, and ends with it. It never waits for a file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Pairs that can run at a time, */
#define SPAWNER_PAIRS 4
/* and that were killed and have not ended. With so many no other one is started. */
#define SPAWNER_ASIDE_MAX 4

/* The exit status of a reader that could not execute this program again. */
#define SPAWNER_NOT_STARTED 127

/* The tracer's end. */
struct spawner {
	pid_t pid;
	int socket; /* -1: it does not run */
	uint32_t number;
};

/* What a pair gets of the tracer. All stay open there. */
struct spawner_ends {
	int reader, opener;	     /* sockets */
	int question, answer, notes; /* memory: isolated_memory.h, opener.h */
};

/* A pair that has started, or ended. */
struct spawner_pair {
	pid_t reader, opener;
	int status;	 /* of the reader, by wait() */
	uint64_t cpu_ns; /* that both have used in all */
	int place;	 /* where it was put aside, because it did not end; -1: it has ended */
	uint32_t aside;	 /* places that are taken */
};

/* Starts it. 0; -errno. */
int spawner_start(struct spawner *ret_spawner);
/* Ends it, and the pairs. */
void spawner_stop(struct spawner *spawner);

/* Starts the pair NUMBER. 0; -EBUSY: too many are put aside; -ECHILD. RET_PAIR->aside is set. */
int spawner_start_pair(struct spawner *spawner, unsigned int number,
		       const struct spawner_ends *ends, struct spawner_pair *ret_pair);
/* Kills the pair NUMBER. 0; -ECHILD: the spawner does not answer. */
int spawner_stop_pair(struct spawner *spawner, unsigned int number, struct spawner_pair *ret_pair);
