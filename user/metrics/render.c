// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints all metrics: the text format of Prometheus 0.0.4, or OpenMetrics 1.0. They differ in the
 * names of families, in types, in exemplars, and in the last line.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metrics_private.h"
#include "units.h"
#include "words.h"

enum type { COUNTER, GAUGE, INFO };

struct page {
	struct strbuf *buf;
	enum metrics_format format;
	const char *name; /* of the family, without the suffix of its type */
	enum type type;
};

/* In OpenMetrics the suffix belongs to the sample; in the text format, to the family. */
static const char *const suffixes[] = { [COUNTER] = "_total", [GAUGE] = "", [INFO] = "_info" };

static void begin_family(struct page *page, enum type type, const char *name, const char *help)
{
	static const char *const types[] = { "counter", "gauge", "info" };
	bool is_open = page->format == METRICS_OPENMETRICS;
	const char *suffix = is_open ? "" : suffixes[type];
	const char *word = !is_open && type == INFO ? "gauge" : types[type];

	page->name = name;
	page->type = type;
	strbuf_printf(page->buf, "# HELP sigpath_%s%s %s\n# TYPE sigpath_%s%s %s\n", name, suffix,
		      help, name, suffix, word);
}

static void begin_sample(struct page *page)
{
	strbuf_add_text(page->buf, "sigpath_");
	strbuf_add_text(page->buf, page->name);
	strbuf_add_text(page->buf, suffixes[page->type]);
}

/* VALUE may be hostile. Both formats escape the same three characters. */
static void add_label(struct page *page, char before, const char *label, const char *value)
{
	strbuf_printf(page->buf, "%c%s=\"", before, label);
	for (; *value; value++) {
		if (*value == '\n')
			strbuf_add_text(page->buf, "\\n");
		else if (*value == '"' || *value == '\\')
			strbuf_printf(page->buf, "\\%c", *value);
		else
			strbuf_add(page->buf, value, 1);
	}
	strbuf_add_text(page->buf, "\"");
}

static void add_value(struct page *page, uint64_t value)
{
	strbuf_printf(page->buf, " %" PRIu64, value);
}

static void add_seconds(struct page *page, struct timespec time)
{
	strbuf_printf(page->buf, " %" PRId64 ".%03ld", (int64_t)time.tv_sec,
		      time.tv_nsec / (long)NSEC_PER_MSEC);
}

static void end_sample(struct page *page)
{
	strbuf_add_text(page->buf, "\n");
}

static void put_number(struct page *page, uint64_t value)
{
	begin_sample(page);
	add_value(page, value);
	end_sample(page);
}

static void put_labelled(struct page *page, const char *label, const char *name, uint64_t value)
{
	begin_sample(page);
	add_label(page, '{', label, name);
	strbuf_add_text(page->buf, "}");
	add_value(page, value);
	end_sample(page);
}

/* --- incidents and repeats --- */

static const struct {
	const char *name, *label, *help;
} families[] = {
	[FAMILY_INCIDENTS_CLASS] = { "incidents", "class",
				     "Incidents in full, by class (docs/classes.md)." },
	[FAMILY_INCIDENTS_SEVERITY] = { "incidents_by_severity", "severity",
					"The same incidents, by severity." },
	[FAMILY_INCIDENTS_OUTCOME] = { "incidents_by_outcome", "outcome",
				       "The same incidents, by outcome: killed is a death." },
	[FAMILY_INCIDENTS_CAUSE] = { "incidents_by_cause", "cause",
				     "The same incidents, by cause (docs/causes.md)." },
	[FAMILY_INCIDENTS_OBJECT] = { "incidents_by_object", "object",
				      "The same incidents, by the type of the object that was "
				      "written to." },
	[FAMILY_REPEATS_CLASS] = { "repeats", "class",
				   "Incidents that were only counted (rate limit), by the class of "
				   "the incident that they repeat." },
	[FAMILY_REPEATS_OUTCOME] = { "repeats_by_outcome", "outcome",
				     "The same repeats, by outcome." },
};

