// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why was the other end gone? The causes as one table: what each needs to see in the incident, how
 * sure it then is, and the sentence that tells it. No bytes of a traced process enter a sentence.
 * docs/causes.md has a section for every code.
 */
#include "rules.h"

#include <inttypes.h>

#include "causes.h"
#include "tcp_evidence.h"

static bool is_sent_by_process(const struct incident *incident)
{
	return incident->signal.origin == EV_ORIGIN_PROCESS;
}

static void tell_sent_by_process(const struct incident *incident, struct text *text)
{
	const struct incident_sender *sender = &incident->signal.sender;

	if (!sender->have)
		text_add(text, "a process sent the signal (si_code %d)", incident->signal.code);
	else if (sender->pid == incident->process.pid)
		text_add(text, "the process sent the signal to itself, thread %" PRIu32,
			 sender->tid);
	else
		text_add(text, "process %" PRIu32 " of uid %" PRIu32 " sent the signal",
			 sender->pid, sender->uid);
	if (sender->have && sender->have_syscall && sender->syscall)
		text_add(text, " with %s()", sender->syscall);
	if (incident->signal.number == SIGPIPE)
		text_add(text, "; no write failed");
}

static bool is_sent_by_kernel(const struct incident *incident)
{
	return !is_failed_write(incident);
}

static void tell_sent_by_kernel(const struct incident *incident, struct text *text)
{
	text_add(text, "the kernel sent the signal: ");
	disposition_tell_kernel_reason(&incident->signal, text);
}

#define READ_BEFORE_WRITE "watch for the peer's close before writing (read() returns 0, EPOLLRDHUP)"
#define CHECK_CONNECT \
	"check the result of connect() before writing (SO_ERROR on a non-blocking socket)"
#define FINISH_WRITES \
	"this program shut the socket down and wrote afterwards: write all, then shut down"
#define BOUND_SILENCE \
	"look at the path and the peer's host; TCP_USER_TIMEOUT bounds how long silence goes unnoticed"
#define PROBE_SOONER \
	"look at the path and the peer's host; a shorter TCP_KEEPIDLE keeps firewalls from forgetting"
#define FIND_DESTROYER "find who ran `ss -K` or destroys sockets here (an agent, a supervisor)"
#define AGREE_ON_THE_END \
	"a FIN does not tell how long the peer reads on: let the protocol say when all is received"

