/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filters of a replay. In a trace the kernel side filters (bpf/core/filter.bpf.h). A capture
 * has everything that was recorded.
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

/*
 * True if --outcome accepts OUTCOME. For repeats whose incident is unknown, only the outcome is
 * known.
 */
bool filter_wants_outcome(const struct options *options, enum ev_outcome outcome);

/*
 * True if --cause, --unit, --container, --pod, --peer and --peer-comm let INCIDENT pass, whose
 * cause has CODE. What an incident does not have is in no list. In a trace, too, only user space
 * filters by these.
 */
bool filter_selects(const struct options *options, const struct incident *incident,
		    const char *code);

/*
 * True if --class and --min-severity let incidents of CLASS and SEVERITY pass. In a trace, too,
 * only user space filters by these: the kernel side does not know them.
 */
bool filter_wants_class(const struct options *options, enum incident_class class,
			enum severity severity);
