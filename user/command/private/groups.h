/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last incident in full of each group that the kernel counts. Repeats refer to it. The table
 * has a fixed size; a new group may replace an old one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "classes.h"

struct group {
	uint64_t key;	 /* of the kernel's table; 0: the place is free */
	uint64_t number; /* of the incident */
	struct timespec time;
	bool wanted; /* by the filters, but for --class and --min-severity */
	/* Known once the incident is explained. Until then the name is empty and the class 0. */
	char name[13]; /* explanation.group */
	enum incident_class class;
	enum severity severity;
	bool left_out; /* by filter_selects() */
};

struct groups;

/* 0 or -ENOMEM. */
int groups_new(struct groups **ret_groups);
void groups_free(struct groups *groups);

/* Stores GROUP as the last one of its key. A key of 0 means none. */
void groups_note(struct groups *groups, const struct group *group);
/* The incident GROUP.number was explained. Stores GROUP if that is still the last one of its key. */
void groups_explain(struct groups *groups, const struct group *group);
/* NULL: the group is not known, or KEY is 0. */
const struct group *groups_find(const struct groups *groups, uint64_t key);
