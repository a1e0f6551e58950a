/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The judgement: from the facts of one incident to a cause with its evidence, and advice. Pure:
 * no /proc, no libbpf, no stdio; the same incident always gets the same explanation.
 */
#pragma once

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

#include "incident.h"

#define EXPLANATION_TIMELINE_MAX 8
#define EXPLANATION_ADVICE_MAX 3
#define EXPLANATION_NOTES_MAX 3
#define EXPLANATION_TEXT_MAX 512
#define EXPLANATION_GROUP_SIZE 13

struct timeline_entry {
	const char *what; /* static: "last_write", ... */
	uint64_t ago_ns;
	bool have_bytes;
	uint64_t bytes;
};

/* A rule of a runtime or of the system that decided this incident. */
struct note {
	const char *code; /* static; a section of docs/advice.md */
	char text[EXPLANATION_TEXT_MAX];
};

struct advice {
	const char *code; /* static, snake_case; stays the same for ever */
	const char *text; /* static; a section of docs/advice.md */
};

struct explanation {
	/* What incidents are grouped by: 12 hex digits, the same for the same program, call site
	 * and cause on every host. */
	char group[EXPLANATION_GROUP_SIZE];
	const char *code; /* static; documented in docs/causes.md */
	char text[EXPLANATION_TEXT_MAX];
	enum confidence confidence;
	char disposition[EXPLANATION_TEXT_MAX]; /* what the disposition meant here, one sentence */
	size_t timeline_count;
	struct timeline_entry timeline[EXPLANATION_TIMELINE_MAX]; /* oldest first */
	size_t note_count;
	struct note notes[EXPLANATION_NOTES_MAX];
	size_t advice_count;
	struct advice advice[EXPLANATION_ADVICE_MAX];
};

/* Explains INCIDENT; never fails: what fits no rule gets the code "unknown" and what was seen. */
void explain(const struct incident *incident, struct explanation *ret_explanation);
