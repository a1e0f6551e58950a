// SPDX-License-Identifier: GPL-2.0-or-later
/* Where in the code: what the unwinder says, kept with the incident. */
#include "work.h"

#include <stdio.h>
#include <stdlib.h>

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
	free(work->record);
	free(work);
}

static void unwind(struct work *work, struct stack_unwinder *unwinder,
		   const struct snapshot *snapshot, bool skip, uint64_t *skipped)
{
	struct stack *stack = &work->stack;

	if (!snapshot->have) {
		if (work->incident.signal.origin != EV_ORIGIN_PROCESS)
			incident_note_missing(&work->incident, MISSING_STACK, snapshot->reason);
		return;
	}
	if (skip) {
		stack->method = STACK_METHOD_NONE;
		stack->complete = false;
		stack->count = 0;
		stack->reason = missing_text(WHY_BEHIND);
		(*skipped)++;
	} else {
		stack_unwind(unwinder, &work->incident, snapshot, stack);
	}
	work->incident.stack = stack;
}

/* The unwinder's text is gone with its next job. */
static const char *keep_text(const char *text, char *buf, size_t size)
{
	if (!text)
		return NULL;
	snprintf(buf, size, "%s", text);
	return buf;
}

static void name_handler(struct work *work, struct stack_unwinder *unwinder,
			 const struct snapshot *snapshot, bool skip)
{
	struct incident *incident = &work->incident;
	struct stack_frame *frame = &work->handler_frame;
	enum missing_reason reason = WHY_NONE;

	if (!unwinder)
		reason = WHY_NOT_ASKED_FOR;
	else if (skip)
		reason = WHY_BEHIND;
	else if (stack_name_address(unwinder, incident, snapshot, incident->signal.handler, frame))
		reason = WHY_NO_MODULE;
	if (reason) {
		incident_note_missing(incident, MISSING_SIGNAL_HANDLER_SYMBOL, reason);
		return;
	}
	frame->symbol =
		keep_text(frame->symbol, work->handler_symbol, sizeof(work->handler_symbol));
	frame->module =
		keep_text(frame->module, work->handler_module, sizeof(work->handler_module));
	frame->build_id = frame->file = NULL;
	incident->handler_frame = frame;
}

void work_find_place(struct work *work, struct stack_unwinder *unwinder,
		     const struct snapshot *snapshot, bool skip, uint64_t *skipped)
{
	const struct incident_signal *signal = &work->incident.signal;

	if (unwinder)
		unwind(work, unwinder, snapshot, skip, skipped);
	if (signal->disposition == EV_DISPOSITION_HANDLER && signal->handler)
		name_handler(work, unwinder, snapshot, skip);
}
