// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An incident for people: a headline, and fields with what is known, most telling first. What is
 * absent takes no line; what could not be found out is named in the last one.
 *
 * 2026-11-21 14:03:22.117 +00:00  server[812/815] killed by SIGPIPE in write(fd 7, 14 bytes)
 *     why     peer closed, then reset: it sent FIN 6.003 s before, ...   [certain]
 *     tcp     127.0.0.1:8088 -> 127.0.0.1:51234  CLOSE, sent 13 bytes
 */
#include <string.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "duration.h"
#include "layout.h"
#include "line_format.h"
#include "text_fields.h"
#include "text_frames.h"
#include "text_state.h"
#include "units.h"
#include "words.h"

#define COLOR_KILLED "\033[1;31m"
#define COLOR_SURVIVED "\033[33m"

/* Hex digits of a group in its tag. JSON has all of them. */
#define TAG_DIGITS 6

void text_add_escaped(struct strbuf *buf, const char *text)
{
	strbuf_add_escaped(buf, text, strlen(text));
}

void text_add_name(struct strbuf *buf, const char *name)
{
	strbuf_add_name(buf, name, strlen(name));
}

void text_add_path(struct strbuf *buf, const struct incident_path *path)
{
	/* Other paths begin with a slash. */
	if (path->truncated)
		strbuf_add_text(buf, ".../");
	text_add_name(buf, path->text);
}

void text_add_duration(struct strbuf *buf, uint64_t ns)
{
	char text[DURATION_SIZE];

	strbuf_add_text(buf, duration_text(ns, DURATION_FINE, text));
}

void text_add_tag(const char *group, struct strbuf *buf)
{
	strbuf_printf(buf, "#%.*s", TAG_DIGITS, group);
}

static const char *outcome_color(enum ev_outcome outcome)
{
	switch (outcome) {
	case EV_OUTCOME_KILLED:
		return COLOR_KILLED;
	case EV_OUTCOME_IGNORED:
	case EV_OUTCOME_HANDLED:
	case EV_OUTCOME_PENDING:
		return COLOR_SURVIVED;
	default:
		return NULL;
	}
}

/* killed by SIGPIPE; EPIPE (no signal). On one line, so that it can be searched for. */
static void add_event(const struct incident *incident, struct layout *layout)
{
	static const struct {
		const char *before, *after;
	} words[] = {
		[EV_OUTCOME_KILLED] = { "killed by", "" },
		[EV_OUTCOME_IGNORED] = { "ignored", "" },
		[EV_OUTCOME_HANDLED] = { "handled", "" },
		[EV_OUTCOME_PENDING] = { "has", " pending" },
		[EV_OUTCOME_PROTECTED] = { "protected from", "" },
		[EV_OUTCOME_TRACED] = { "left", " to its tracer" },
		[EV_OUTCOME_DELIVERED] = { "got", "" },
	};
	struct strbuf *text = layout_text(layout);
	size_t start = text->length + 1;
	char signal[WORD_SIZE];

	if (incident->outcome == EV_OUTCOME_SUPPRESSED)
		strbuf_add_text(text, " " TEXT_SILENT_EPIPE);
	else if (incident->outcome == EV_OUTCOME_EXITED)
		strbuf_printf(text, " exited with status %d", WEXITSTATUS(incident->death.status));
	else if (incident->signal.dying)
		strbuf_printf(text, " got %s while it was ending",
			      word_signal(incident->signal.number, signal));
	else
		strbuf_printf(text, " %s %s%s", words[incident->outcome].before,
			      word_signal(incident->signal.number, signal),
			      words[incident->outcome].after);
	layout_glue(layout, start);
}

/* billing-api[5274] killed by SIGPIPE in write(fd 4, 512 bytes)   #c1a7f2 */
static void put_headline(const struct line_options *options, const struct incident *incident,
			 const struct explanation *explanation, struct layout *layout)
{
	struct strbuf *text = layout_text(layout);
	size_t start;

	text_add_headline_time(options, incident->time, text);
	strbuf_add_text(text, "  ");
	start = text->length;
	text_add_task(&incident->process, text);
	layout_glue(layout, start);
	add_event(incident, layout);
	start = text->length + 1;
	if (incident->signal.origin == EV_ORIGIN_PROCESS) {
		strbuf_add_text(text, ", ");
		text_add_sender(&incident->signal, text);
	} else if (incident->subject != EV_SUBJECT_EXIT &&
		   (incident->syscall.have || incident->syscall.have_uring)) {
		strbuf_add_text(text, " in ");
		text_add_syscall(&incident->syscall, text);
	}
	if (explanation->group[0]) {
		strbuf_add_text(text, "   ");
		text_add_tag(explanation->group, text);
	}
	/* The call stays on one line, and the tag with it. */
	if (incident->signal.origin != EV_ORIGIN_PROCESS)
		layout_glue(layout, start);
	layout_headline(layout, options->color ? outcome_color(incident->outcome) : NULL);
}

/* class   pipeline_done (info): the reader had seen enough */
static void put_why(const struct explanation *explanation, struct layout *layout)
{
	struct strbuf *text = layout_text(layout);

	strbuf_add_sentence(text, explanation->text);
	if (text->length)
		layout_confidence(layout, explanation->confidence);
	layout_field(layout, "why");
	if (!explanation->class_text)
		return;
	strbuf_printf(text, "%s (%s): %s", class_name(explanation->class),
		      severity_name(explanation->severity), explanation->class_text);
	layout_field(layout, "class");
}

