// SPDX-License-Identifier: GPL-2.0-or-later
/* The levels of --redact, and where command lines are kept. */
#include "redact.h"

#include <string.h>

#include "arguments.h"
#include "decode.h"
#include "incident.h"

/* Bytes of a command line while it is made anew; what does not fit is cut off. */
struct made {
	char bytes[EV_CMDLINE_MAX];
	size_t size;
	bool truncated;
};

static void add(struct made *made, const char *bytes, size_t size)
{
	size_t room = sizeof(made->bytes) - made->size;

	if (size > room) {
		made->truncated = true;
		size = room;
	}
	memcpy(made->bytes + made->size, bytes, size);
	made->size += size;
}

/* The arguments, with one mark for each run of hidden bytes. True if there is one. */
static bool make(const struct arguments *arguments, struct made *made)
{
	bool redacted = false;

	for (size_t i = 0; i < arguments->size; i++) {
		if (!arguments->hidden[i])
			add(made, arguments->bytes + i, 1);
		else if (!i || !arguments->hidden[i - 1])
			add(made, REDACTED_TEXT, strlen(REDACTED_TEXT));
		redacted |= arguments->hidden[i];
	}
	return redacted;
}

static void hide_all_arguments(struct arguments *arguments)
{
	size_t first = arguments_end(arguments, 0);

	/* One run, so that not even their number shows. */
	memset(arguments->hidden + first + 1, true, arguments->size - first - 1);
}

static void hide(enum redact how, struct incident_cmdline *cmdline)
{
	const char *last = cmdline->args[cmdline->count - 1];
	struct arguments arguments = { .bytes = cmdline->bytes };
	struct made made = { 0 };
	bool truncated = cmdline->truncated, redacted = cmdline->redacted;

	/* What is behind the last argument that is shown is left out. */
	arguments.size = last + strlen(last) + 1 - cmdline->bytes;
	if (how == REDACT_ARGS) {
		hide_all_arguments(&arguments);
	} else {
		hide_named(&arguments);
		hide_of_programs(&arguments);
		hide_shapes(&arguments);
	}
	redacted |= make(&arguments, &made);
	memset(cmdline->bytes, 0, sizeof(cmdline->bytes));
	cmdline_decode((unsigned char *)made.bytes, made.size, truncated || made.truncated,
		       cmdline);
	cmdline->redacted = redacted;
}

void redact_cmdline(enum redact how, struct incident_cmdline *cmdline)
{
	if (how == REDACT_NONE || !cmdline->have)
		return;
	if (how == REDACT_ALL)
		*cmdline = (struct incident_cmdline){ .redacted = true };
	else if (cmdline->count)
		hide(how, cmdline);
}

/* The arguments, each with its NUL. */
static size_t size_of(const struct incident_cmdline *cmdline)
{
	const char *last;

	if (!cmdline->have || !cmdline->count)
		return 0;
	last = cmdline->args[cmdline->count - 1];
	return last + strlen(last) + 1 - cmdline->bytes;
}

static void hide_in_detail(enum redact how, struct ev_peer *detail)
{
	struct incident_cmdline cmdline = { 0 };
	size_t size = detail->cmdline_length;

	if (!size || size > EV_PEER_TEXT_MAX)
		return;
	cmdline_decode(detail->cmdline, size, false, &cmdline);
	redact_cmdline(how, &cmdline);
	size = size_of(&cmdline);
	if (size > EV_PEER_TEXT_MAX) {
		detail->flags |= EV_PEER_CMDLINE_TRUNCATED;
		size = EV_PEER_TEXT_MAX;
	}
	memset(detail->cmdline, 0, sizeof(detail->cmdline));
	memcpy(detail->cmdline, cmdline.bytes, size);
	detail->cmdline_length = size;
	if (cmdline.redacted)
		detail->flags |= EV_PEER_CMDLINE_REDACTED;
}

/* DETAIL: of another process, which is BLOCK of the record. */
static void redact_detail(enum redact how, struct ev_peer *detail, enum ev_block block,
			  void *record, size_t *size, size_t capacity)
{
	if (!detail->cmdline_length)
		return;
	hide_in_detail(how, detail);
	record_replace_block(record, size, capacity, block, detail, sizeof(*detail), 0);
}

void redact_incident(enum redact how, struct incident *incident, void *record, size_t *size,
		     size_t capacity)
{
	struct incident_cmdline *cmdline = &incident->process.cmdline;
	bool had = cmdline->have;

	if (how == REDACT_NONE)
		return;
	redact_cmdline(how, cmdline);
	if (had && !cmdline->have)
		incident_set_missing(incident, MISSING_CMDLINE, WHY_REDACTED);
	if (had)
		record_replace_block(record, size, capacity, EV_BLOCK_CMDLINE, cmdline->bytes,
				     size_of(cmdline),
				     (cmdline->truncated ? EV_SPAN_TRUNCATED : 0) |
					     (cmdline->redacted ? EV_SPAN_REDACTED : 0));
	redact_detail(how, &incident->peer_detail, EV_BLOCK_PEER, record, size, capacity);
	redact_detail(how, &incident->sender_detail, EV_BLOCK_SENDER_PEER, record, size, capacity);
}
