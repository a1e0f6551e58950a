/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One incident on its way from its record to the sinks, with everything that its pointers point to.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "incident.h"
#include "snapshot.h"
#include "stack.h"

struct runtimes;

/* The record of a repeat. */
struct held_repeat {
	struct held_repeat *next;
	size_t size;
	unsigned char record[];
};

struct work {
	struct work *next;
	struct held_repeat *held; /* repeats of this incident, which came before it was finished */
	size_t held_count;
	void *record; /* EV_RECORD_MAX bytes, owned by the work */
	size_t size;
	uint64_t until_ns;     /* CLOCK_MONOTONIC: end of the wait for its process */
	bool for_reader;       /* it waits only for the end of the process that read its pipe */
	bool for_peer;	       /* it waits only for the incident of the process at the other end */
	bool in_turn;	       /* it waits only because an earlier incident does */
	bool is_decided;       /* all is known; it waits for its turn */
	uint64_t generated_ns; /* of the signal that may still kill its process; 0: none */
	uint64_t killed_ns;    /* when that was seen; 0: it was not */
	struct ev_end end;     /* the result of following; EV_END_NOT_ASKED: it was not followed */
	struct incident incident;
	struct stack_answer answer;
};

/* NULL if there is no memory. */
struct work *work_new(void);
/* NULL is allowed. */
void work_free(struct work *work);

/* Keeps a copy of the record. False: there are too many, or there is no memory. */
bool work_hold(struct work *work, const void *record, size_t size);
/* WORK gets the repeats of OTHER too. */
void work_take_held(struct work *work, struct work *other);

/*
 * The user stack, the name of the signal's handler and the runtime of the program, by one question
 * to UNWINDER; NULL where no stacks are asked for. After enrich(), which may have found the
 * executable. SKIP: there is no time; counted in SKIPPED.
 */
void work_find_place(struct work *work, struct stack_unwinder *unwinder, struct runtimes *runtimes,
		     const struct snapshot *snapshot, bool skip, uint64_t *skipped);