static void put_ends(const struct line_options *options, const struct incident *incident,
		     struct layout *layout)
{
	if (incident->peer.have) {
		text_add_peer(options, &incident->peer, layout_text(layout));
		layout_confidence(layout, incident->peer.confidence);
		layout_field(layout, "peer");
	}
	if (incident->object.type != EV_OBJECT_NONE) {
		text_add_object(incident, layout_text(layout));
		layout_field(layout, word_object_type(incident->object.type));
	}
}

/* The headline says it already: by default the signal kills, and no handler ran. */
static bool is_plain_death(const struct incident *incident)
{
	return incident->outcome == EV_OUTCOME_KILLED && !incident->end.raised &&
	       incident->signal.disposition == EV_DISPOSITION_DEFAULT;
}

/* Only if the signal itself did not decide it. */
static void put_end(const struct incident_end *end, struct layout *layout)
{
	const char *label = word_end(end);
	struct strbuf *text = layout_text(layout);
	char signal[WORD_SIZE];

	if (!label)
		return;
	strbuf_add_text(text, label);
	if (end->state == EV_END_ENDED && WIFSIGNALED(end->status))
		strbuf_printf(text, " by %s", word_signal(WTERMSIG(end->status), signal));
	else if (end->state == EV_END_ENDED)
		strbuf_printf(text, " with status %d", WEXITSTATUS(end->status));
	strbuf_add_text(text, ", ");
	text_add_duration(text, end->after_ns);
	strbuf_add_text(text, " later");
	layout_field(layout, "end");
}

/* A signal that is not held back is delivered sooner, even on a busy machine. */
#define HELD_BACK_NS (10 * NSEC_PER_MSEC)

/* -s fatal: the record was made at the death, and the time is that of the signal. */
static void put_death(const struct incident *incident, struct layout *layout)
{
	const struct incident_death *death = &incident->death;
	const struct incident_end end = {
		.state = EV_END_ENDED,
		.status = (int)incident->signal.number,
		.after_ns = death->after_ns,
	};

	if (incident->outcome == EV_OUTCOME_KILLED && death->have_after &&
	    death->after_ns >= HELD_BACK_NS)
		put_end(&end, layout);
}

/* unknown peer process (remote host or not recorded), command line (...) */
static void put_unknown(const struct incident *incident, struct layout *layout)
{
	struct strbuf *text = layout_text(layout);

	for (size_t i = 0; i < MISSING_FIELDS; i++) {
		if (!incident->missing[i] || !missing_is_told(i) ||
		    missing_is_nothing(incident->missing[i]))
			continue;
		strbuf_printf(text, "%s%s (%s)", text->length ? ", " : "", missing_words(i),
			      missing_text(incident->missing[i]));
	}
	layout_field(layout, "unknown");
}

/* Only the first line has the name. */
static void put_one_of(struct layout *layout, const char *name, size_t index, const char *text)
{
	strbuf_add_sentence(layout_text(layout), text);
	if (index)
		layout_field_more(layout);
	else
		layout_field(layout, name);
}

/* Like a stack, they are printed once for a group. */
static bool put_known_advice(const struct line_options *options, const struct incident *incident,
			     const struct explanation *explanation, struct layout *layout)
{
	cleanup(strbuf_free) struct strbuf all = { 0 };

	for (size_t i = 0; i < explanation->note_count; i++)
		strbuf_printf(&all, "%s\n", explanation->notes[i].text);
	for (size_t i = 0; i < explanation->advice_count; i++)
		strbuf_printf(&all, "%s\n", explanation->advice[i].text);
	if (!all.length || !text_add_reference(options, incident, explanation, "", &all, layout))
		return false;
	layout_field(layout, explanation->advice_count ? "do" : "note");
	return true;
}

static void put_advice(const struct line_options *options, const struct incident *incident,
		       const struct explanation *explanation, struct layout *layout)
{
	if (put_known_advice(options, incident, explanation, layout))
		return;
	for (size_t i = 0; i < explanation->note_count; i++)
		put_one_of(layout, "note", i, explanation->notes[i].text);
	for (size_t i = 0; i < explanation->advice_count; i++)
		put_one_of(layout, "do", i, explanation->advice[i].text);
}

static void put_fields(const struct line_options *options, const struct incident *incident,
		       const struct explanation *explanation, struct layout *layout)
{
	put_why(explanation, layout);
	put_ends(options, incident, layout);
	text_put_reason(options, incident, layout);
	if (options->text.full || !is_plain_death(incident))
		layout_sentence(layout, "signal", explanation->disposition);
	put_death(incident, layout);
	put_end(&incident->end, layout);
	text_put_core(&incident->core, layout);
	text_put_stacks(options, incident, explanation, layout);
	text_add_process(options, &incident->process, layout_text(layout));
	layout_field(layout, "who");
	put_advice(options, incident, explanation, layout);
	put_unknown(incident, layout);
}

static void render_incident(const struct line_options *options, const struct incident *incident,
			    const struct explanation *explanation, struct strbuf *buf)
{
	struct layout layout;

	text_state_turn(options);
	layout_begin(&layout, buf, options->width ? options->width : LAYOUT_WIDTH, options->color);
	put_headline(options, incident, explanation, &layout);
	put_fields(options, incident, explanation, &layout);
	layout_end(&layout);
}

const struct line_renderer text_lines = {
	.incident = render_incident,
	.repeat = text_render_repeat,
	.end = text_render_end,
};
