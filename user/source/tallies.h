/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one look at the kernel's counts has found of each group of incidents: a table by the group's
 * number. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "group.h"

struct tally {
	uint64_t group;		    /* 0: the place is free */
	uint64_t counted;	    /* ever, as far as was seen */
	uint64_t reported;	    /* of them */
	uint64_t first_ns, last_ns; /* of those not reported; CLOCK_MONOTONIC */
	struct ev_group_key key;
	bool is_dead;	/* its process is gone */
	bool is_recent; /* a CPU may have more of it */
};

struct tallies {
	struct tally *places;
	size_t size; /* a power of two, or 0 */
	size_t count;
	bool is_full; /* there was no room for one more */
};

/* Room for GROUPS and half as many again. 0 or -ENOMEM. */
int tallies_init(struct tallies *tallies, size_t groups);
void tallies_free(struct tallies *tallies);

/*
 * The tally of GROUP, which is not 0: new, and all zero but for the group. NULL if it is there
 * already, or if there is no room, which is_full says from then on.
 */
struct tally *tallies_add(struct tallies *tallies, uint64_t group);

/* That of GROUP; NULL if there is none. */
struct tally *tallies_find(const struct tallies *tallies, uint64_t group);

/* One after the other, in no order: the first for NULL, NULL after the last. */
struct tally *tallies_next(const struct tallies *tallies, const struct tally *tally);
