// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An incident for programs: one line of JSON. docs/incident.schema.json describes every key. Every
 * key is always present. A null for an unknown value has a reason in `missing`.
 */
#include <stdio.h>
#include <string.h>

#include "json_blocks.h"
#include "words.h"
#include "line_format.h"
#include "summary_lines.h"

void json_begin_line(struct json_writer *json, const char *kind, struct strbuf *buf)
{
	*json = (struct json_writer){ .buf = buf };
	json_begin_object(json, NULL);
	json_put_text(json, "schema", WORD_SCHEMA);
	json_put_text(json, "kind", kind);
}

void json_add_origin(struct json_writer *json, const struct line_options *options)
{
	const struct ev_session *session = options->session;
	char id[16];

	snprintf(id, sizeof(id), "%08x", session->id);
	json_put_bytes(json, "host", session->host, strnlen(session->host, sizeof(session->host)));
	json_put_bytes(json, "boot_id", session->boot_id,
		       strnlen(session->boot_id, sizeof(session->boot_id)));
	json_put_text(json, "session", id);
	json_put_text(json, "version", SIGPATH_VERSION);
}

void json_end_line(struct json_writer *json)
{
	json_end_object(json);
	strbuf_add_text(json->buf, "\n");
}

void json_reason(struct json_line *line, enum missing_field field, enum missing_reason reason)
{
	if (!line->missing[field])
		line->missing[field] = reason;
}

void json_unknown(struct json_line *line, const char *key, enum missing_field field,
		  enum missing_reason reason)
{
	json_put_null(&line->json, key);
	json_reason(line, field, reason);
}

/* Both are null if the class is not known. */
static void add_class(struct json_writer *json, enum incident_class class, enum severity severity)
{
	json_put_text(json, "class", class_name(class));
	json_put_text(json, "severity", class ? severity_name(severity) : NULL);
}

