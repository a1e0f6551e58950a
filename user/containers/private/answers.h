/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of the last containers, so that a storm does not read the disk. */
#pragma once

#include "state.h"

#define ANSWERS_SETS 128
#define ANSWERS_WAYS 4
/* After so long the disk is asked again: a container can be renamed. */
#define ANSWERS_NS (10 * 1000000000ull)

struct answers {
	struct answers_entry {
		struct state_question question;
		unsigned long long time_ns; /* 0: no entry */
		struct ev_names names;
	} sets[ANSWERS_SETS][ANSWERS_WAYS];
};

/* NULL: it is not there, or too old. */
const struct ev_names *answers_find(const struct answers *answers,
				    const struct state_question *question,
				    unsigned long long now_ns);
/*
 * Keeps NAMES, in the place of the oldest. What was found stays, and NAMES gets it, if the disk has
 * nothing any more: the container has ended.
 */
void answers_keep(struct answers *answers, const struct state_question *question,
		  unsigned long long now_ns, struct ev_names *names);
