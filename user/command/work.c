// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps the answer of the unwinder with its incident: stack, handler, runtime. */
#include "work.h"

#include <stdlib.h>
#include <string.h>

#include "enrich.h"

/* More than come while an incident waits, unless --window is very short. */
#define HELD_MAX 64

struct work *work_new(void)
{
	struct work *work = calloc(1, sizeof(*work));

	if (!work)
		return NULL;
	work->record = malloc(EV_RECORD_MAX);
	if (!work->record) {
		free(work);
		return NULL;
	}
	return work;
}

void work_free(struct work *work)
{
	if (!work)
		return;
	while (work->held) {
		struct held_repeat *held = work->held;

		work->held = held->next;
		free(held);
	}
	free(work->record);
	free(work);
}

bool work_hold(struct work *work, const void *record, size_t size)
{
	struct held_repeat *held = work->held_count < HELD_MAX ? malloc(sizeof(*held) + size)
							       : NULL;

	if (!held)
		return false;
	held->size = size;
	memcpy(held->record, record, size);
	held->next = work->held;
	work->held = held;
	work->held_count++;
	return true;
}

void work_take_held(struct work *work, struct work *other)
{
	struct held_repeat **end = &work->held;

	while (*end)
		end = &(*end)->next;
	*end = other->held;
	work->held_count += other->held_count;
	other->held = NULL;
	other->held_count = 0;
}

static void set_stack(struct work *work, const struct snapshot *snapshot,
		      enum missing_reason skipped)
{
	struct stack *stack = &work->answer.stack;

	if (!snapshot->have) {
		if (work->incident.signal.origin != EV_ORIGIN_PROCESS)
			incident_note_missing(&work->incident, MISSING_STACK, snapshot->reason);
		return;
	}
	if (skipped) {
		stack->method = STACK_METHOD_NONE;
		stack->complete = false;
		stack->count = 0;
		stack->reason = missing_text(skipped);
		stack->reason_code = missing_code(skipped);
	}
	work->incident.stack = stack;
}

static void set_handler(struct work *work, enum missing_reason skipped)
{
	struct stack_name *name = &work->answer.name;

	if (!skipped && name->have)
		work->incident.handler_frame = &name->frame;
	else
		incident_note_missing(&work->incident, MISSING_SIGNAL_HANDLER_SYMBOL,
				      skipped ?: name->reason);
}

void work_find_place(struct work *work, struct stack_unwinder *unwinder, struct runtimes *runtimes,
		     const struct snapshot *snapshot, bool skip, uint64_t *skipped)
{
	struct incident *incident = &work->incident;
	const struct incident_signal *signal = &incident->signal;
	struct stack_question question = {
		.frames = true,
		.program = !runtime_is_known(runtimes, incident),
	};
	enum missing_reason reason = WHY_NONE;
	bool asked;

	if (signal->disposition == EV_DISPOSITION_HANDLER)
		question.address = signal->handler;
	if (!unwinder)
		reason = WHY_NOT_ASKED_FOR;
	else if (skip)
		reason = WHY_BEHIND;
	else
		stack_ask(unwinder, incident, snapshot, &question, &work->answer);
	asked = !reason;
	if (unwinder) {
		set_stack(work, snapshot, reason);
		*skipped += skip && snapshot->have;
	}
	if (question.address)
		set_handler(work, reason);
	if (question.program && !reason)
		reason = work->answer.program_reason;
	runtime_enrich(incident, runtimes, question.program && asked ? work->answer.program : 0,
		       reason);
}
