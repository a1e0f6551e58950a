// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Repeats: incidents that were counted and not sent, with the incident in full that they are like.
 */
#include <inttypes.h>
#include <stdio.h>

#include "line_format.h"
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

/* Whose they are, when no incident in full says it. */
static void add_named(const struct sink_repeat *repeat, struct strbuf *buf)
{
	const struct incident_named *process = repeat->process;
	char number[INCIDENT_NUMBER_SIZE];

	if (repeat->several)
		strbuf_add_text(buf, ", of groups that were not told apart");
	if (!process)
		return;
	strbuf_add_text(buf, repeat->several ? ", the last of " : ", of ");
	text_add_name(buf, process->comm);
	if (process->pid)
		strbuf_printf(buf, "[%s]",
			      incident_number_text(process->pid, process->pid_here, number));
	strbuf_printf(buf, " (uid %" PRIu32, process->uid);
	if (process->unit[0]) {
		strbuf_add_text(buf, ", ");
		text_add_name(buf, process->unit);
	}
	strbuf_add_text(buf, ")");
}

/* 14:03:24.000 (+48,211 more like 14:03:22.117 in 1.883 s) */
void text_render_repeat(const struct line_options *options, const struct sink_repeat *repeat,
			struct strbuf *buf)
{
	const char *outcome = word_outcome(repeat->outcome);

	text_add_time(options, repeat->last, buf);
	strbuf_add_text(buf, " (+");
	add_grouped(repeat->count, buf);
	if (repeat->of) {
		strbuf_add_text(buf, " more like ");
		text_add_time(options, repeat->of_time, buf);
	} else {
		strbuf_printf(buf, " more, %s", outcome ? outcome : "?");
		add_named(repeat, buf);
	}
	strbuf_add_text(buf, " in ");
	text_add_duration(buf, span_ns(repeat));
	strbuf_add_text(buf, ")\n");
}
