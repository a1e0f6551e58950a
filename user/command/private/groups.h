/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last incident in full of each group that the kernel counts. Repeats refer to it. The table
 * has a fixed size; a new group may replace an old one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct group {
	uint64_t key;	 /* of the kernel's table; 0: the place is free */
	uint64_t number; /* of the incident */
	struct timespec time;
	bool wanted;   /* by the filters */
	char name[13]; /* explanation.group; empty until the incident is explained */
};

struct groups;

/* 0 or -ENOMEM. */
int groups_new(struct groups **ret_groups);
void groups_free(struct groups *groups);

/* Stores GROUP as the last one of its key. A key of 0 means none. */
void groups_note(struct groups *groups, const struct group *group);
/* The incident GROUP.number was explained: its group has a NAME, and is wanted or not. */
void groups_name(struct groups *groups, const struct group *group, const char *name);
/* NULL: the group is not known, or KEY is 0. */
const struct group *groups_find(const struct groups *groups, uint64_t key);