static void add_cause(struct json_writer *json, const struct explanation *explanation)
{
	json_begin_object(json, "cause");
	json_put_text(json, "code", explanation->code);
	json_put_text(json, "confidence", word_confidence(explanation->confidence));
	json_put_sentence(json, "text", explanation->text);
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

static void add_links(struct json_writer *json, const struct incident *incident)
{
	json_begin_array(json, "links");
	for (size_t i = 0; i < incident->link_count; i++) {
		json_begin_object(json, NULL);
		json_put_text(json, "what", word_link(incident->links[i].what));
		json_put_text(json, "incident", incident->links[i].id);
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_notes(struct json_writer *json, const struct explanation *explanation)
{
	json_begin_array(json, "notes");
	for (size_t i = 0; i < explanation->note_count; i++) {
		json_begin_object(json, NULL);
		json_put_text(json, "code", explanation->notes[i].code);
		json_put_sentence(json, "text", explanation->notes[i].text);
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_advice(struct json_writer *json, const struct explanation *explanation)
{
	json_begin_array(json, "advice");
	for (size_t i = 0; i < explanation->advice_count; i++) {
		json_begin_object(json, NULL);
		json_put_text(json, "code", explanation->advice[i].code);
		json_put_sentence(json, "text", explanation->advice[i].text);
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_missing(const struct line_options *options, struct json_line *line)
{
	struct json_writer *json = &line->json;

	json_begin_array(json, "missing");
	for (size_t i = 0; i < MISSING_FIELDS; i++) {
		if (!line->missing[i])
			continue;
		json_begin_object(json, NULL);
		json_put_text(json, "field", missing_path(i));
		json_put_text(json, "code", missing_code(line->missing[i]));
		json_put_text(json, "text", options->brief ? "" : missing_text(line->missing[i]));
		json_end_object(json);
	}
	json_end_array(json);
}

static void render_incident(const struct line_options *options, const struct incident *incident,
			    const struct explanation *explanation, struct strbuf *buf)
{
	struct json_line line;
	struct json_writer *json = &line.json;

	json_begin_line(json, "incident", buf);
	/* Reasons of earlier stages have priority. The renderer adds reasons only for the rest. */
	memcpy(line.missing, incident->missing, sizeof(line.missing));
	json_put_text(json, "id", incident->id);
	json_put_text(json, "group", explanation->group[0] ? explanation->group : NULL);
	json_put_time(json, "time", incident->time);
	json_add_origin(json, options);
	add_class(json, explanation->class, explanation->severity);
	json_put_text(json, "subject", word_subject(incident->subject));
	json_put_text(json, "outcome", word_outcome(incident->outcome));
	json_add_signal(&line, incident, explanation);
	json_add_process(&line, &incident->process);
	json_add_syscall(&line, incident);
	json_add_object(&line, incident);
	json_add_peer_process(&line, incident);
	add_cause(json, explanation);
	json_add_kill(json, incident);
	json_add_stop(json, &incident->stop);
	add_links(json, incident);
	json_add_stack(&line, incident);
	json_add_fault(&line, incident);
	json_add_abort(&line, incident);
	json_add_core(json, &incident->core);
	json_add_end(json, &incident->end);
	json_add_death(json, &incident->death);
	add_notes(json, explanation);
	add_advice(json, explanation);
	add_missing(options, &line);
	json_end_line(json);
}

static void add_own_cmdline(struct json_writer *json, const struct incident_cmdline *cmdline)
{
	if (cmdline->have) {
		json_begin_array(json, "cmdline");
		for (size_t i = 0; i < cmdline->count; i++)
			json_put_text(json, NULL, cmdline->args[i]);
		json_end_array(json);
	} else {
		json_put_null(json, "cmdline");
	}
	json_put_bool(json, "redacted", cmdline->redacted);
}

static void render_start(const struct line_options *options, const struct sink_start *start,
			 struct strbuf *buf)
{
	const struct ev_session *session = options->session;
	struct json_writer json;

	json_begin_line(&json, "start", buf);
	json_put_time(&json, "time", start->time);
	json_add_origin(&json, options);
	json_put_bytes(&json, "kernel", session->release,
		       strnlen(session->release, sizeof(session->release)));
	json_put_bytes(&json, "machine", session->machine,
		       strnlen(session->machine, sizeof(session->machine)));
	add_own_cmdline(&json, start->cmdline);
	abilities_put_json(&json, start->abilities);
	json_end_line(&json);
}

static void render_repeat(const struct line_options *options, const struct sink_repeat *repeat,
			  struct strbuf *buf)
{
	struct json_writer json;

	json_begin_line(&json, "repeat", buf);
	json_add_origin(&json, options);
	json_put_text(&json, "of", repeat->of);
	json_put_text(&json, "group", repeat->group);
	add_class(&json, repeat->class, repeat->severity);
	json_put_text(&json, "outcome", word_outcome(repeat->outcome));
	json_put_bool(&json, "several", repeat->several);
	json_add_named(&json, repeat->process);
	json_put_uint(&json, "count", repeat->count);
	json_put_time(&json, "first", repeat->first);
	json_put_time(&json, "last", repeat->last);
	json_end_line(&json);
}

static void render_lost(const struct line_options *options, uint64_t count, struct timespec time,
			struct strbuf *buf)
{
	struct json_writer json;

	json_begin_line(&json, "lost", buf);
	json_put_time(&json, "time", time);
	json_add_origin(&json, options);
	json_put_uint(&json, "count", count);
	json_end_line(&json);
}

static void add_output(struct json_writer *json, const struct sink_counts *counts)
{
	const struct sink_reasons reasons = sink_reasons(counts);

	json_begin_object(json, NULL);
	json_put_text(json, "name", counts->name);
	json_put_text(json, "format", counts->format);
	json_put_uint(json, "delivered", counts->delivered);
	json_put_uint(json, "dropped", counts->dropped);
	json_put_uint(json, "failed", counts->failed);
	json_begin_object(json, "reasons");
	json_put_uint(json, "queue_full", reasons.queue_full);
	json_put_uint(json, "run_ended", reasons.run_ended);
	json_put_uint(json, "reader_gone", reasons.reader_gone);
	json_put_uint(json, "spool_full", reasons.spool_full);
	json_put_uint(json, "refused", reasons.refused);
	json_put_uint(json, "write_failed", reasons.write_failed);
	json_end_object(json);
	json_end_object(json);
}

/* What the hooks of the run could not see. */
static void add_limits(struct json_writer *json, const struct abilities *abilities)
{
	if (!abilities) {
		json_put_null(json, "limits");
		return;
	}
	json_begin_array(json, "limits");
	for (size_t i = 0; i < abilities->count; i++) {
		const struct ability *ability = &abilities->list[i];

		if (!ability->lost)
			continue;
		json_begin_object(json, NULL);
		json_put_text(json, "name", ability->name);
		json_put_text(json, "state", word_ability_state(ability->state));
		json_put_text(json, "lost", ability->lost);
		json_end_object(json);
	}
	json_end_array(json);
}

static void render_summary(const struct line_options *options, const struct sink_summary *summary,
			   struct strbuf *buf)
{
	struct json_writer json;

	json_begin_line(&json, "summary", buf);
	json_add_origin(&json, options);
	json_put_uint(&json, "incidents", summary->incidents);
	json_put_uint(&json, "repeats", summary->repeats);
	json_put_uint(&json, "ungrouped", summary->ungrouped);
	json_put_uint(&json, "filtered", summary->filtered);
	json_put_uint(&json, "lost", summary->lost);
	json_put_uint(&json, "unseen", summary->unseen);
	json_put_uint(&json, "skipped_stacks", summary->skipped_stacks);
	json_put_uint(&json, "malformed", summary->malformed);
	json_put_uint(&json, "dropped", summary->dropped);
	json_put_uint(&json, "unwritten", summary->unwritten);
	json_put_time(&json, "first", summary->first);
	json_put_time(&json, "last", summary->last);
	json_begin_array(&json, "outputs");
	for (size_t i = 0; i < summary->output_count; i++)
		add_output(&json, &summary->outputs[i]);
	json_end_array(&json);
	if (summary->duration_ns)
		json_put_us(&json, "duration_us", summary->duration_ns);
	else
		json_put_null(&json, "duration_us");
	json_begin_object(&json, "unseen_reasons");
	for (int i = 0; i < SINK_UNSEEN_COUNT; i++)
		json_put_uint(&json, sink_unseen_name(i), summary->unseen_by[i]);
	json_end_object(&json);
	add_limits(&json, summary->abilities);
	summary_put_json(&json, summary->view);
	json_end_line(&json);
}

const struct line_renderer json_lines = {
	.start = render_start,
	.incident = render_incident,
	.repeat = render_repeat,
	.end = json_render_end,
	.lost = render_lost,
	.summary = render_summary,
};
