// SPDX-License-Identifier: GPL-2.0-or-later
#include "incident.h"

uint64_t incident_ago_ns(const struct incident *incident, uint64_t monotonic_ns)
{
	return monotonic_ns < incident->monotonic_ns ? incident->monotonic_ns - monotonic_ns : 0;
}
