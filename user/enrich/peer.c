// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which process was at the other end? Only AF_UNIX sockets carry an answer, and not the whole one:
 * sk_peer_pid names who connected, listened or made the pair, and the descriptor may since have
 * gone to another process by fork() or SCM_RIGHTS.
 */
#include "blocks.h"

#include <string.h>

#include "cleanup.h"
#include "procdir.h"
#include "units.h"

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

/* /proc counts a start in CLOCK_BOOTTIME, the record its time in CLOCK_MONOTONIC; a suspend between
 * the incident and now only makes the answer milder. */
static bool started_after(const struct procdir_stat *stat, uint64_t monotonic_ns)
{
	uint64_t suspended = clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC);

	return stat->start_boot_ns > monotonic_ns + suspended;
}

/* WHY_NONE when the name was found, else why it was not. */
static enum missing_reason find_comm(struct incident *incident,
				     const struct enrich_options *options)
{
	struct incident_peer_process *peer = &incident->peer;
	cleanup(cleanup_close) int dir = -1;
	struct procdir_stat stat;
	size_t length;

	if (incident->object.unix_.flags & EV_UNIX_PEER_PID_GONE)
		return WHY_PROCESS_GONE;
	if (!options->live)
		return WHY_NOT_RECORDED;
	if (procdir_open(options->proc_root, peer->pid, &dir) || procdir_read_stat(dir, &stat) ||
	    started_after(&stat, incident->monotonic_ns))
		return WHY_PROCESS_GONE;
	length = strnlen(stat.comm, EV_COMM_LEN - 1);
	memcpy(peer->comm, stat.comm, length);
	peer->comm[length] = '\0';
	peer->have_comm = true;
	return WHY_NONE;
}

static void find_unix_peer(struct incident *incident, const struct enrich_options *options)
{
	struct incident_peer_process *peer = &incident->peer;
	uint32_t pid = incident->object.unix_.peer_pid;

	if (pid == 0) {
		incident_note_missing(incident, MISSING_PEER, WHY_NO_PEER_RECORDED);
		return;
	}
	/* The maker of a socketpair() is recorded at both ends, whoever holds the other one now. */
	if (pid == incident->process.pid) {
		incident_note_missing(incident, MISSING_PEER, WHY_SOCKETPAIR_OF_OWN);
		return;
	}
	peer->have = true;
	peer->pid = pid;
	peer->how = PEER_HOW_RECORDED;
	peer->confidence = CONFIDENCE_LIKELY;
	incident_note_missing(incident, MISSING_PEER_COMM, find_comm(incident, options));
}

void peer_enrich(struct incident *incident, const struct enrich_options *options)
{
	/* A hook has seen the end being closed: better than who made the connection. */
	if (incident->peer.have)
		return;
	switch (incident->object.type) {
	case EV_OBJECT_UNIX:
		find_unix_peer(incident, options);
		break;
	case EV_OBJECT_PIPE:
	case EV_OBJECT_FIFO:
		incident_note_missing(incident, MISSING_PEER, WHY_PIPE_KEEPS_NO_READER);
		break;
	case EV_OBJECT_TCP:
	case EV_OBJECT_MPTCP:
	case EV_OBJECT_SCTP:
	case EV_OBJECT_VSOCK:
	case EV_OBJECT_SOCKET:
		incident_note_missing(incident, MISSING_PEER, WHY_REMOTE);
		break;
	case EV_OBJECT_FILE:
		incident_note_missing(incident, MISSING_PEER, WHY_NO_OTHER_END);
		break;
	case EV_OBJECT_NONE:
		/* A signal that did not come from a write has no other end to be missed. */
		if (incident->object.status != EV_OBJECT_NOT_ASKED &&
		    incident->signal.origin != EV_ORIGIN_PROCESS)
			incident_note_missing(incident, MISSING_PEER, WHY_OBJECT_UNKNOWN);
		break;
	}
}
