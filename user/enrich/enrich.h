/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the record could not hold: the command line of a process that is still there, the unit and
 * the container that its cgroup path names, the process at the other end. Each block is optional;
 * what stays unknown gets its reason in incident->missing.
 */
#pragma once

#include <stdbool.h>

#include "incident.h"

struct enrich_options {
	bool live; /* false in replay: this host's /proc says nothing about the record */
	const char *proc_root; /* "/proc"; tests point elsewhere */
};

void enrich(struct incident *incident, const struct enrich_options *options);
