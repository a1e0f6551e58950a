/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a run, and its verdict. */
#pragma once

#include "judge.h"

/* Shares of the goal. */
#define LIKELY_WRONG_AT_MOST 0.001
#define UNKNOWN_AT_MOST_BLIND 0.10 /* without hooks on closes */
#define UNKNOWN_AT_MOST 0.01

#define TALLY_ROWS_MAX 64

struct peer_row {
	const char *kind, *closer_end; /* static */
	bool knowable;
	unsigned int grades[GRADE_COUNT];
};

struct tally {
	struct sight sight;
	struct peer_row rows[TALLY_ROWS_MAX];
	int row_count;
	unsigned int fields[FIELD_COUNT][GRADE_COUNT];
	struct {
		const char *kind;
		unsigned int fields[FIELD_COUNT][GRADE_COUNT];
	} kinds[TALLY_ROWS_MAX];
	int kind_count;
	unsigned int worlds, skipped, broken, missing, duplicate, strays, lost;
	unsigned int named_likely, wrong_likely, wrong_certain, wrong_facts;
	unsigned int unknown, knowable;
};

void tally_add(struct tally *tally, const struct plan *plan, const struct judgement *judgement);
void tally_print(const struct tally *tally);
/* Prints what fails, and the counts. True: nothing does. */
bool tally_verdict(const struct tally *tally);