const struct rule rules[] = {
	/* Who sent it comes first: for these the object has nothing to do with the signal. */
	{ "sent_by_process", CONFIDENCE_CERTAIN, is_sent_by_process, tell_sent_by_process, NULL,
	  NULL },
	{ "sent_by_kernel", CONFIDENCE_CERTAIN, is_sent_by_kernel, tell_sent_by_kernel, NULL,
	  NULL },

	{ "reader_closed", CONFIDENCE_CERTAIN, pipe_has_no_reader, pipe_tell_reader_closed, NULL,
	  NULL },

	/* Rows L, A, M: the state decides, or for A who was seen. */
	{ "listening", CONFIDENCE_CERTAIN, tcp_is_listening, tcp_tell_listening, NULL,
	  "write to the socket that accept() returned, not to the listening one" },
	{ "local_shutdown", CONFIDENCE_CERTAIN, tcp_is_shut_down_locally,
	  tcp_tell_shut_down_locally, "last_packet", FINISH_WRITES },
	{ "not_plain_tcp", CONFIDENCE_LIKELY, tcp_is_open, tcp_tell_not_plain, "last_packet",
	  NULL },

	/* Rows H, I, J: CLOSE without a peer, each narrower than the next; before the rest, whose
	 * evidence means nothing on such a socket. */
	{ "never_connected", CONFIDENCE_CERTAIN, tcp_is_never_connected, tcp_tell_never_connected,
	  NULL, CHECK_CONNECT },
	{ "connect_failed", CONFIDENCE_CERTAIN, tcp_is_connect_undone, tcp_tell_connect_undone,
	  "connect_failed", CHECK_CONNECT },
	{ "disconnected", CONFIDENCE_CERTAIN, tcp_has_no_peer, tcp_tell_disconnected, NULL, NULL },

	/* What a hook has seen, or the kernel has returned, needs no reading of traces. K before G,
	 * for a connect() under way can be destroyed, too. */
	{ "destroyed", CONFIDENCE_CERTAIN, tcp_is_destroyed, tcp_tell_destroyed, "destroyed",
	  FIND_DESTROYER },
	{ "destroyed", CONFIDENCE_CERTAIN, tcp_is_told_destroyed, tcp_tell_destroyed, "last_packet",
	  FIND_DESTROYER },
	{ "connect_failed", CONFIDENCE_CERTAIN, tcp_is_connect_refused, tcp_tell_connect_refused,
	  "connect_failed", CHECK_CONNECT },
	{ "timeout", CONFIDENCE_CERTAIN, tcp_is_timed_out_surely, tcp_tell_timed_out, "gave_up",
	  BOUND_SILENCE },
	{ "keepalive_timeout", CONFIDENCE_CERTAIN, tcp_is_keepalive_timeout_surely,
	  tcp_tell_keepalive_timeout, "gave_up", PROBE_SOONER },
	{ "half_closed_then_reset", CONFIDENCE_CERTAIN, tcp_is_half_close_reset_surely,
	  tcp_tell_half_close_reset, "rst_received", AGREE_ON_THE_END },
	{ "half_closed_then_reset", CONFIDENCE_LIKELY, tcp_is_half_close_reset,
	  tcp_tell_half_close_reset, "rst_received", AGREE_ON_THE_END },
	{ "peer_closed_then_reset", CONFIDENCE_CERTAIN, tcp_is_reset_seen_after_fin,
	  tcp_tell_reset_after_fin, "rst_received", READ_BEFORE_WRITE },
	{ "reset_by_peer", CONFIDENCE_CERTAIN, tcp_is_reset_seen, tcp_tell_reset_seen,
	  "rst_received", NULL },

	/* Rows E, F before B, C, D: a timer's traces outrank the FIN, which may be an old one. */
	{ "timeout", CONFIDENCE_LIKELY, tcp_is_timed_out, tcp_tell_timed_out, "gave_up",
	  BOUND_SILENCE },
	{ "keepalive_timeout", CONFIDENCE_LIKELY, tcp_is_keepalive_timeout,
	  tcp_tell_keepalive_timeout, "gave_up", PROBE_SOONER },
	{ "destroyed", CONFIDENCE_LIKELY, tcp_is_destroyed_probably, tcp_tell_destroyed_probably,
	  "destroyed", FIND_DESTROYER },
	{ "peer_closed_then_reset", CONFIDENCE_CERTAIN, tcp_is_reset_after_fin_surely,
	  tcp_tell_reset_after_fin, "rst_received", READ_BEFORE_WRITE },
	{ "peer_closed_then_reset", CONFIDENCE_LIKELY, tcp_is_reset_after_fin,
	  tcp_tell_reset_after_fin, "rst_received", READ_BEFORE_WRITE },
	{ "closed_both_ways", CONFIDENCE_LIKELY, tcp_is_closed_both_ways, tcp_tell_closed_both_ways,
	  "last_packet", READ_BEFORE_WRITE },
	{ "reset_by_peer", CONFIDENCE_LIKELY, tcp_is_reset, tcp_tell_reset, "last_packet", NULL },

	/* A dead peer before the bits that its close marks too; a datagram's bits are its own. */
	{ "local_shutdown", CONFIDENCE_CERTAIN, unix_is_shut_down_locally,
	  unix_tell_shut_down_locally, NULL, FINISH_WRITES },
	{ "peer_closed", CONFIDENCE_CERTAIN, unix_is_peer_closed, unix_tell_peer_closed, NULL,
	  READ_BEFORE_WRITE },
	{ "peer_shut_down", CONFIDENCE_CERTAIN, unix_is_peer_shut_down, unix_tell_peer_shut_down,
	  NULL, NULL },
	{ "local_shutdown_or_peer", CONFIDENCE_LIKELY, unix_is_shut_down, unix_tell_shut_down, NULL,
	  NULL },

	{ "local_shutdown", CONFIDENCE_CERTAIN, mptcp_is_shut_down_locally,
	  mptcp_tell_shut_down_locally, NULL, FINISH_WRITES },
	{ "socket_shut_down", CONFIDENCE_CERTAIN, other_is_ended_by_peer, other_tell_ended_by_peer,
	  NULL, READ_BEFORE_WRITE },
	{ "socket_shut_down", CONFIDENCE_LIKELY, other_is_shut_down, other_tell_shut_down, NULL,
	  NULL },
	{ "unknown", CONFIDENCE_UNKNOWN, other_always, other_tell_unknown, "last_packet", NULL },
};

const size_t rules_count = sizeof(rules) / sizeof(rules[0]);

const struct rule *rules_match(const struct incident *incident)
{
	size_t i = 0;

	while (i < rules_count - 1 && !rules[i].matches(incident))
		i++;
	return &rules[i];
}
