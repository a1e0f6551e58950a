/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One incident on its way from its record to the sink, with all that its pointers point to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "incident.h"
#include "snapshot.h"
#include "stack.h"

struct work {
	struct work *next;
	void *record; /* room for EV_RECORD_MAX bytes, the work's own */
	size_t size;
	uint64_t until_ns; /* CLOCK_MONOTONIC: when it is followed no longer */
	struct ev_end end; /* what following it has found; EV_END_NOT_ASKED: it was not followed */
	struct incident incident;
	struct stack stack;
	struct stack_frame handler_frame;
	char handler_symbol[256], handler_module[256];
};

/* NULL if there is no memory. */
struct work *work_new(void);
/* NULL is allowed. */
void work_free(struct work *work);

/*
 * The user stack, and the name of the signal's handler. UNWINDER: NULL where no stacks are asked
 * for. SKIP: there is no time; counted in SKIPPED.
 */
void work_find_place(struct work *work, struct stack_unwinder *unwinder,
		     const struct snapshot *snapshot, bool skip, uint64_t *skipped);
