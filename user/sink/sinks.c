// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of sinks of a run. Each item goes to all of them. Messages that no line contains go to
 * stderr.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "cleanup.h"
#include "clock.h"
#include "line_format.h"
#include "log.h"
#include "sink_ops.h"
#include "summary_lines.h"
#include "units.h"

/* How long sinks_free() waits for threads that get no more items: for all of them together. */
#define END_MS 100

struct sinks {
	struct sinks_options options;
	size_t count;
	struct sink *list[SINKS_MAX];
	atomic_int readers; /* sinks of incidents whose reader still exists */
};

int sinks_new(const struct sinks_options *options, struct sinks **ret_sinks)
{
	struct sinks *sinks = calloc(1, sizeof(*sinks));

	if (!sinks)
		return -ENOMEM;
	/* localtime_r need not look at TZ by itself. */
	tzset();
	sinks->options = *options;
	*ret_sinks = sinks;
	return 0;
}

void sinks_free(struct sinks *sinks)
{
	uint64_t end_ns;

	if (!sinks)
		return;
	for (size_t i = 0; i < sinks->count; i++)
		sink_close(sinks->list[i]);
	end_ns = clock_now_ns() + END_MS * NSEC_PER_MSEC;
	for (size_t i = 0; i < sinks->count; i++)
		sink_free(sinks->list[i], end_ns);
	free(sinks);
}

int sinks_add(struct sinks *sinks, const struct sink_ops *ops, void *state,
	      const struct sink_place *place)
{
	int error;

	if (sinks->count == SINKS_MAX) {
		ops->close(state);
		return -E2BIG;
	}
	if (ops->incident)
		sinks->readers++;
	error = sink_start(ops, state, place, sinks, &sinks->list[sinks->count]);
	if (!error)
		sinks->count++;
	else if (ops->incident)
		sinks->readers--;
	return error;
}

void sinks_reader_gone(struct sinks *sinks)
{
	if (atomic_fetch_sub(&sinks->readers, 1) == 1)
		sinks->options.readers_gone(sinks->options.context);
}

const struct sinks_options *sinks_options(const struct sinks *sinks)
{
	return &sinks->options;
}

void sinks_start(struct sinks *sinks, const struct sink_start *start)
{
	for (size_t i = 0; i < sinks->count; i++) {
		struct sink *sink = sinks->list[i];

		if (!sink_ops(sink)->start)
			continue;
		sink_ops(sink)->start(sink_state(sink), start, sink_buffer(sink));
		sink_put(sink, sinks->options.wait);
	}
	sinks_flush(sinks);
}

void sinks_incident(struct sinks *sinks, const struct incident *incident,
		    const struct explanation *explanation)
{
	for (size_t i = 0; i < sinks->count; i++) {
		struct sink *sink = sinks->list[i];

		if (!sink_ops(sink)->incident)
			continue;
		sink_ops(sink)->incident(sink_state(sink), incident, explanation,
					 sink_buffer(sink));
		sink_put(sink, sinks->options.wait);
	}
}

void sinks_record(struct sinks *sinks, const void *record, size_t size)
{
	for (size_t i = 0; i < sinks->count; i++) {
		struct sink *sink = sinks->list[i];

		if (!sink_ops(sink)->record)
			continue;
		sink_ops(sink)->record(sink_state(sink), record, size, sink_buffer(sink));
		sink_put(sink, sinks->options.wait);
	}
}

void sinks_repeat(struct sinks *sinks, const struct sink_repeat *repeat)
{
	for (size_t i = 0; i < sinks->count; i++) {
		struct sink *sink = sinks->list[i];

		if (!sink_ops(sink)->repeat)
			continue;
		sink_ops(sink)->repeat(sink_state(sink), repeat, sink_buffer(sink));
		sink_put(sink, sinks->options.wait);
	}
}

void sinks_end(struct sinks *sinks, const struct sink_end *end)
{
	for (size_t i = 0; i < sinks->count; i++) {
		struct sink *sink = sinks->list[i];

		if (!sink_ops(sink)->end)
			continue;
		sink_ops(sink)->end(sink_state(sink), end, sink_buffer(sink));
		sink_put(sink, sinks->options.wait);
	}
}

/* 14:03:24.000 (12 records lost: the ring buffer was full) */
static void log_lost(const struct sinks *sinks, uint64_t count, struct timespec time,
		     const char *why)
{
	const struct line_options options = { .text = sinks->options.text };
	char text[64] = "";
	struct strbuf clock = STRBUF_IN(text);

	text_add_time(&options, time, &clock);
	log_warning("%s (%" PRIu64 " %s lost: %s)", text, count, count == 1 ? "record" : "records",
		    why);
}

