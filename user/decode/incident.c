/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of what is unknown, with reasons. */
#include <string.h>

#include "incident.h"

uint64_t incident_ago_ns(const struct incident *incident, uint64_t monotonic_ns)
{
	return monotonic_ns < incident->monotonic_ns ? incident->monotonic_ns - monotonic_ns : 0;
}

void incident_note_missing(struct incident *incident, const char *field, const char *reason)
{
	if (incident->missing_count == INCIDENT_MISSING_MAX ||
	    incident_why_missing(incident, field))
		return;
	incident->missing[incident->missing_count++] =
		(struct incident_missing){ .field = field, .reason = reason };
}

const char *incident_why_missing(const struct incident *incident, const char *field)
{
	for (size_t i = 0; i < incident->missing_count; i++)
		if (!strcmp(incident->missing[i].field, field))
			return incident->missing[i].reason;
	return NULL;
}

void incident_clear_missing(struct incident *incident, const char *field)
{
	for (size_t i = 0; i < incident->missing_count; i++) {
		if (strcmp(incident->missing[i].field, field))
			continue;
		incident->missing_count--;
		memmove(&incident->missing[i], &incident->missing[i + 1],
			(incident->missing_count - i) * sizeof(incident->missing[0]));
		return;
	}
}
