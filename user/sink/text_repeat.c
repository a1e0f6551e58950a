// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Repeats: incidents that were counted and not sent, with the incident in full that they are like.
 */
#include <inttypes.h>
#include <stdio.h>

#include "layout.h"
#include "line_format.h"
#include "text_fields.h"
#include "text_state.h"
#include "units.h"
#include "words.h"

/* 48,211 */
static void add_grouped(uint64_t number, struct strbuf *buf)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, number);

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			strbuf_add_text(buf, ",");
		strbuf_add(buf, &digits[i], 1);
	}
}

static uint64_t span_ns(const struct sink_repeat *repeat)
{
	int64_t ns = (repeat->last.tv_sec - repeat->first.tv_sec) * (int64_t)NSEC_PER_SEC +
		     repeat->last.tv_nsec - repeat->first.tv_nsec;

	return ns > 0 ? (uint64_t)ns : 0;
}

/* [48,211 processes] */
static void add_processes(uint64_t count, struct strbuf *buf)
{
	strbuf_add_text(buf, "[");
	add_grouped(count, buf);
	strbuf_printf(buf, LAYOUT_GLUE "%s]", count == 1 ? "process" : "processes");
}

/* Whose they are: server[812]; yes[9 processes], for each death is one of another process. */
static void add_who(const struct sink_repeat *repeat, struct strbuf *buf)
{
	const struct incident_named *process = repeat->process;
	char number[INCIDENT_NUMBER_SIZE];

	if (!process) {
		strbuf_add_text(buf, "?[?]");
		return;
	}
	text_add_comm(buf, process->comm);
	if (process->pid)
		strbuf_printf(buf, "[%s]",
			      incident_number_text(process->pid, process->pid_here, number));
	else if (repeat->outcome == EV_OUTCOME_KILLED && !repeat->several)
		add_processes(repeat->count, buf);
	else
		strbuf_add_text(buf, "[?]");
}

/* When no incident in full says it. */
static void add_owner(const struct incident_named *process, struct strbuf *buf)
{
	if (!process)
		return;
	strbuf_printf(buf, "  uid" LAYOUT_GLUE "%" PRIu32, process->uid);
	if (process->unit[0]) {
		strbuf_add_text(buf, "  unit" LAYOUT_GLUE);
		text_add_name(buf, process->unit);
	}
}

/* like #c1a7f2 of 14:03:22.117 */
static void add_like(const struct line_options *options, const struct sink_repeat *repeat,
		     struct strbuf *buf)
{
	strbuf_add_text(buf, " like ");
	if (repeat->group) {
		text_add_tag(repeat->group, buf);
		strbuf_add_text(buf, " of ");
	}
	text_add_time_of(options, repeat->of_time, repeat->last, buf);
}

/* 14:03:24.000  server[812] 48,211 more ignored in 1.883 s, like #c1a7f2 of 14:03:22.117 */
void text_render_repeat(const struct line_options *options, const struct sink_repeat *repeat,
			struct strbuf *buf)
{
	const char *outcome = word_outcome(repeat->outcome);
	struct layout layout;
	struct strbuf *text;

	text_state_turn(options);
	layout_begin(&layout, buf, options->width ? options->width : LAYOUT_WIDTH, options->color);
	text = layout_text(&layout);
	text_add_headline_time(options, repeat->last, text);
	strbuf_add_text(text, "  ");
	add_who(repeat, text);
	strbuf_add_text(text, " ");
	add_grouped(repeat->count, text);
	strbuf_printf(text, LAYOUT_GLUE "more" LAYOUT_GLUE "%s in ", outcome ? outcome : "?");
	text_add_duration(text, span_ns(repeat));
	if (repeat->of) {
		strbuf_add_text(text, ",");
		add_like(options, repeat, text);
	} else {
		add_owner(repeat->process, text);
	}
	if (repeat->several)
		strbuf_add_text(text, "  (the last of groups that were not told apart)");
	layout_headline(&layout, NULL);
	layout_end(&layout);
}
