/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last whole incident of each group that the kernel counts: what repeats are tied to. Of a
 * fixed size; a later group may take the place of an earlier one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct group {
	uint64_t key;	 /* of the kernel's table; 0: the place is free */
	uint64_t number; /* of the incident */
	struct timespec time;
	bool wanted;   /* by the filters of a replay */
	char name[13]; /* explanation.group; empty until the incident is explained */
};

struct groups;

/* 0 or -ENOMEM. */
int groups_new(struct groups **ret_groups);
void groups_free(struct groups *groups);

/* GROUP is the last one of its key; a key of 0 is none. */
void groups_note(struct groups *groups, const struct group *group);
/* The incident NUMBER of the group KEY was explained. */
void groups_name(struct groups *groups, uint64_t key, uint64_t number, const char *name);
/* NULL: the group is not known, or KEY is 0. */
const struct group *groups_find(const struct groups *groups, uint64_t key);
