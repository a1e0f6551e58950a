// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An incident for programs: one line of JSON, described key by key in docs/incident.schema.json.
 * Every key is always there; a null that stands for something unknown has its reason in `missing`.
 */
#include <string.h>

#include "json_blocks.h"
#include "labels.h"
#include "renderer.h"

#define SCHEMA "sigpath/2"

void json_begin_line(struct json_writer *json, const char *kind, struct strbuf *buf)
{
	*json = (struct json_writer){ .buf = buf };
	json_begin_object(json, NULL);
	json_put_text(json, "schema", SCHEMA);
	json_put_text(json, "kind", kind);
}

void json_end_line(struct json_writer *json)
{
	json_end_object(json);
	strbuf_add_text(json->buf, "\n");
}

void json_reason(struct json_line *line, const char *field, const char *reason)
{
	for (size_t i = 0; i < line->reason_count; i++)
		if (!strcmp(line->reasons[i].field, field))
			return;
	if (line->reason_count < JSON_REASONS_MAX)
		line->reasons[line->reason_count++] = (struct incident_missing){ field, reason };
}

void json_unknown(struct json_line *line, const char *key, const char *field, const char *reason)
{
	json_put_null(&line->json, key);
	json_reason(line, field, reason);
}

static void add_cause(struct json_writer *json, const struct explanation *explanation)
{
	json_begin_object(json, "cause");
	json_put_text(json, "code", explanation->code);
	json_put_text(json, "text", explanation->text);
	json_put_text(json, "confidence", confidence_name(explanation->confidence));
	json_begin_array(json, "timeline");
	for (size_t i = 0; i < explanation->timeline_count; i++) {
		const struct timeline_entry *entry = &explanation->timeline[i];

		json_begin_object(json, NULL);
		json_put_us(json, "ago_us", entry->ago_ns);
		json_put_text(json, "what", entry->what);
		if (entry->have_bytes)
			json_put_uint(json, "bytes", entry->bytes);
		json_end_object(json);
	}
	json_end_array(json);
	json_end_object(json);
}

static void add_notes(struct json_writer *json, const struct explanation *explanation)
{
	json_begin_array(json, "notes");
	for (size_t i = 0; i < explanation->note_count; i++) {
		json_begin_object(json, NULL);
		json_put_text(json, "code", explanation->notes[i].code);
		json_put_text(json, "text", explanation->notes[i].text);
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_advice(struct json_writer *json, const struct explanation *explanation)
{
	json_begin_array(json, "advice");
	for (size_t i = 0; i < explanation->advice_count; i++)
		json_put_text(json, NULL, explanation->advice[i]);
	json_end_array(json);
}

/* The stages' own reasons come first: those of the renderer only fill what they left open. */
static void begin_reasons(struct json_line *line, const struct incident *incident)
{
	line->reason_count = 0;
	for (size_t i = 0; i < incident->missing_count; i++)
		json_reason(line, incident->missing[i].field, incident->missing[i].reason);
}

static void add_missing(struct json_line *line)
{
	struct json_writer *json = &line->json;

	json_begin_object(json, "missing");
	for (size_t i = 0; i < line->reason_count; i++)
		json_put_text(json, line->reasons[i].field, line->reasons[i].reason);
	json_end_object(json);
}

void json_render_incident(const struct incident *incident, const struct explanation *explanation,
			  struct strbuf *buf)
{
	struct json_line line;
	struct json_writer *json = &line.json;

	json_begin_line(json, "incident", buf);
	begin_reasons(&line, incident);
	json_put_text(json, "id", incident->id);
	json_put_time(json, "time", incident->time);
	json_put_text(json, "outcome", label_outcome(incident->outcome));
	json_add_signal(&line, incident, explanation);
	json_add_process(&line, &incident->process);
	json_add_end(json, &incident->end);
	json_add_syscall(&line, incident);
	json_add_object(&line, incident);
	json_add_peer_process(&line, incident);
	add_cause(json, explanation);
	json_add_stack(&line, incident);
	add_notes(json, explanation);
	add_advice(json, explanation);
	add_missing(&line);
	json_end_line(json);
}

void json_render_lost(uint64_t count, struct timespec time, struct strbuf *buf)
{
	struct json_writer json;

	json_begin_line(&json, "lost", buf);
	json_put_time(&json, "time", time);
	json_put_uint(&json, "count", count);
	json_end_line(&json);
}

void json_render_summary(const struct sink_summary *summary, struct strbuf *buf)
{
	struct json_writer json;

	json_begin_line(&json, "summary", buf);
	json_put_uint(&json, "incidents", summary->incidents);
	json_put_uint(&json, "repeats", summary->repeats);
	json_put_uint(&json, "lost", summary->lost);
	json_put_uint(&json, "unseen", summary->unseen);
	json_put_uint(&json, "skipped_stacks", summary->skipped_stacks);
	json_put_uint(&json, "malformed", summary->malformed);
	json_put_uint(&json, "unwritten", summary->unwritten);
	json_put_time(&json, "first", summary->first);
	json_put_time(&json, "last", summary->last);
	json_end_line(&json);
}
