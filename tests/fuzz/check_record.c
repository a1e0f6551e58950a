// SPDX-License-Identifier: GPL-2.0-or-later
#include "check_record.h"

#include <stdlib.h>
#include <string.h>

#include "enrich.h"
#include "explain.h"
#include "layout.h"
#include "line_format.h"
#include "recorded.h"
#include "redact.h"
#include "stack.h"
#include "text_state.h"

#define TERMINAL_COLUMNS 80

/* Together larger than a stack frame should be. */
static struct incident incident;
static struct snapshot snapshot;
static struct explanation explanation;

/* Every format; of those of one line, one line, whatever the names in it. */
static void render(const struct ev_session *session)
{
	const struct line_options options = { .session = session };

	explain(&incident, &explanation);
	for (size_t i = 0; i < format_count; i++) {
		enum line_format format = format_table[i].format;
		struct strbuf line = { 0 };

		line_renderer(format)->incident(&options, &incident, &explanation, &line);
		if (format != FORMAT_TEXT && memchr(line.text, '\n', line.length - 1))
			__builtin_trap();
		strbuf_free(&line);
	}
}

/* A line for each format, of what became of the core of the last incident. */
static void render_end(const struct ev_session *session, const struct ev_core_end *record)
{
	const struct line_options options = { .session = session };
	struct incident_named named = { .have = true, .pid = record->pid, .uid = record->uid };
	struct incident_core core = incident.core;
	const struct sink_end end = {
		.id = incident.id,
		.time = decode_time(session, record->header.time_ns),
		.signal = record->signal,
		.process = &named,
		.core = &core,
	};

	memcpy(named.comm, record->comm, sizeof(record->comm));
	core_end(&core, record->given_up, record->status);
	for (size_t i = 0; i < format_count; i++) {
		struct strbuf line = { 0 };

		line_renderer(format_table[i].format)->end(&options, &end, &line);
		if (memchr(line.text, '\n', line.length - 1))
			__builtin_trap();
		strbuf_free(&line);
	}
}

/* On a terminal no line is wrapped by the terminal itself, and none has what controls it. */
static void render_on_terminal(const struct ev_session *session)
{
	static struct text_state state;
	const struct line_options options = {
		.session = session,
		.is_terminal = true,
		.width = TERMINAL_COLUMNS,
		.state = &state,
	};
	struct strbuf text = { 0 };

	line_renderer(FORMAT_TEXT)->incident(&options, &incident, &explanation, &text);
	for (size_t at = 0; at < text.length;) {
		size_t size = strcspn(text.text + at, "\n");

		if (layout_columns(text.text + at, size) > TERMINAL_COLUMNS)
			__builtin_trap();
		for (size_t i = at; i < at + size; i++)
			if ((unsigned char)text.text[i] < ' ' || text.text[i] == 0x7f)
				__builtin_trap();
		at += size + 1;
	}
	strbuf_free(&text);
}

/* What the pipeline adds must be read back, whatever the record was. */
static void add_end(const struct ev_session *session, const void *record, size_t size)
{
	const struct ev_end end = { .state = EV_END_UNKNOWN };
	size_t capacity = size + sizeof(end), used = size;
	void *copy = malloc(capacity);

	memcpy(copy, record, size);
	if (!record_add_block(copy, &used, capacity, EV_BLOCK_END, &end, sizeof(end)) &&
	    (decode_incident(session, 1, copy, used, &incident) ||
	     incident.end.state != EV_END_UNKNOWN))
		__builtin_trap();
	free(copy);
}

/* Its blocks may overlap, so what is in the record then is not promised. */
static void redact(const void *record, size_t size)
{
	size_t capacity = size + sizeof(struct ev_peer), used = size;
	void *copy = malloc(capacity);

	memcpy(copy, record, size);
	redact_incident(REDACT_AUTH, &incident, copy, &used, capacity);
	if (decode_kind(copy, used) != EV_KIND_INCIDENT)
		__builtin_trap();
	free(copy);
}

/* What a record without memory has: taken, and put into one that must be readable again. */
static void strip(const void *record, size_t size)
{
	static const struct recorded_wanted wanted = { true, true };
	static struct stack_answer answer;
	static unsigned char frames[RECORDED_MAX], copy[EV_RECORD_MAX];
	size_t length, used;

	if (!recorded_check(record, size))
		recorded_take(record, size, &wanted, &incident, &answer);
	length = recorded_put(&incident, frames);
	if (!record_strip(record, size, frames, length, copy, &used) && recorded_check(copy, used))
		__builtin_trap();
}

void check_record(struct ev_session *session, const void *record, size_t size)
{
	struct timespec time;
	struct ev_core_end end;
	struct repeat repeat;
	uint64_t count;

	decode_lost(session, record, size, &count, &time);
	decode_repeat(session, record, size, &repeat);
	decode_clock(session, record, size);
	if (!decode_core_end(record, size, &end))
		render_end(session, &end);
	if (!decode_incident(session, 1, record, size, &incident) &&
	    !decode_snapshot(record, size, &snapshot)) {
		strip(record, size);
		redact(record, size);
		enrich_peer(&incident);
		core_decide(&incident);
		render(session);
		render_on_terminal(session);
		add_end(session, record, size);
	}
}
