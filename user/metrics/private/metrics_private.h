/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the metrics: the counters, which metrics.c counts and render.c prints. */
#pragma once

#include <pthread.h>
#include <time.h>

#include "metrics.h"
#include "units_table.h"

/* The most values of one label: the causes are the longest list. */
#define VALUES_MAX 128
#define HOOKS_MAX 32

/* Counters with one label. */
enum family {
	FAMILY_INCIDENTS_CLASS,
	FAMILY_INCIDENTS_SEVERITY,
	FAMILY_INCIDENTS_OUTCOME,
	FAMILY_INCIDENTS_CAUSE,
	FAMILY_INCIDENTS_OBJECT,
	FAMILY_REPEATS_CLASS,
	FAMILY_REPEATS_OUTCOME,
	FAMILY_COUNT,
};

/* A counter, and the last incident that it counted: the exemplar. */
struct counter {
	uint64_t count;
	char id[32]; /* empty: none */
	struct timespec time;
};

struct counts {
	struct counter counters[FAMILY_COUNT][VALUES_MAX];
	struct timespec last; /* of the last incident, CLOCK_REALTIME; 0: none */
	bool is_over;
};

struct hook {
	const char *name; /* static */
	enum ability_state state;
};

struct metrics {
	struct metrics_options options;
	struct timespec start; /* CLOCK_REALTIME */
	size_t cause_count;
	const char *causes[VALUES_MAX]; /* static */
	size_t hook_count;
	struct hook hooks[HOOKS_MAX];
	pthread_mutex_t lock; /* for what follows */
	struct counts counts;
	struct units_table units; /* with options.by_unit */
};

/* Value INDEX of the label of FAMILY; NULL: it is not used; VALUES_MAX is behind the last. */
const char *family_value(const struct metrics *metrics, enum family family, size_t index);
