/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What works on a system, and what the user loses where something does not: the lines of `sigpath
 * check`, and in the first line of a run those of its hooks.
 */
#pragma once

#include <stddef.h>

struct json_writer;

#define ABILITIES_MAX 40

enum ability_state {
	ABILITY_OK,
	ABILITY_DEGRADED, /* works with restrictions; `lost` describes them */
	ABILITY_MISSING,
};

struct ability {
	const char *name; /* static: the key in JSON */
	enum ability_state state;
	char detail[192];   /* how it works here, or why not */
	const char *lost;   /* static: what the user loses; NULL: nothing */
	const char *remedy; /* static: how to get rid of that; NULL: nothing is lost */
};

struct abilities {
	size_t count;
	struct ability list[ABILITIES_MAX];
};

/* In both the detail is made by FORMAT. What does not fit into the list is left out. */
/* It works, and nothing is lost. */
__attribute__((format(printf, 3, 4))) void ability_add(struct abilities *abilities,
						       const char *name, const char *format, ...);
/* Something is lost: both texts are needed. */
__attribute__((format(printf, 6, 7))) void
ability_add_limit(struct abilities *abilities, const char *name, enum ability_state state,
		  const char *lost, const char *remedy, const char *format, ...);
/* The key `abilities` of an object: in both lines. */
void abilities_put_json(struct json_writer *json, const struct abilities *abilities);
