// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "classes.h"
#include "metrics_private.h"
#include "units.h"
#include "words.h"

/* Two tables of causes can have the same code. */
static void collect_causes(struct metrics *metrics)
{
	const char *code;

	for (size_t i = 0; (code = explain_code(i)); i++) {
		size_t known = 0;

		while (known < metrics->cause_count && strcmp(metrics->causes[known], code) != 0)
			known++;
		if (known == metrics->cause_count && known < VALUES_MAX)
			metrics->causes[metrics->cause_count++] = code;
	}
}

int metrics_new(const struct metrics_options *options, struct metrics **ret_metrics)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));

	if (!metrics)
		return -ENOMEM;
	metrics->options = *options;
	pthread_mutex_init(&metrics->lock, NULL);
	clock_gettime(CLOCK_REALTIME, &metrics->start);
	collect_causes(metrics);
	units_init(&metrics->units);
	*ret_metrics = metrics;
	return 0;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	pthread_mutex_destroy(&metrics->lock);
	free(metrics);
}

void metrics_note_hooks(struct metrics *metrics, const struct abilities *hooks)
{
	for (size_t i = 0; i < hooks->count && i < HOOKS_MAX; i++)
		metrics->hooks[metrics->hook_count++] =
			(struct hook){ hooks->list[i].name, hooks->list[i].state };
}

const char *family_value(const struct metrics *metrics, enum family family, size_t index)
{
	switch (family) {
	case FAMILY_INCIDENTS_CLASS:
		return class_name((enum incident_class)index);
	case FAMILY_REPEATS_CLASS:
		return index ? class_name((enum incident_class)index) : "unknown";
	case FAMILY_INCIDENTS_SEVERITY:
		return severity_name((enum severity)index);
	case FAMILY_INCIDENTS_OUTCOME:
	case FAMILY_REPEATS_OUTCOME:
		return word_outcome((enum ev_outcome)index);
	case FAMILY_INCIDENTS_CAUSE:
		return index < metrics->cause_count ? metrics->causes[index] : NULL;
	case FAMILY_INCIDENTS_OBJECT:
		return index ? word_object_type((enum ev_object_type)index) : "none";
	case FAMILY_COUNT:
		break;
	}
	return NULL;
}

static size_t cause_of(const struct metrics *metrics, const char *code)
{
	size_t index = 0;

	while (index < metrics->cause_count && strcmp(metrics->causes[index], code) != 0)
		index++;
	return index;
}

/* What has no name is not counted: a record may be hostile. */
static void count(struct metrics *metrics, enum family family, size_t index, uint64_t number,
		  const char *id, struct timespec time)
{
	struct counter *counter;
	size_t length;

	if (index >= VALUES_MAX || !family_value(metrics, family, index))
		return;
	counter = &metrics->counts.counters[family][index];
	counter->count += number;
	if (!id)
		return;
	length = strnlen(id, sizeof(counter->id) - 1);
	memcpy(counter->id, id, length);
	counter->id[length] = '\0';
	counter->time = time;
}

static bool is_before(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

static void count_unit(struct metrics *metrics, const struct incident *incident)
{
	struct unit_counters *unit = units_find(&metrics->units, incident->process.names.unit,
						&incident->process.cgroup);

	unit->incidents++;
	unit->deaths += incident->outcome == EV_OUTCOME_KILLED;
}

static void count_all(struct metrics *metrics, const struct incident *incident,
		      const struct explanation *explanation)
{
	const size_t indexes[] = {
		[FAMILY_INCIDENTS_CLASS] = explanation->class,
		[FAMILY_INCIDENTS_SEVERITY] = explanation->severity,
		[FAMILY_INCIDENTS_OUTCOME] = incident->outcome,
		[FAMILY_INCIDENTS_CAUSE] = cause_of(metrics, explanation->code),
		[FAMILY_INCIDENTS_OBJECT] = incident->object.type,
	};

	for (size_t family = 0; family < ARRAY_SIZE(indexes); family++)
		count(metrics, (enum family)family, indexes[family], 1, incident->id,
		      incident->time);
}

void metrics_count_incident(struct metrics *metrics, const struct incident *incident,
			    const struct explanation *explanation)
{
	if (!metrics)
		return;
	pthread_mutex_lock(&metrics->lock);
	count_all(metrics, incident, explanation);
	if (is_before(metrics->counts.last, incident->time))
		metrics->counts.last = incident->time;
	if (metrics->options.by_unit)
		count_unit(metrics, incident);
	pthread_mutex_unlock(&metrics->lock);
}

static void count_unit_repeats(struct metrics *metrics, const struct sink_repeat *repeat)
{
	const char *name = repeat->process ? repeat->process->unit : "";
	struct unit_counters *unit = units_find(&metrics->units, name, NULL);

	unit->repeats += repeat->count;
	if (repeat->outcome == EV_OUTCOME_KILLED)
		unit->deaths += repeat->count;
}

void metrics_count_repeat(struct metrics *metrics, const struct sink_repeat *repeat)
{
	if (!metrics)
		return;
	pthread_mutex_lock(&metrics->lock);
	count(metrics, FAMILY_REPEATS_CLASS, repeat->class, repeat->count, repeat->of,
	      repeat->of_time);
	count(metrics, FAMILY_REPEATS_OUTCOME, repeat->outcome, repeat->count, repeat->of,
	      repeat->of_time);
	if (is_before(metrics->counts.last, repeat->last))
		metrics->counts.last = repeat->last;
	if (metrics->options.by_unit)
		count_unit_repeats(metrics, repeat);
	pthread_mutex_unlock(&metrics->lock);
}

void metrics_note_end(struct metrics *metrics)
{
	pthread_mutex_lock(&metrics->lock);
	metrics->counts.is_over = true;
	pthread_mutex_unlock(&metrics->lock);
}
