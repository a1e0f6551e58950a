// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An incident for people: a headline and what is known, most telling first. What is absent takes
 * no line; what could not be found out is named in the last one.
 *
 * 14:03:22.117 SIGPIPE killed server[812/815]  write(fd 7, 14 bytes)
 *     object      tcp 127.0.0.1:8088 -> 127.0.0.1:51234  CLOSE
 *     cause       peer closed, then reset: it sent FIN 6.003 s before, ...
 */
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "duration.h"
#include "path.h"
#include "line_format.h"
#include "words.h"

#define KEY_COLUMN 12
#define CONTINUATION "                " /* the indent and the key column */

#define COLOR_KILLED "\033[1;31m"
#define COLOR_SURVIVED "\033[33m"
#define COLOR_DIM "\033[2m"
#define COLOR_OFF "\033[0m"

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

void text_add_time(const struct line_options *options, struct timespec time, struct strbuf *buf)
{
	struct tm parts = { 0 };

	if (options->utc)
		gmtime_r(&time.tv_sec, &parts);
	else
		localtime_r(&time.tv_sec, &parts);
	strbuf_printf(buf, "%02d:%02d:%02d.%03ld", parts.tm_hour, parts.tm_min, parts.tm_sec,
		      time.tv_nsec / 1000000);
}

static void fact_begin(const struct line_options *options, const char *key, struct strbuf *buf)
{
	strbuf_printf(buf, "    %s%-*s%s", options->color ? COLOR_DIM : "", KEY_COLUMN, key,
		      options->color ? COLOR_OFF : "");
}

static void fact_end(struct strbuf *buf)
{
	strbuf_add_text(buf, "\n");
}

static void add_text_fact(const struct line_options *options, const char *key, const char *text,
			  struct strbuf *buf)
{
	if (!text[0])
		return;
	fact_begin(options, key, buf);
	text_add_escaped(buf, text);
	fact_end(buf);
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

void text_add_outcome(const struct incident *incident, struct strbuf *buf)
{
	const char *outcome = word_outcome(incident->outcome);
	char signal[WORD_SIZE];

	if (incident->outcome == EV_OUTCOME_SUPPRESSED)
		strbuf_add_text(buf, "EPIPE without signal ");
	else if (incident->outcome == EV_OUTCOME_EXITED)
		strbuf_printf(buf, "exit %d ", WEXITSTATUS(incident->death.status));
	else
		strbuf_printf(buf, "%s %s ", word_signal(incident->signal.number, signal),
			      outcome ? outcome : "?");
}

void text_add_headline(const struct incident *incident, struct strbuf *buf)
{
	text_add_outcome(incident, buf);
	text_add_task(&incident->process, buf);
	if (incident->signal.origin == EV_ORIGIN_PROCESS)
		text_add_sender(&incident->signal, buf);
	else if (incident->subject != EV_SUBJECT_EXIT &&
		 (incident->syscall.have || incident->syscall.have_uring))
		text_add_syscall(&incident->syscall, buf);
}

static void add_headline(const struct line_options *options, const struct incident *incident,
			 struct strbuf *buf)
{
	const char *color = options->color ? outcome_color(incident->outcome) : NULL;

