// SPDX-License-Identifier: GPL-2.0-or-later
#include "incident.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "procdir.h"

uint64_t incident_ago_ns(const struct incident *incident, uint64_t monotonic_ns)
{
	return monotonic_ns < incident->monotonic_ns ? incident->monotonic_ns - monotonic_ns : 0;
}

bool incident_has_object(const struct incident *incident)
{
	return incident->subject == EV_SUBJECT_WRITE ||
	       (incident->subject == EV_SUBJECT_LIMIT && incident->signal.number == SIGXFSZ);
}

struct incident_here incident_here(const struct incident *incident, enum ev_number which)
{
	return (struct incident_here){ .differs = incident->numbers.pid_ns,
				       .number = incident->numbers.number[which] };
}

uint32_t incident_number_here(uint32_t number, struct incident_here here)
{
	return here.differs ? here.number : number;
}

uint32_t incident_number_in_proc(uint32_t number, struct incident_here here)
{
	return procdir_number(number, incident_number_here(number, here));
}

const char *incident_number_text(uint32_t number, struct incident_here here,
				 char text[INCIDENT_NUMBER_SIZE])
{
	uint32_t known = incident_number_here(number, here);

	if (known == number)
		snprintf(text, INCIDENT_NUMBER_SIZE, "%" PRIu32, number);
	else if (known)
		snprintf(text, INCIDENT_NUMBER_SIZE, "%" PRIu32 " (host:%" PRIu32 ")", known,
			 number);
	else
		snprintf(text, INCIDENT_NUMBER_SIZE, "host:%" PRIu32, number);
	return text;
}

bool incident_is_held_back(const struct incident *incident)
{
	return incident->outcome == EV_OUTCOME_PENDING || incident->outcome == EV_OUTCOME_TRACED;
}

bool incident_is_death(const struct incident *incident)
{
	return incident->outcome == EV_OUTCOME_KILLED && !incident->death.thread_alone &&
	       incident->subject != EV_SUBJECT_EXIT;
}