void sinks_lost(struct sinks *sinks, uint64_t count, struct timespec time, const char *why)
{
	bool is_told = true;

	for (size_t i = 0; i < sinks->count; i++) {
		struct sink *sink = sinks->list[i];

		if (!sink_ops(sink)->incident)
			continue;
		if (sink_ops(sink)->lost)
			sink_ops(sink)->lost(sink_state(sink), count, time, sink_buffer(sink));
		if (!sink_ops(sink)->lost || !sink_put(sink, sinks->options.wait))
			is_told = false;
	}
	if (!is_told)
		log_lost(sinks, count, time, why);
}

void sinks_flush(struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		sink_wake(sinks->list[i]);
}

void sinks_count(const struct sinks *sinks, struct sink_summary *summary)
{
	summary->dropped = summary->unwritten = 0;
	summary->output_count = sinks->count;
	for (size_t i = 0; i < sinks->count; i++) {
		struct sink_counts *counts = &summary->outputs[i];

		sink_count(sinks->list[i], counts);
		if (counts->is_gone)
			continue;
		summary->dropped += counts->dropped;
		summary->unwritten += counts->failed;
	}
}

struct sink_reasons sink_reasons(const struct sink_counts *counts)
{
	return (struct sink_reasons){
		.queue_full = counts->dropped - counts->waiting - counts->spool_full,
		.run_ended = counts->is_gone ? 0 : counts->waiting,
		.reader_gone = counts->is_gone ? counts->waiting : 0,
		.spool_full = counts->spool_full,
		.refused = counts->rejected,
		.write_failed = counts->failed - counts->rejected,
	};
}

/* 5 dropped (the queue was full), 2 dropped (the run ended) */
static void put_reasons(const struct sink_counts *counts, struct strbuf *line)
{
	const struct sink_reasons reasons = sink_reasons(counts);
	const struct {
		uint64_t count;
		const char *what;
	} lines[] = {
		{ reasons.queue_full, "dropped (the queue was full)" },
		{ reasons.run_ended, "dropped (the run ended)" },
		{ reasons.spool_full, "dropped (the spool was full)" },
		{ reasons.refused, "unwritten (the receiver refused them)" },
		{ reasons.write_failed, "unwritten (the write failed)" },
	};
	const char *between = "";

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (!lines[i].count)
			continue;
		strbuf_printf(line, "%s%" PRIu64 " %s", between, lines[i].count, lines[i].what);
		between = ", ";
	}
}

/* journal: 5 dropped (the queue was full) */
static void log_reasons(const struct sink_counts *counts)
{
	char text[256] = ""; /* for 5 numbers of up to 20 digits */
	struct strbuf line = STRBUF_IN(text);

	put_reasons(counts, &line);
	if (line.length)
		log_warning("%s: %s", counts->name, text);
}

const char *sink_unseen_name(enum sink_unseen unseen)
{
	static const char *const names[] = {
		[SINK_UNSEEN_PREEMPTED] = "preempted",
		[SINK_UNSEEN_CPU_ADDED] = "cpu_added",
		[SINK_UNSEEN_CHILDREN] = "children",
		[SINK_UNSEEN_HISTORY] = "history",
	};

	return names[unseen];
}

/* 3 incidents, 0 repeats, 0 lost */
void summary_add_counts(const struct sink_summary *summary, struct strbuf *line)
{
	strbuf_printf(line, "%" PRIu64 " %s, %" PRIu64 " %s, %" PRIu64 " lost", summary->incidents,
		      summary->incidents == 1 ? "incident" : "incidents", summary->repeats,
		      summary->repeats == 1 ? "repeat" : "repeats", summary->lost);
	if (summary->ungrouped)
		strbuf_printf(line, ", %" PRIu64 " repeats not told apart", summary->ungrouped);
	if (summary->filtered)
		strbuf_printf(line, ", %" PRIu64 " filtered", summary->filtered);
	if (summary->unseen)
		strbuf_printf(line, ", at most %" PRIu64 " calls unseen", summary->unseen);
	if (summary->skipped_stacks)
		strbuf_printf(line, ", %" PRIu64 " without stack to keep up",
			      summary->skipped_stacks);
	if (summary->malformed)
		strbuf_printf(line, ", %" PRIu64 " malformed", summary->malformed);
	if (summary->dropped)
		strbuf_printf(line, ", %" PRIu64 " dropped", summary->dropped);
	if (summary->unwritten)
		strbuf_printf(line, ", %" PRIu64 " unwritten", summary->unwritten);
}

