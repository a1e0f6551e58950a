/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that a JIT compiler wrote for its code: /tmp/perf-PID.map. */
#pragma once

#include <stdio.h>

#include "deadline.h"

#define PERF_MAP_NAME_MAX 512

struct perf_map_hit {
	uint64_t address; /* asked for */
	uint64_t start;	  /* of the function; 0: not found */
	char name[PERF_MAP_NAME_MAX];
};

/*
 * Looks up all HITS in one pass over the first SIZE bytes of FILE. The last line that holds an
 * address wins, because code gets replaced.
 */
void perf_map_find(FILE *file, uint64_t size, const struct deadline *deadline,
		   struct perf_map_hit *hits, size_t count);
