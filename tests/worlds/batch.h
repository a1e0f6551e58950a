/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Some worlds beside one run of sigpath. */
#pragma once

#include "crew.h"
#include "tally.h"

#define BATCH_MAX 2000

struct settings {
	const char *sigpath, *only;
	uint64_t seed;
	unsigned int count, jobs, batch;
	bool keep, verbose;
};

struct batch {
	uint64_t seeds[BATCH_MAX];
	char *truths[BATCH_MAX]; /* what each world told; NULL: nothing */
	int count;
};

/* The next worlds from *SEED on, at most LEFT. */
void batch_fill(struct batch *batch, const struct settings *settings, uint64_t *seed,
		unsigned int left);
/* Plays and judges them. False: the run cannot go on. */
bool batch_run(struct batch *batch, const struct settings *settings, struct crew *crew,
	       struct tally *tally);
/* KIND is the kind of PLAN, or the first word of it. */
bool batch_kind_matches(const struct plan *plan, const char *kind);
