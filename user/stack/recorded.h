/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was found about the place in the code, kept in the record (EV_BLOCK_FRAMES) in place of the
 * memory that it was found from: both stacks, the signal's handler, and the runtime.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "event.h"
#include "incident.h"
#include "stack_frames.h"

struct stack_answer;

#define RECORDED_MAX                                   \
	(sizeof(struct ev_frames) + STACK_TEXT_BYTES + \
	 (STACK_FRAMES_MAX + INCIDENT_KERNEL_FRAMES_MAX + 1) * sizeof(struct ev_frame))

/*
 * The block for INCIDENT, when all of it is known. BYTES has RECORDED_MAX bytes. The length of the
 * block. Names that have no room are left out; the unwinder's own always have.
 */
size_t recorded_put(const struct incident *incident, unsigned char *bytes);

/* 0 if the block of RECORD can be read; -ENOENT: there is none; -EBADMSG. */
int recorded_check(const void *record, size_t size);

/* Which stacks are wanted (--stack). */
struct recorded_wanted {
	bool user, kernel;
};

/*
 * The block of a record that recorded_check() accepts, into INCIDENT, after enrich(). What INCIDENT
 * points to then is in ANSWER.
 */
void recorded_take(const void *record, size_t size, const struct recorded_wanted *wanted,
		   struct incident *incident, struct stack_answer *answer);