static void add_exemplar(struct page *page, const struct counter *counter)
{
	if (page->format != METRICS_OPENMETRICS || !counter->id[0])
		return;
	strbuf_add_text(page->buf, " # ");
	add_label(page, '{', "incident_id", counter->id);
	strbuf_add_text(page->buf, "} 1");
	add_seconds(page, counter->time);
}

/* All values, those that are 0 too: increase() does not see how a series begins. */
static void put_family(struct page *page, const struct metrics *metrics,
		       const struct counts *counts, enum family family)
{
	begin_family(page, COUNTER, families[family].name, families[family].help);
	for (size_t i = 0; i < VALUES_MAX; i++) {
		const struct counter *counter = &counts->counters[family][i];
		const char *value = family_value(metrics, family, i);

		if (!value)
			continue;
		begin_sample(page);
		add_label(page, '{', families[family].label, value);
		strbuf_add_text(page->buf, "}");
		add_value(page, counter->count);
		add_exemplar(page, counter);
		end_sample(page);
	}
}

static void put_units(struct page *page, const struct units_table *units)
{
	static const struct {
		const char *name, *help;
		size_t offset;
	} rows[] = {
		{ "unit_incidents", "Incidents in full, by unit (--metrics-label unit).",
		  offsetof(struct unit_counters, incidents) },
		{ "unit_repeats", "Incidents that were only counted, by unit.",
		  offsetof(struct unit_counters, repeats) },
		{ "unit_deaths", "Of both: those that killed the process, by unit.",
		  offsetof(struct unit_counters, deaths) },
	};

	for (size_t row = 0; row < ARRAY_SIZE(rows); row++) {
		begin_family(page, COUNTER, rows[row].name, rows[row].help);
		for (size_t i = 0; i < units->count; i++) {
			const char *unit = (const char *)&units->list[i];

			put_labelled(page, "unit", units->list[i].name,
				     *(const uint64_t *)(unit + rows[row].offset));
		}
	}
}

/* --- how sigpath itself is --- */

static void put_losses(struct page *page, const struct metrics_numbers *numbers)
{
	const struct sink_summary *summary = &numbers->summary;
	const struct {
		const char *name, *help;
		uint64_t value;
	} rows[] = {
		{ "incidents_filtered",
		  "Incidents and repeats that --class and --min-severity left out of all outputs.",
		  summary->filtered },
		{ "repeats_ungrouped", "Repeats whose groups were not told apart.",
		  summary->ungrouped },
		{ "records_lost",
		  "Records that were lost, mostly because the ring buffer was full.",
		  summary->lost },
		{ "records_malformed", "Records that could not be decoded.", summary->malformed },
		{ "calls_unseen",
		  "Calls of hooks that the kernel skipped: at most so many incidents are missing.",
		  summary->unseen },
		{ "stacks_skipped", "Incidents without a stack, because sigpath could not keep up.",
		  summary->skipped_stacks },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_family(page, COUNTER, rows[i].name, rows[i].help);
		put_number(page, rows[i].value);
	}
}

/* NUMBER: from 1, in the order of the options. It has no path: paths are no closed set. */
static void add_sink(struct page *page, size_t number, const struct sink_counts *sink)
{
	char text[8];
	struct strbuf digits = STRBUF_IN(text);

	strbuf_add_uint(&digits, number);
	begin_sample(page);
	add_label(page, '{', "sink", text);
	add_label(page, ',', "format", sink->format);
}

/* Once its reader has exited, nothing waits any more: those items are dropped. */
static uint64_t waiting_for(const struct sink_counts *sink)
{
	return sink->is_gone ? 0 : sink->waiting;
}

static void put_sink_items(struct page *page, const struct sink_summary *summary)
{
	static const char *const results[] = { "delivered", "dropped", "failed" };

	begin_family(page, COUNTER, "sink_items",
		     "Items of each output (-o, -w, --to), by what became of them.");
	for (size_t i = 0; i < summary->output_count; i++) {
		const struct sink_counts *sink = &summary->outputs[i];
		const uint64_t values[] = { sink->delivered, sink->dropped - waiting_for(sink),
					    sink->failed };

		for (size_t result = 0; result < ARRAY_SIZE(results); result++) {
			add_sink(page, i + 1, sink);
			add_label(page, ',', "result", results[result]);
			strbuf_add_text(page->buf, "}");
			add_value(page, values[result]);
			end_sample(page);
		}
	}
}

