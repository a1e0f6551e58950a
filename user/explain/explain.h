/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the cause of an incident with its evidence, and advice. It uses only its arguments (no
 * /proc, no libbpf, no stdio), so the same incident always gets the same explanation.
 */
#pragma once

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "classes.h"
#include "incident.h"

#define EXPLANATION_TIMELINE_MAX 8
#define EXPLANATION_ADVICE_MAX 4
#define EXPLANATION_NOTES_MAX 3
#define EXPLANATION_TEXT_MAX 512
#define EXPLANATION_GROUP_SIZE 13

struct timeline_entry {
	const char *what; /* static: "last_write", ... */
	uint64_t ago_ns;
	bool have_bytes;
	uint64_t bytes;
};

/* A rule of a runtime or of the system that had an effect on this incident. */
struct note {
	const char *code; /* static; a section of docs/advice.md */
	char text[EXPLANATION_TEXT_MAX];
};

struct advice {
	const char *code; /* static, snake_case; stays the same for ever */
	const char *text; /* static, or in the explanation; a section of docs/advice.md */
};

struct explanation {
	/*
	 * The fingerprint for grouping: 12 hex digits, the same for the same program, call site and
	 * cause on every host.
	 */
	char group[EXPLANATION_GROUP_SIZE];
	const char *code; /* static; documented in docs/causes.md */
	char text[EXPLANATION_TEXT_MAX];
	enum confidence confidence;
	enum incident_class class;
	enum severity severity;
	const char *class_text; /* static; NULL: the class says no more than the rest */
	char disposition[EXPLANATION_TEXT_MAX]; /* what the disposition meant here, one sentence */
	size_t timeline_count;
	struct timeline_entry timeline[EXPLANATION_TIMELINE_MAX]; /* oldest first */
	size_t note_count;
	struct note notes[EXPLANATION_NOTES_MAX];
	char death_advice[EXPLANATION_TEXT_MAX]; /* the text of the one about a death */
	char core_advice[EXPLANATION_TEXT_MAX];	 /* of the one about a core */
	size_t advice_count;
	struct advice advice[EXPLANATION_ADVICE_MAX];
};

/*
 * Explains INCIDENT. It never fails: if no rule matches, the code is "unknown" and the sentence
 * says what was seen.
 */
void explain(const struct incident *incident, struct explanation *ret_explanation);

/* Code INDEX of all causes; some come twice. NULL behind the last. */
const char *explain_code(size_t index);