	strbuf_add_text(buf, color ? color : "");
	text_add_time(options, incident->time, buf);
	strbuf_add_text(buf, " ");
	text_add_headline(incident, buf);
	strbuf_add_text(buf, color ? COLOR_OFF : "");
	strbuf_add_text(buf, "\n");
}

void text_add_duration(struct strbuf *buf, uint64_t ns)
{
	char text[DURATION_SIZE];

	strbuf_add_text(buf, duration_text(ns, DURATION_FINE, text));
}

static void add_cause(const struct line_options *options, const struct explanation *explanation,
		      struct strbuf *buf)
{
	if (!explanation->text[0])
		return;
	fact_begin(options, "cause", buf);
	text_add_escaped(buf, explanation->text);
	if (explanation->confidence == CONFIDENCE_LIKELY)
		strbuf_add_text(buf, " (likely)");
	fact_end(buf);
}

/* class       pipeline_done (info): the reader had seen enough */
static void add_class(const struct line_options *options, const struct explanation *explanation,
		      struct strbuf *buf)
{
	if (!explanation->class_text)
		return;
	fact_begin(options, "class", buf);
	strbuf_printf(buf, "%s (%s): %s", class_name(explanation->class),
		      severity_name(explanation->severity), explanation->class_text);
	fact_end(buf);
}

static void add_stacks(const struct line_options *options, const struct incident *incident,
		       struct strbuf *buf)
{
	if (incident->stack) {
		fact_begin(options, "stack", buf);
		text_add_stack(incident->stack, buf);
		fact_end(buf);
	}
	if (incident->kernel_stack.count) {
		fact_begin(options, "kernel", buf);
		text_add_kernel_stack(&incident->kernel_stack, buf);
		fact_end(buf);
	}
}

/* One line for each; only the first line has the key. */
static void add_line(const struct line_options *options, const char *key, size_t index,
		     const char *text, struct strbuf *buf)
{
	if (index)
		strbuf_add_text(buf, CONTINUATION);
	else
		fact_begin(options, key, buf);
	text_add_escaped(buf, text);
	fact_end(buf);
}

/* unknown     peer process (remote host or not recorded), command line (...) */
static void add_unknown(const struct line_options *options, const struct incident *incident,
			struct strbuf *buf)
{
	bool first = true;

	for (size_t i = 0; i < MISSING_FIELDS; i++) {
		if (!incident->missing[i] || !missing_is_told(i))
			continue;
		if (first)
			fact_begin(options, "unknown", buf);
		else
			strbuf_add_text(buf, ", ");
		first = false;
		strbuf_printf(buf, "%s (%s)", missing_words(i), missing_text(incident->missing[i]));
	}
	if (!first)
		fact_end(buf);
}

/* Only if the signal itself did not decide it. */
static void add_end(const struct line_options *options, const struct incident_end *end,
		    struct strbuf *buf)
{
	const char *label = word_end(end);
	char signal[WORD_SIZE];

	if (!label)
		return;
	fact_begin(options, "end", buf);
	strbuf_add_text(buf, label);
	if (end->state == EV_END_ENDED && WIFSIGNALED(end->status))
		strbuf_printf(buf, " by %s", word_signal(WTERMSIG(end->status), signal));
	else if (end->state == EV_END_ENDED)
		strbuf_printf(buf, " with status %d", WEXITSTATUS(end->status));
	strbuf_add_text(buf, ", ");
	text_add_duration(buf, end->after_ns);
	strbuf_add_text(buf, " later");
	fact_end(buf);
}

static void render_incident(const struct line_options *options, const struct incident *incident,
			    const struct explanation *explanation, struct strbuf *buf)
{
	add_headline(options, incident, buf);
	if (incident->object.type != EV_OBJECT_NONE) {
		fact_begin(options, "object", buf);
		text_add_object(incident, buf);
		fact_end(buf);
	}
	if (incident->peer.have) {
		fact_begin(options, "peer", buf);
		text_add_peer(&incident->peer, buf);
		fact_end(buf);
	}
	add_cause(options, explanation, buf);
	add_class(options, explanation, buf);
	add_text_fact(options, "disposition", explanation->disposition, buf);
	add_end(options, &incident->end, buf);
	add_stacks(options, incident, buf);
	fact_begin(options, "process", buf);
	text_add_process(&incident->process, buf);
	fact_end(buf);
	for (size_t i = 0; i < explanation->note_count; i++)
		add_line(options, "note", i, explanation->notes[i].text, buf);
	for (size_t i = 0; i < explanation->advice_count; i++)
		add_line(options, "advice", i, explanation->advice[i].text, buf);
	add_unknown(options, incident, buf);
}

const struct line_renderer text_lines = {
	.incident = render_incident,
	.repeat = text_render_repeat,
};
