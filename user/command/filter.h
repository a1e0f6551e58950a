/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filters of a replay. In a trace the kernel side filters (bpf/core/filter.bpf.h); a capture
 * holds all that was recorded then.
 */
#pragma once

#include <stdbool.h>

#include "incident.h"
#include "options.h"

/*
 * Whether -p, -t, -u, --comm, --cgroup, -s, --object and --outcome all let INCIDENT pass. A cgroup
 * is compared by its path: its id may belong to another host. Reads nothing but its arguments.
 */
bool filter_wants(const struct options *options, const struct incident *incident);

/* Whether --outcome lets OUTCOME pass: all that is known of repeats whose incident is unknown. */
bool filter_wants_outcome(const struct options *options, enum ev_outcome outcome);
