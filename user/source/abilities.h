/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this kernel and these privileges allow: the lines of `sigpath check`. sigpath finds out by
 * trying.
 */
#pragma once

#include <stddef.h>

#define ABILITIES_MAX 40

enum ability_state {
	ABILITY_OK,
	ABILITY_DEGRADED, /* works with restrictions; `lost` describes them */
	ABILITY_MISSING,
};

struct ability {
	const char *name; /* static: the key in JSON */
	enum ability_state state;
	char detail[192]; /* how it works here, or why not */
	const char *lost; /* static: what the user loses; NULL: nothing */
};

struct abilities {
	size_t count;
	struct ability list[ABILITIES_MAX];
	int main_job_error; /* 0 if incidents can be traced, else -errno */
};

/* Loads and attaches everything, and detaches it again. */
void abilities_probe(struct abilities *ret_features);

const char *ability_state_name(enum ability_state state);
