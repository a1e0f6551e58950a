// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table at the end of a run, for people.
 *
 * run        12 min 5 s on web-12: 2026-11-21 14:03:22 to 14:05:01 +00:00
 * classes    48,211 client_gone, 3 pipeline_done
 *
 *       COUNT  LAST      PROGRAM          CAUSE                   CLASS
 *      48,211  14:03:22  server           peer_closed_then_reset  client_gone
 *              unit      nginx.service
 *              peer      10.0.0.7 (39 of 41)
 *              stack     send_reply < handle < main
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "layout.h"
#include "summary_lines.h"
#include "units.h"

#define WIDTH 80
#define KEY_COLUMN 11
#define COUNT_COLUMN 11
#define TIME_COLUMN 8
#define EPOCH_COLUMN 10
#define PROGRAM_COLUMN 15
#define CAUSE_COLUMN 22
/* Where what else is known of a group begins, below the program. */
#define DETAIL_COLUMN (COUNT_COLUMN + 2 + TIME_COLUMN + 2)

/* How many bytes of TEXT fit into COLUMNS; RET_COLUMNS: of these. */
static size_t fitting(const char *text, size_t columns, size_t *ret_columns)
{
	size_t size = layout_fit(text, strlen(text), columns);

	*ret_columns = layout_columns(text, size);
	return size;
}

/* At most COLUMNS of TEXT, which is printable. Returns how many. */
static size_t add_cut(struct strbuf *buf, const char *text, size_t columns)
{
	size_t used, size = fitting(text, columns, &used);

	if (text[size]) {
		size = fitting(text, columns - 3, &used);
		strbuf_add(buf, text, size);
		strbuf_add_text(buf, "...");
		return used + 3;
	}
	strbuf_add(buf, text, size);
	return used;
}

static void add_blanks(struct strbuf *buf, size_t count)
{
	strbuf_printf(buf, "%*s", (int)count, "");
}

/* A cell and the gap behind it. */
static void add_cell(struct strbuf *buf, const char *text, size_t columns)
{
	size_t used = add_cut(buf, text, columns);

	add_blanks(buf, columns - used + 2);
}

static void end_line(struct strbuf *buf)
{
	while (buf->length && buf->text[buf->length - 1] == ' ')
		buf->length--;
	strbuf_add_text(buf, "\n");
}

static const char *text_or_empty(const struct strbuf *buf)
{
	return buf->text ?: "";
}

/* A line, or several: TEXT is broken at blanks. The first one begins behind the KEY. */
static void add_wrapped(struct strbuf *buf, const char *key, const char *text)
{
	const size_t columns = WIDTH - KEY_COLUMN;

	strbuf_printf(buf, "%-*s", KEY_COLUMN, key);
	for (;;) {
		size_t used, size = fitting(text, columns, &used), end = size;

		while (text[size] && end && text[end] != ' ')
			end--;
		/* A word that is longer than a line. */
		end = end ?: size;
		strbuf_add(buf, text, end);
		strbuf_add_text(buf, "\n");
		text += end + strspn(text + end, " ");
		if (!*text)
			return;
		add_blanks(buf, KEY_COLUMN);
	}
}

/* 48,211 */
static const char *number_text(uint64_t number, char text[32])
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, number), at = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return text;
}

/* Seconds since 1970 need more, and the counts get less. */
static int time_column(const struct line_options *options)
{
	return options->text.time == TEXT_TIME_EPOCH ? EPOCH_COLUMN : TIME_COLUMN;
}

static int count_column(const struct line_options *options)
{
	return COUNT_COLUMN - (time_column(options) - TIME_COLUMN);
}

/* run        12 min 5 s on web-12: 2026-11-21 14:03:22 to 14:05:01 +00:00 */
static void add_run(const struct line_options *options, const struct sink_summary *summary,
		    struct strbuf *buf)
{
	const struct ev_session *session = options->session;
	cleanup(strbuf_free) struct strbuf line = { 0 };

