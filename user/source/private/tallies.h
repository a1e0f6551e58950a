/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The results of one look at the kernel's counts, for each group of incidents: a table by the
 * group's number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "group.h"

struct tally {
	uint64_t group;		    /* 0: the place is free */
	uint64_t counted;	    /* all, as far as seen */
	uint64_t reported;	    /* reported ones among them */
	uint64_t first_ns, last_ns; /* of the ones not reported yet; CLOCK_MONOTONIC */
	struct ev_group_key key;
	bool is_dead;	/* its process has exited */
	bool is_recent; /* a CPU may still count it */
};

struct tallies {
	struct tally *places;
	size_t size; /* a power of two, or 0 */
	size_t count;
	bool is_full; /* there was no space for another group */
};

/* Space for GROUPS and half as many more. 0 or -ENOMEM. */
int tallies_init(struct tallies *tallies, size_t groups);
void tallies_free(struct tallies *tallies);

/*
 * Adds a tally for GROUP, which is not 0; the rest of it is zero. NULL if GROUP already has one or
 * if there is no space; in the second case is_full is set.
 */
struct tally *tallies_add(struct tallies *tallies, uint64_t group);

/* The tally of GROUP; NULL if there is none. */
struct tally *tallies_find(const struct tallies *tallies, uint64_t group);

/*
 * Goes through all tallies, in no order: NULL gives the first one; NULL comes after the last one.
 */
struct tally *tallies_next(const struct tallies *tallies, const struct tally *tally);
