/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "incident.h"

/*
 * The unit that a systemd made for CGROUP: the first component below its slices. BASE: the bytes of
 * the path that belong to the manager itself; 0 for that of the host. What a process can make in
 * its own part of the tree is below that, so it chooses no unit here. False: there is none, or the
 * start of the path is not known.
 */
bool cgroup_unit(const struct incident_path *cgroup, size_t base, char ret_unit[EV_NAME_MAX]);
/* And the process is in the cgroup of the unit itself, not below it. */
bool cgroup_is_unit_itself(const struct incident_path *cgroup, const char *unit);