	if (summary->duration_ns)
		text_add_duration(&line, summary->duration_ns);
	else
		strbuf_add_text(&line, "a capture");
	strbuf_add_text(&line, summary->duration_ns ? " on " : " of ");
	strbuf_add_escaped(&line, session->host, strnlen(session->host, sizeof(session->host)));
	if (summary->incidents) {
		strbuf_add_text(&line, ": ");
		text_add_span(options, summary->first, summary->last, &line);
	}
	add_wrapped(buf, "run", text_or_empty(&line));
}

static void add_classes(const struct summary_view *view, struct strbuf *buf)
{
	cleanup(strbuf_free) struct strbuf line = { 0 };
	char number[32];

	for (size_t i = 1; i <= CLASS_LAST + 1; i++) {
		size_t class = i <= CLASS_LAST ? i : 0;

		if (view->classes[class])
			strbuf_printf(&line, "%s%s %s", line.length ? ", " : "",
				      number_text(view->classes[class], number),
				      class_name((enum incident_class) class)
					      ?: "of no known class");
	}
	if (line.length)
		add_wrapped(buf, "classes", text_or_empty(&line));
}

static void add_detail(const struct line_options *options, struct strbuf *buf, const char *key,
		       const char *text)
{
	add_blanks(buf, (size_t)count_column(options) + 2);
	add_cell(buf, key, (size_t)time_column(options));
	add_cut(buf, text, WIDTH - DETAIL_COLUMN);
	end_line(buf);
}

/* 10.0.0.7 (39 of 41), head at 10.0.0.7 (...): how many of the incidents in full. */
static void add_top_peer(const struct line_options *options, const struct summary_group *group,
			 struct strbuf *buf)
{
	const struct summary_peer *peer = summary_top_peer(group);
	cleanup(strbuf_free) struct strbuf line = { 0 };

	if (!peer)
		return;
	if (peer->comm[0])
		strbuf_add_name(&line, peer->comm, strlen(peer->comm));
	if (peer->address[0]) {
		strbuf_add_text(&line, peer->comm[0] ? " at " : "");
		strbuf_add_escaped(&line, peer->address, strlen(peer->address));
	}
	if (group->incidents > 1)
		strbuf_printf(&line, " (%" PRIu64 " of %" PRIu64 ")", peer->count,
			      group->incidents);
	add_detail(options, buf, "peer", text_or_empty(&line));
}

static void add_stack(const struct line_options *options, const struct summary_group *group,
		      struct strbuf *buf)
{
	cleanup(strbuf_free) struct strbuf line = { 0 };

	for (size_t i = 0; i < group->frame_count; i++) {
		strbuf_add_text(&line, i ? " < " : "");
		strbuf_add_escaped(&line, group->frames[i], strlen(group->frames[i]));
	}
	if (line.length)
		add_detail(options, buf, "stack", text_or_empty(&line));
}

static void add_group(const struct line_options *options, const struct summary_group *group,
		      struct timespec end, struct strbuf *buf)
{
	cleanup(strbuf_free) struct strbuf name = { 0 }, unit = { 0 }, last = { 0 };
	char number[32];

	text_add_short_time(options, group->last, end, &last);
	strbuf_add_name(&name, group->comm, strlen(group->comm));
	strbuf_add_name(&unit, group->unit, strlen(group->unit));
	strbuf_printf(buf, "%*s  ", count_column(options), number_text(group->count, number));
	add_cell(buf, text_or_empty(&last), (size_t)time_column(options));
	add_cell(buf, group->named ? text_or_empty(&name) : "-", PROGRAM_COLUMN);
	add_cell(buf, group->cause ?: "-", CAUSE_COLUMN);
	strbuf_add_text(buf, class_name(group->class) ?: "-");
	end_line(buf);
	if (group->unit[0])
		add_detail(options, buf, "unit", text_or_empty(&unit));
	add_top_peer(options, group, buf);
	add_stack(options, group, buf);
}

