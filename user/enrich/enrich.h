/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the record could not hold: the command line of a process that is still there, the unit and
 * the container that its cgroup path names, the process at the other end. Each block is optional;
 * what stays unknown gets its reason in incident->missing.
 */
#pragma once

#include <stdbool.h>

#include "incident.h"
#include "snapshot.h"

struct kallsyms;

struct enrich_options {
	bool live; /* false in replay: this host's /proc says nothing about the record */
	const char *proc_root;	   /* "/proc"; tests point elsewhere */
	struct kallsyms *kallsyms; /* the running kernel's; NULL in replay */
};

void enrich(struct incident *incident, const struct snapshot *snapshot,
	    const struct enrich_options *options);
/* What the names of its stack and of its handler tell: after these were found. */
void enrich_named(struct incident *incident, const struct snapshot *snapshot);
