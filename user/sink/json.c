// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An incident for programs: one line of JSON, described key by key in docs/incident.schema.json.
 * Every key is always there; a null that stands for something unknown has its reason in `missing`.
 */
#include "json_blocks.h"
#include "words.h"
#include "renderer.h"

static void add_cause(struct build *build, const struct explanation *explanation)
{
	struct json_object *cause = build_object(build, build->root, "cause");
	struct json_object *timeline;

	build_text(build, cause, "code", explanation->code);
	build_text(build, cause, "text", explanation->text);
	build_text(build, cause, "confidence", word_confidence(explanation->confidence));
	timeline = build_array(build, cause, "timeline");
	for (size_t i = 0; i < explanation->timeline_count; i++) {
		const struct timeline_entry *entry = &explanation->timeline[i];
		struct json_object *item = build_object(build, timeline, NULL);

		build_ms(build, item, "ago_ms", entry->ago_ns);
		build_text(build, item, "what", entry->what);
		if (entry->have_bytes)
			build_uint(build, item, "bytes", entry->bytes);
	}
}

static void add_notes(struct build *build, const struct explanation *explanation)
{
	struct json_object *notes = build_array(build, build->root, "notes");

	for (size_t i = 0; i < explanation->note_count; i++) {
		struct json_object *note = build_object(build, notes, NULL);

		build_text(build, note, "code", explanation->notes[i].code);
		build_text(build, note, "text", explanation->notes[i].text);
	}
}

static void add_advice(struct build *build, const struct explanation *explanation)
{
	struct json_object *advice = build_array(build, build->root, "advice");

	for (size_t i = 0; i < explanation->advice_count; i++)
		build_text(build, advice, NULL, explanation->advice[i]);
}

/* The stages' own reasons come first: those of the renderer only fill what they left open. */
static void begin_missing(struct build *build, const struct incident *incident)
{
	build_begin_missing(build);
	for (size_t i = 0; i < MISSING_FIELDS; i++)
		if (incident->missing[i])
			build_reason(build, missing_path(i), missing_text(incident->missing[i]));
}

void json_render_incident(const struct incident *incident, const struct explanation *explanation,
			  struct strbuf *buf)
{
	struct build build;

	build_begin(&build, "incident");
	begin_missing(&build, incident);
	build_text(&build, build.root, "id", incident->id);
	build_time(&build, build.root, "time", incident->time);
	build_text(&build, build.root, "outcome", word_outcome(incident->outcome));
	json_add_signal(&build, incident, explanation);
	json_add_process(&build, &incident->process);
	json_add_end(&build, &incident->end);
	json_add_syscall(&build, incident);
	json_add_object(&build, incident);
	json_add_peer_process(&build, incident);
	add_cause(&build, explanation);
	json_add_stack(&build, incident);
	add_notes(&build, explanation);
	add_advice(&build, explanation);
	build_end(&build, buf);
}

void json_render_lost(uint64_t count, struct timespec time, struct strbuf *buf)
{
	struct build build;

	build_begin(&build, "lost");
	build_time(&build, build.root, "time", time);
	build_uint(&build, build.root, "count", count);
	build_end(&build, buf);
}

void json_render_summary(const struct sink_summary *summary, struct strbuf *buf)
{
	struct build build;

	build_begin(&build, "summary");
	build_uint(&build, build.root, "incidents", summary->incidents);
	build_uint(&build, build.root, "repeats", summary->repeats);
	build_uint(&build, build.root, "lost", summary->lost);
	build_uint(&build, build.root, "unseen", summary->unseen);
	build_uint(&build, build.root, "skipped_stacks", summary->skipped_stacks);
	build_uint(&build, build.root, "malformed", summary->malformed);
	build_uint(&build, build.root, "unwritten", summary->unwritten);
	build_time(&build, build.root, "first", summary->first);
	build_time(&build, build.root, "last", summary->last);
	build_end(&build, buf);
}