/* and 12 more groups with 15 incidents */
static void add_more(const struct line_options *options, const struct summary_view *view,
		     size_t shown, struct strbuf *buf)
{
	uint64_t groups = view->more_groups + view->group_count - shown, count = view->more_count;
	char number[32];

	for (size_t i = shown; i < view->group_count; i++)
		count += view->groups[i].count;
	if (!count)
		return;
	strbuf_printf(buf, "%*s  ", count_column(options), number_text(count, number));
	if (groups)
		strbuf_printf(buf, "in %s%s more group%s\n", view->more_groups ? "up to " : "",
			      number_text(groups, number), groups == 1 ? "" : "s");
	else
		strbuf_add_text(buf, "whose group is not known\n");
}

static void add_groups(const struct line_options *options, const struct summary_view *view,
		       struct strbuf *buf)
{
	size_t shown = view->group_count < SUMMARY_SHOWN_MAX ? view->group_count
							     : SUMMARY_SHOWN_MAX;
	struct timespec end = { 0 };

	for (size_t i = 0; i < view->group_count; i++)
		if (end.tv_sec < view->groups[i].last.tv_sec)
			end = view->groups[i].last;
	if (!shown && !view->more_count)
		return;
	strbuf_printf(buf, "\n%*s  %-*s  %-*s  %-*s  CLASS\n", count_column(options), "COUNT",
		      time_column(options), "LAST", PROGRAM_COLUMN, "PROGRAM", CAUSE_COLUMN,
		      "CAUSE");
	for (size_t i = 0; i < shown; i++)
		add_group(options, &view->groups[i], end, buf);
	add_more(options, view, shown, buf);
	strbuf_add_text(buf, "\n");
}

static void add_count(struct strbuf *line, uint64_t count, const char *one, const char *many)
{
	char number[32];

	if (count)
		strbuf_printf(line, "%s%s %s", line->length ? ", " : "", number_text(count, number),
			      count == 1 ? one : many);
}

/* What is in the counts and was not shown, and what is in no count. */
static void add_not_shown(const struct sink_summary *summary, struct strbuf *buf)
{
	cleanup(strbuf_free) struct strbuf hidden = { 0 }, lost = { 0 };

	add_count(&hidden, summary->repeats, "repeat (rate limit)", "repeats (rate limit)");
	add_count(&hidden, summary->filtered, "filtered", "filtered");
	add_count(&hidden, summary->skipped_stacks, "stack", "stacks");
	add_count(&hidden, summary->malformed, "damaged record", "damaged records");
	if (hidden.length)
		add_wrapped(buf, "not shown", text_or_empty(&hidden));
	add_count(&lost, summary->lost, "record", "records");
	add_count(&lost, summary->unseen_by[SINK_UNSEEN_PREEMPTED],
		  "call at most that the kernel passed over",
		  "calls at most that the kernel passed over");
	add_count(&lost, summary->unseen_by[SINK_UNSEEN_CPU_ADDED],
		  "call at most on a CPU that was added", "calls at most on CPUs that were added");
	add_count(&lost, summary->dropped, "item dropped", "items dropped");
	add_count(&lost, summary->unwritten, "item unwritten", "items unwritten");
	if (lost.length)
		add_wrapped(buf, "lost", text_or_empty(&lost));
}

static void add_limits(const struct abilities *abilities, struct strbuf *buf)
{
	cleanup(strbuf_free) struct strbuf line = { 0 };

	for (size_t i = 0; abilities && i < abilities->count; i++) {
		if (!abilities->list[i].lost)
			continue;
		strbuf_add_text(&line, line.length ? "; " : "");
		strbuf_add_text(&line, abilities->list[i].lost);
	}
	if (line.length)
		add_wrapped(buf, "cannot see", text_or_empty(&line));
}

void summary_add_table(const struct line_options *options, const struct sink_summary *summary,
		       struct strbuf *buf)
{
	if (!summary->view)
		return;
	add_run(options, summary, buf);
	add_classes(summary->view, buf);
	add_groups(options, summary->view, buf);
	add_not_shown(summary, buf);
	add_limits(summary->abilities, buf);
}
