/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts of incidents for Prometheus. The worker counts, other threads render. Nothing waits in a
 * queue, so this is no sink. Every set of label values is closed, so the number of time series has
 * a limit, whatever the traced processes do.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ability.h"
#include "explain.h"
#include "incident.h"
#include "sink.h"
#include "strbuf.h"

/* Units with a series of their own (--metrics-label unit). Those that come later are "other". */
#define METRICS_UNITS_MAX 100
/* Of these: units whose names are chosen by users, or in containers. */
#define METRICS_UNITS_OF_USERS_MAX 25

struct metrics;

/* The formats of Prometheus and of OpenMetrics. Only the second has exemplars. */
enum metrics_format { METRICS_TEXT, METRICS_OPENMETRICS };

/* The numbers that are counted elsewhere. */
struct metrics_numbers {
	struct sink_summary summary; /* with `outputs` */
	uint64_t waiting;	     /* records that the worker has not finished */
};

/* Fills RET_NUMBERS in, at each rendering. Any thread. */
typedef void metrics_read_fn(void *context, struct metrics_numbers *ret_numbers);

struct metrics_options {
	bool by_unit;
	metrics_read_fn *read;
	void *context;
};

/* 0 or -ENOMEM. The caller calls metrics_free(). */
int metrics_new(const struct metrics_options *options, struct metrics **ret_metrics);
/* NULL is allowed. */
void metrics_free(struct metrics *metrics);

/* The hooks of the run, before other threads render. A replay has none. */
void metrics_note_hooks(struct metrics *metrics, const struct abilities *hooks);
/* One thread calls these. METRICS may be NULL: nobody asked for it. */
void metrics_count_incident(struct metrics *metrics, const struct incident *incident,
			    const struct explanation *explanation);
void metrics_count_repeat(struct metrics *metrics, const struct sink_repeat *repeat);
/* The run is over: what is rendered from now on says so. Any thread. */
void metrics_note_end(struct metrics *metrics);

/* Adds all metrics to BUF. If memory runs out, BUF->failed is set. Any thread. */
void metrics_render(struct metrics *metrics, enum metrics_format format, struct strbuf *buf);