static void log_summary(const struct sink_summary *summary, const char *prefix,
			enum log_level level)
{
	char text[512]; /* for all counts: 10 numbers of up to 20 digits */
	struct strbuf line = STRBUF_IN(text);

	strbuf_add_text(&line, prefix);
	summary_add_counts(summary, &line);
	log_message(level, "%s", text);
	for (size_t i = 0; i < summary->output_count; i++)
		if (!summary->outputs[i].is_gone)
			log_reasons(&summary->outputs[i]);
}

/* A run without anything to tell by groups has the closing line alone. */
static void log_table(const struct sinks *sinks, const struct sink_summary *summary,
		      enum log_level level)
{
	const struct line_options options = { .session = sinks->options.session,
					      .text = sinks->options.text };
	cleanup(strbuf_free) struct strbuf table = { 0 };

	if (!summary->incidents && !summary->repeats)
		return;
	summary_add_table(&options, summary, &table);
	if (table.length && !table.failed)
		log_block(level, table.text);
}

static void log_last_summary(const struct sinks *sinks, const struct sink_summary *summary)
{
	log_table(sinks, summary, LOG_NOTICE);
	log_summary(summary, "", summary->dropped || summary->unwritten ? LOG_WARNING : LOG_NOTICE);
}

void sinks_log_summary(struct sinks *sinks, struct sink_summary *summary)
{
	sinks_count(sinks, summary);
	log_last_summary(sinks, summary);
}

/* What waits is not dropped. */
static void count_so_far(const struct sinks *sinks, struct sink_summary *summary)
{
	sinks_count(sinks, summary);
	for (size_t i = 0; i < summary->output_count; i++) {
		struct sink_counts *counts = &summary->outputs[i];

		if (!counts->is_gone)
			summary->dropped -= counts->waiting;
		counts->dropped -= counts->waiting;
		counts->waiting = 0;
	}
}

void sinks_log_so_far(const struct sinks *sinks, struct sink_summary *summary)
{
	count_so_far(sinks, summary);
	log_table(sinks, summary, LOG_WARNING);
	log_summary(summary, "so far ", LOG_WARNING);
}

void sinks_put_so_far(const struct sinks *sinks, struct sink_summary *summary, struct strbuf *line)
{
	count_so_far(sinks, summary);
	summary_add_counts(summary, line);
	for (size_t i = 0; i < summary->output_count; i++) {
		const struct sink_counts *counts = &summary->outputs[i];

		if (counts->dropped || counts->failed) {
			strbuf_printf(line, "; %s: ", counts->name);
			put_reasons(counts, line);
		}
	}
}

void sinks_summary(struct sinks *sinks, struct sink_summary *summary)
{
	bool is_told;

	sinks_count(sinks, summary);
	/* A reader that does not get all lines may not get this one either. */
	is_told = !summary->dropped && !summary->unwritten;
	for (size_t i = 0; i < sinks->count; i++) {
		struct sink *sink = sinks->list[i];

		if (!sink_ops(sink)->incident)
			continue;
		if (sink_ops(sink)->summary)
			sink_ops(sink)->summary(sink_state(sink), summary, sink_buffer(sink));
		/* Never wait here: the end has a time limit. */
		if (!sink_ops(sink)->summary || !sink_put(sink, false))
			is_told = false;
	}
	if (!is_told)
		log_last_summary(sinks, summary);
}

void sinks_stop_waiting(struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		sink_stop_waiting(sinks->list[i]);
}

uint64_t sinks_progress(const struct sinks *sinks)
{
	uint64_t progress = 0;

	for (size_t i = 0; i < sinks->count; i++)
		progress += sink_progress(sinks->list[i]);
	return progress;
}

bool sinks_wait(struct sinks *sinks, int timeout_ms)
{
	uint64_t end_ns = clock_now_ns() + (uint64_t)timeout_ms * NSEC_PER_MSEC;
	bool is_done = true;

	for (size_t i = 0; i < sinks->count; i++) {
		uint64_t now = clock_now_ns();
		uint64_t rest_ms = now < end_ns ? (end_ns - now) / NSEC_PER_MSEC : 0;

		is_done &= sink_wait(sinks->list[i], (int)rest_ms);
	}
	return is_done;
}

void sinks_reopen(struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->count; i++)
		sink_reopen(sinks->list[i]);
}

int sinks_watch_fd(const struct sinks *sinks, size_t index)
{
	return index < sinks->count ? sink_watch_fd(sinks->list[index]) : -1;
}

void sinks_note_gone(struct sinks *sinks, size_t index)
{
	sink_note_gone(sinks->list[index]);
}