static void put_sink_states(struct page *page, const struct sink_summary *summary)
{
	begin_family(page, GAUGE, "sink_queue_items", "Items that wait in the queue of an output.");
	for (size_t i = 0; i < summary->output_count; i++) {
		add_sink(page, i + 1, &summary->outputs[i]);
		strbuf_add_text(page->buf, "}");
		add_value(page, waiting_for(&summary->outputs[i]));
		end_sample(page);
	}
	begin_family(page, GAUGE, "sink_reader_gone", "1: the reader of an output has exited.");
	for (size_t i = 0; i < summary->output_count; i++) {
		add_sink(page, i + 1, &summary->outputs[i]);
		strbuf_add_text(page->buf, "}");
		add_value(page, summary->outputs[i].is_gone);
		end_sample(page);
	}
}

static void put_hooks(struct page *page, const struct metrics *metrics)
{
	if (!metrics->hook_count)
		return;
	begin_family(page, INFO, "hook",
		     "Each hook, and whether it is ok, degraded or missing (sigpath check).");
	for (size_t i = 0; i < metrics->hook_count; i++) {
		begin_sample(page);
		add_label(page, '{', "hook", metrics->hooks[i].name);
		add_label(page, ',', "state", word_ability_state(metrics->hooks[i].state));
		strbuf_add_text(page->buf, "}");
		add_value(page, 1);
		end_sample(page);
	}
}

static void put_time(struct page *page, const char *name, const char *help, struct timespec time)
{
	begin_family(page, GAUGE, name, help);
	begin_sample(page);
	add_seconds(page, time);
	end_sample(page);
}

static void put_run(struct page *page, const struct metrics *metrics, const struct counts *counts,
		    const struct metrics_numbers *numbers)
{
	begin_family(page, INFO, "build", "The version of sigpath.");
	put_labelled(page, "version", SIGPATH_VERSION, 1);
	begin_family(page, GAUGE, "running", "1: it runs; 0: the run is over.");
	put_number(page, !counts->is_over);
	put_time(page, "start_time_seconds", "When the run began, as a Unix time.", metrics->start);
	if (counts->last.tv_sec)
		put_time(page, "last_incident_time_seconds",
			 "When the last incident happened, as a Unix time.", counts->last);
	begin_family(page, GAUGE, "queue_records", "Records that wait for the worker.");
	put_number(page, numbers->waiting);
}

void metrics_render(struct metrics *metrics, enum metrics_format format, struct strbuf *buf)
{
	struct page page = { .buf = buf, .format = format };
	struct {
		struct counts counts;
		struct units_table units;
		struct metrics_numbers numbers;
	} *now = calloc(1, sizeof(*now));

	if (!now) {
		buf->failed = true;
		return;
	}
	/* The worker waits for this lock: a copy, and nothing else. */
	pthread_mutex_lock(&metrics->lock);
	now->counts = metrics->counts;
	if (metrics->options.by_unit)
		now->units = metrics->units;
	pthread_mutex_unlock(&metrics->lock);
	metrics->options.read(metrics->options.context, &now->numbers);

	put_run(&page, metrics, &now->counts, &now->numbers);
	put_hooks(&page, metrics);
	for (int family = 0; family < FAMILY_COUNT; family++)
		put_family(&page, metrics, &now->counts, (enum family)family);
	if (metrics->options.by_unit)
		put_units(&page, &now->units);
	put_losses(&page, &now->numbers);
	put_sink_items(&page, &now->numbers.summary);
	put_sink_states(&page, &now->numbers.summary);
	if (format == METRICS_OPENMETRICS)
		strbuf_add_text(buf, "# EOF\n");
	free(now);
}
