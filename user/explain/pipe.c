// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A failed write to a pipe or FIFO. Both ends are on this host, but a pipe does not store its
 * readers.
 */
#include <inttypes.h>

#include "peer_end.h"
#include "rule.h"

static bool has_no_reader(const struct incident *incident)
{
	return incident->object.pipe.readers == 0;
}

/*
 * alloc_pipe_info() starts r_counter at 1. For an anonymous pipe this is its read end; for a FIFO
 * it is nothing.
 */
static uint32_t times_opened(const struct incident_object *object)
{
	return object->pipe.r_counter - (object->type == EV_OBJECT_FIFO ? 1 : 0);
}

static void tell_reader_closed(const struct incident *incident, struct text *text)
{
	const struct ev_pipe *pipe = &incident->object.pipe;
	uint32_t opened = times_opened(&incident->object);

	/* More than once: an anonymous pipe was opened through /proc/PID/fd. */
	if (opened > 1)
		peer_tell_close(incident, "the last reader", text);
	else
		peer_tell_close(incident, "the reader", text);
	if (opened > 1)
		text_add(text, " (opened for reading %" PRIu32 " times)", opened);
	if (pipe->unread_buffers > 0)
		text_add(text, " and left data unread (%" PRIu32 " of %" PRIu32 " buffers)",
			 pipe->unread_buffers, pipe->max_buffers);
	else
		text_add(text, "; it had read everything");
	if (pipe->writers > 1)
		text_add(text, "; %" PRIu32 " write ends are open", pipe->writers);
}

static void tell_unknown(const struct incident *incident, struct text *text)
{
	uint32_t readers = incident->object.pipe.readers;

	text_add(text, "not known: the pipe has %" PRIu32 " reader%s now", readers,
		 plural(readers));
}

const struct rule pipe_rules[] = {
	{ "reader_closed", CONFIDENCE_CERTAIN, has_no_reader, tell_reader_closed, NULL, NULL },
	{ "unknown", CONFIDENCE_UNKNOWN, NULL, tell_unknown, NULL, NULL },
};
