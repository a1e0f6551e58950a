/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters of --metrics-label unit. Users choose names of units, and some name a connection or
 * a session. So instances are counted with their template, scopes together, and the number of names
 * has a limit, of which users can take only a part.
 */
#pragma once

#include "metrics.h"

struct unit_counters {
	char name[EV_NAME_MAX];
	uint64_t incidents, repeats;
	uint64_t deaths; /* of both */
};

/* Places that have no name of a unit. */
enum { UNIT_NONE, UNIT_SCOPE, UNIT_OTHER, UNIT_FIRST };

struct units_table {
	size_t count, count_of_users;
	struct unit_counters list[UNIT_FIRST + METRICS_UNITS_MAX];
};

void units_init(struct units_table *table);
/*
 * The counters of UNIT, of a process in CGROUP. CGROUP NULL: a name that is not counted yet gets no
 * place of its own.
 */
struct unit_counters *units_find(struct units_table *table, const char *unit,
				 const struct incident_path *cgroup);
