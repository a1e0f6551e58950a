// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which process was at the other end? A name is an accusation, so only a process is named that was
 * seen closing this very end, or that alone was started with it. decode and the histories add the
 * candidates; only this file decides. sk_peer_pid of a unix socket is no evidence: it is the
 * process that connected, listened or made the pair, and the fd may have been passed on since then,
 * by fork() or SCM_RIGHTS.
 */
#include "blocks.h"

#include <string.h>
#include <sys/socket.h>

#include "own_end.h"
#include "units.h"

static bool is_pipe(const struct incident *incident)
{
	return incident->object.type == EV_OBJECT_PIPE || incident->object.type == EV_OBJECT_FIFO;
}

/* Why the hooks on releases, or what stands in for them, have not shown who closed the end. */
static enum missing_reason why_unseen(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;
	bool shut_down = incident->object.type == EV_OBJECT_UNIX &&
			 !(incident->object.unix_.flags & EV_UNIX_PEER_DEAD);
	uint32_t wanted = shut_down ? EV_WATCHED_SHUTDOWNS : EV_WATCHED_RELEASES;

	if (history->peer.flags & EV_CLOSER_KERNEL)
		return WHY_CLOSED_BY_KERNEL;
	if (!history->watched_since_ns)
		return WHY_NOT_WATCHED_ENDS;
	return history->watched & wanted ? WHY_CLOSED_BEFORE_START : WHY_CLOSE_NOT_SEEN;
}

static enum missing_reason why_no_closer(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;

	if (history->peer.flags & EV_CLOSER_KERNEL)
		return WHY_CLOSED_BY_KERNEL;
	if (history->peer_shutdown.time_ns)
		return WHY_ONLY_HALF_CLOSED;
	return history->watched_since_ns ? WHY_REMOTE : WHY_NOT_WATCHED_ENDS;
}

/* Why no process is known at the other end. */
static enum missing_reason why_nobody(const struct incident *incident)
{
	switch (incident->object.type) {
	case EV_OBJECT_UNIX:
	case EV_OBJECT_PIPE:
	case EV_OBJECT_FIFO:
		return why_unseen(incident);
	case EV_OBJECT_TCP:
		return why_no_closer(incident);
	case EV_OBJECT_MPTCP:
	case EV_OBJECT_SCTP:
	case EV_OBJECT_VSOCK:
	case EV_OBJECT_SOCKET:
		return WHY_TYPE_NOT_WATCHED;
	case EV_OBJECT_FILE:
		return WHY_NO_OTHER_END;
	case EV_OBJECT_NONE:
		break;
	}
	/* Without a failed write there is no other end, so nothing is missing. */
	return incident->subject == EV_SUBJECT_WRITE ? WHY_OBJECT_UNKNOWN : WHY_NONE;
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

		/* tcp: it went on reading, so the write did not fail because of it. */
		if (candidate->flags & EV_CLOSER_HALF)
			continue;
		if (!best || candidate->how < best->how)
			best = candidate;
	}
	/* A process that is named by a rule may only be one that could read the pipe. */
	return best && best->how == PEER_HOW_STARTED_WITH && !is_pipe(incident) ? NULL : best;
}

static struct timespec start_of(const struct incident *incident, uint64_t start_boot_ns)
{
	/* The clocks of the incident: its own process has the same two times. */
	const struct incident_process *process = &incident->process;
	int64_t ns = (int64_t)(start_boot_ns - process->start_boot_ns);
	int64_t seconds = ns / (int64_t)NSEC_PER_SEC, rest = ns % (int64_t)NSEC_PER_SEC;
	struct timespec start = { process->start.tv_sec + seconds, process->start.tv_nsec + rest };

	if (start.tv_nsec < 0) {
		start.tv_sec--;
		start.tv_nsec += (long)NSEC_PER_SEC;
	} else if (start.tv_nsec >= (long)NSEC_PER_SEC) {
		start.tv_sec++;
		start.tv_nsec -= (long)NSEC_PER_SEC;
	}
	return start;
}

void enrich_peer(struct incident *incident)
{
	const struct peer_candidate *best = best_of(incident);
	struct incident_peer_process *peer = &incident->peer;
	enum missing_reason own = own_end_reason(incident);

	if (!best || own) {
		incident_note_missing(incident, MISSING_PEER, own ?: why_nobody(incident));
		return;
	}
	*peer = (struct incident_peer_process){
		.have = true,
		.pid = best->pid,
		.tid = best->tid,
		.pid_here = best->pid_here,
		.tid_here = best->tid_here,
		.flags = best->flags,
		.start_boot_ns = best->start_boot_ns,
		.have_comm = best->comm[0],
		.how = best->how,
		.confidence = best->how == PEER_HOW_STARTED_WITH ? CONFIDENCE_LIKELY
								 : CONFIDENCE_CERTAIN,
		.have_ago = best->time_ns && best->time_ns <= incident->monotonic_ns,
		.ago_ns = incident_ago_ns(incident, best->time_ns),
		.have_exit = best->have_exit,
		.exit_status = best->exit_status,
	};
	if (best->start_boot_ns)
		peer->start = start_of(incident, best->start_boot_ns);
	memcpy(peer->comm, best->comm, sizeof(peer->comm));
	peer_detail_apply(incident);
}

const struct peer_candidate *enrich_peer_foresee(const struct incident *incident)
{
	const struct peer_candidate *best = best_of(incident);

	return best && best->start_boot_ns && !own_end_reason(incident) ? best : NULL;
}
