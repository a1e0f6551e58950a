// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which process was at the other end? Hooks see it close, and the list of exited processes has
 * readers of pipes; decode adds these candidates. Otherwise only AF_UNIX sockets have a process,
 * and it is not certain: sk_peer_pid is the process that connected, listened or made the pair, and
 * the fd may have been passed to another process since then, by fork() or SCM_RIGHTS. Only this
 * file decides.
 */
#include "blocks.h"

#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "procdir.h"

/*
 * /proc has the start time in CLOCK_BOOTTIME, the record its time in CLOCK_MONOTONIC. A suspend
 * between the incident and now only makes the test less strict.
 */
static bool started_after(const struct procdir_stat *stat, uint64_t monotonic_ns)
{
	uint64_t suspended = clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC);

	return stat->start_boot_ns > monotonic_ns + suspended;
}

/* WHY_NONE if the name was found, else the reason why not. */
static enum missing_reason find_comm(const struct incident *incident,
				     const struct enrich_options *options,
				     struct peer_candidate *candidate)
{
	cleanup(cleanup_close) int dir = -1;
	struct procdir_stat stat;

	if (incident->object.unix_.flags & EV_UNIX_PEER_PID_GONE)
		return WHY_PROCESS_GONE;
	if (!options->live)
		return WHY_NOT_RECORDED;
	if (procdir_open(options->proc_root, candidate->pid, &dir) ||
	    procdir_read_stat(dir, &stat) || started_after(&stat, incident->monotonic_ns))
		return WHY_PROCESS_GONE;
	memcpy(candidate->comm, stat.comm, strnlen(stat.comm, EV_COMM_LEN - 1));
	candidate->start_boot_ns = stat.start_boot_ns;
	return WHY_NONE;
}

/* Why the socket has no recorded process. WHY_NONE: it has one. */
static enum missing_reason why_none_recorded(const struct incident *incident)
{
	uint32_t pid = incident->object.unix_.peer_pid;

	if (!pid)
		return WHY_NO_PEER_RECORDED;
	/*
	 * Both ends of a socketpair() have its creator as the recorded process, whichever process
	 * holds the other end now.
	 */
	return pid == incident->process.pid ? WHY_SOCKETPAIR_OF_OWN : WHY_NONE;
}

void peer_enrich(struct incident *incident, const struct enrich_options *options)
{
	struct peer_candidate candidate = {
		.how = PEER_HOW_RECORDED,
		.pid = incident->object.unix_.peer_pid,
	};

	if (incident->object.type != EV_OBJECT_UNIX || why_none_recorded(incident) ||
	    incident->candidate_count == INCIDENT_CANDIDATES_MAX)
		return;
	incident_note_missing(incident, MISSING_PEER_COMM,
			      find_comm(incident, options, &candidate));
	incident->candidates[incident->candidate_count++] = candidate;
}

/* Why no process is known at the other end. */
static enum missing_reason why_nobody(const struct incident *incident)
{
	switch (incident->object.type) {
	case EV_OBJECT_UNIX:
		return why_none_recorded(incident);
	case EV_OBJECT_PIPE:
	case EV_OBJECT_FIFO:
		return WHY_PIPE_KEEPS_NO_READER;
	case EV_OBJECT_TCP:
	case EV_OBJECT_MPTCP:
	case EV_OBJECT_SCTP:
	case EV_OBJECT_VSOCK:
	case EV_OBJECT_SOCKET:
		return WHY_REMOTE;
	case EV_OBJECT_FILE:
		return WHY_NO_OTHER_END;
	case EV_OBJECT_NONE:
		break;
	}
	/* Without a failed write there is no other end, so nothing is missing. */
	return incident->subject == EV_SUBJECT_WRITE ? WHY_OBJECT_UNKNOWN : WHY_NONE;
}

/* It closed an earlier connection between the same addresses. */
static bool is_of_another_connection(const struct incident *incident,
				     const struct peer_candidate *candidate)
{
	return candidate->time_ns && candidate->time_ns < incident->object.history.connected_ns;
}

/*
 * enum peer_how is sorted by evidence, best first. If the evidence is equal, the first candidate is
 * taken.
 */
static const struct peer_candidate *best_of(const struct incident *incident)
{
	const struct peer_candidate *best = NULL;

	for (size_t i = 0; i < incident->candidate_count; i++) {
		const struct peer_candidate *candidate = &incident->candidates[i];

		if (!is_of_another_connection(incident, candidate) &&
		    (!best || candidate->how < best->how))
			best = candidate;
	}
	return best;
}

static bool is_certain(enum peer_how how)
{
	return how == PEER_HOW_CLOSED || how == PEER_HOW_CLOSED_BY_EXIT ||
	       how == PEER_HOW_SHUT_DOWN;
}

void enrich_peer(struct incident *incident)
{
	const struct peer_candidate *best = best_of(incident);
	struct incident_peer_process *peer = &incident->peer;

	if (!best) {
		incident_note_missing(incident, MISSING_PEER, why_nobody(incident));
		return;
	}
	*peer = (struct incident_peer_process){
		.have = true,
		.pid = best->pid,
		.tid = best->tid,
		.have_comm = best->comm[0],
		.how = best->how,
		.confidence = is_certain(best->how) ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY,
		.have_ago = best->time_ns && best->time_ns <= incident->monotonic_ns,
		.ago_ns = incident_ago_ns(incident, best->time_ns),
		.have_exit = best->have_exit,
		.exit_status = best->exit_status,
	};
	memcpy(peer->comm, best->comm, sizeof(peer->comm));
	if (peer->have_comm)
		incident_set_missing(incident, MISSING_PEER_COMM, WHY_NONE);
}
