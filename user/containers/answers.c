// SPDX-License-Identifier: GPL-2.0-or-later
#include "answers.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* FNV-1a. Who could choose ids only drives out answers. */
static size_t set_of(const struct state_question *question)
{
	const char *const texts[] = { question->id, question->uid };
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < 2; i++)
		for (const char *at = texts[i]; *at; at++)
			hash = (hash ^ (unsigned char)*at) * 16777619u;
	return hash % ANSWERS_SETS;
}

static bool is_of(const struct answers_entry *entry, const struct state_question *question)
{
	return entry->time_ns && !strcmp(entry->question.id, question->id) &&
	       !strcmp(entry->question.uid, question->uid) &&
	       entry->question.runtime == question->runtime;
}

const struct ev_names *answers_find(const struct answers *answers,
				    const struct state_question *question,
				    unsigned long long now_ns)
{
	const struct answers_entry *set = answers->sets[set_of(question)];

	for (size_t i = 0; i < ANSWERS_WAYS; i++)
		if (is_of(&set[i], question) && now_ns - set[i].time_ns < ANSWERS_NS)
			return &set[i].names;
	return NULL;
}

/* The disk has forgotten it. */
static void keep_what_was_found(const struct ev_names *old, struct ev_names *names)
{
	if (old->container_state == EV_NAMES_FOUND &&
	    (names->container_state == EV_NAMES_NONE || names->container_state == EV_NAMES_LATE)) {
		names->container_state = old->container_state;
		memcpy(names->container, old->container, sizeof(names->container));
	}
	if (old->pod_state == EV_NAMES_FOUND &&
	    (names->pod_state == EV_NAMES_NONE || names->pod_state == EV_NAMES_LATE)) {
		names->pod_state = old->pod_state;
		memcpy(names->pod, old->pod, sizeof(names->pod));
		memcpy(names->pod_namespace, old->pod_namespace, sizeof(names->pod_namespace));
	}
	if (!names->runtime)
		names->runtime = old->runtime;
}

void answers_keep(struct answers *answers, const struct state_question *question,
		  unsigned long long now_ns, struct ev_names *names)
{
	struct answers_entry *set = answers->sets[set_of(question)], *entry = set;

	for (size_t i = 0; i < ANSWERS_WAYS; i++) {
		if (is_of(&set[i], question)) {
			entry = &set[i];
			keep_what_was_found(&entry->names, names);
			break;
		}
		if (set[i].time_ns < entry->time_ns)
			entry = &set[i];
	}
	entry->question = *question;
	entry->time_ns = now_ns;
	entry->names = *names;
}
