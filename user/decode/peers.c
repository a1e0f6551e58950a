// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that may have been at the other end of the object, with the evidence for each. */
#include <string.h>

#include "decode_private.h"

static void add(struct incident *incident, const struct peer_candidate *candidate)
{
	if (incident->candidate_count < INCIDENT_CANDIDATES_MAX)
		incident->candidates[incident->candidate_count++] = *candidate;
}

static enum peer_how how_of(uint32_t flags)
{
	if (flags & EV_CLOSER_SHUTDOWN)
		return PEER_HOW_SHUT_DOWN;
	if (flags & EV_CLOSER_DISCONNECTED)
		return PEER_HOW_DISCONNECTED;
	if (flags & EV_CLOSER_UNACCEPTED)
		return PEER_HOW_CLOSED_LISTENER;
	return flags & EV_CLOSER_EXITED ? PEER_HOW_CLOSED_BY_EXIT : PEER_HOW_CLOSED;
}

void candidate_of_closer(struct incident *incident, const struct ev_closer *closer,
			 enum ev_number number)
{
	struct peer_candidate candidate = {
		.how = how_of(closer->flags),
		.pid = closer->pid,
		.tid = closer->tid,
		.pid_here = incident_here(incident, number),
		.tid_here = incident_here(incident, number + 1),
		.flags = closer->flags,
		.time_ns = closer->time_ns,
		.start_boot_ns = closer->start_boot_ns,
		.have_exit = closer->flags & EV_CLOSER_EXITED,
		.exit_status = closer->exit_code,
	};

	if (!closer->pid)
		return;
	memcpy(candidate.comm, closer->comm, EV_COMM_LEN);
	add(incident, &candidate);
}

void decode_reader(const struct ev_exit *reader, struct incident *incident)
{
	struct peer_candidate candidate = {
		.how = PEER_HOW_STARTED_WITH,
		.pid = reader->pid,
		.pid_here = { incident->numbers.pid_ns, reader->pid_here },
		/* No hook saw which of its threads closed the end. */
		.time_ns = reader->time_ns,
		.start_boot_ns = reader->start_boot_ns,
		.have_exit = true,
		.exit_status = reader->status,
	};

	memcpy(candidate.comm, reader->comm, EV_COMM_LEN);
	add(incident, &candidate);
}
