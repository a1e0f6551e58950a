// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A failed write to a TCP socket: the sentences, with times and numbers, and the table of causes.
 * tcp_evidence.c reads the state of the socket.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "advice.h"
#include "own_end.h"
#include "rule.h"
#include "socket.h"
#include "tcp_evidence.h"
#include "words.h"

/*
 * Exact to a tick. If the answer shows that the write was not later, exact as the time of the
 * answer.
 */
static void add_write_age(struct text *text, const struct incident *incident)
{
	const struct incident_tcp *tcp = &incident->object.tcp;
	uint64_t ago_ns = tcp->last_send_ago_ns;
	enum duration_grain grain = DURATION_JIFFIES;

	if (ago_ns >= 10 * NSEC_PER_MSEC && tcp_last_write_ago_ns(incident) != ago_ns) {
		ago_ns = tcp_last_write_ago_ns(incident);
		grain = DURATION_FINE;
	}
	text_add_age(text, tcp->have_last_send, ago_ns, grain);
}

static void add_packet_age(struct text *text, const struct incident_tcp *tcp)
{
	text_add_age(text, tcp->have_last_packet, tcp->last_packet_ago_ns, DURATION_FINE);
}

/* The time of an event that a hook saw; nothing if no hook saw it. */
static void add_seen_age(struct text *text, const struct incident *incident, uint64_t seen_ns)
{
	text_add_age(text, seen_ns, incident_ago_ns(incident, seen_ns), DURATION_FINE);
}

/*
 * The time of the RST. It is exact to the microsecond in both cases, because the socket processes
 * nothing after it.
 */
static void add_reset_age(struct text *text, const struct incident *incident)
{
	if (tcp_saw_reset(incident))
		add_seen_age(text, incident, incident->object.history.reset_received_ns);
	else
		add_packet_age(text, &incident->object.tcp);
}

/* When the kernel itself ended the connection. */
static void add_end_age(struct text *text, const struct incident *incident)
{
	if (tcp_end_ns(incident))
		add_seen_age(text, incident, tcp_end_ns(incident));
	else
		add_packet_age(text, &incident->object.tcp);
}

/* sk_err_soft: the error that ICMP reported while the connection was still trying. */
static void add_soft_error(struct text *text, uint32_t error)
{
	static const struct {
		uint32_t error;
		const char *name;
	} names[] = {
		{ ENETUNREACH, "network unreachable" },
		{ EHOSTUNREACH, "host unreachable" },
		{ ECONNREFUSED, "port unreachable" },
		{ ENOPROTOOPT, "protocol unreachable" },
		{ EMSGSIZE, "packet too big" },
		{ EACCES, "administratively prohibited" },
		{ EPROTO, "a parameter of it was refused" },
		{ ENONET, "host isolated" },
		{ EHOSTDOWN, "host unknown" },
	};

	if (error == 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].error == error) {
			text_add(text, "; ICMP had reported: %s", names[i].name);
			return;
		}
	}
	text_add(text, "; the kernel had noted a soft error: errno %" PRIu32, error);
}

/*
 * The error that an earlier call returned. Only that call got it, because a socket forgets an error
 * after it has returned it.
 */
static void add_earlier_error(struct text *text, const struct incident_object *object)
{
	char number[WORD_SIZE];

	if (!object->have_earlier_error)
		return;
	text_add(text, "; an earlier call had returned %s",
		 word_errno(object->earlier_error, number));
	text_add_age(text, true, object->earlier_error_ago_ns, DURATION_FINE);
}

static void add_unacked(struct text *text, const struct incident *incident)
{
	if (!tcp_has_unacked(incident))
		return;
	text_add(text, "; ");
	text_add_bytes(text, incident->object.tcp.unacked_bytes);
	text_add(text, " had no ACK");
}

/* ETIMEDOUT is normal and not mentioned. Other errors come from ICMP or routing. */
static void add_end_error(struct text *text, const struct incident *incident)
{
	uint32_t error = tcp_end_error(incident);
	char number[WORD_SIZE];

	if (tcp_gave_up(incident) && error != ETIMEDOUT)
		text_add(text, " with %s", word_errno(error, number));
}

static void tell_listening(const struct incident *incident, struct text *text)
{
	text_add(text, "written to a listening socket, which carries no data");
}

static void add_who_shut_down(struct text *text, const struct incident *incident)
{
	const struct ev_closer *local = &incident->object.history.local;
	char pid[INCIDENT_NUMBER_SIZE], tid[INCIDENT_NUMBER_SIZE];

	if (!own_end_saw_shutdown(incident))
		return;
	incident_number_text(local->pid, incident_here(incident, EV_NUMBER_LOCAL), pid);
	incident_number_text(local->tid, incident_here(incident, EV_NUMBER_LOCAL + 1), tid);
	if (local->pid != incident->process.pid)
		text_add(text, "; process %s (thread %s) did it", pid, tid);
	else if (local->tid != incident->process.tid)
		text_add(text, "; thread %s of this process did it", tid);
	else
		text_add(text, "; this thread did it");
	add_seen_age(text, incident, local->time_ns);
}

static void tell_shut_down_locally(const struct incident *incident, struct text *text)
{
	socket_tell_shut_down_locally(incident, text);
	add_who_shut_down(text, incident);
	if (incident->object.socket_flags & EV_SOCKET_DONE)
		text_add(text, "; the peer had closed its side too");
}

static void tell_not_plain(const struct incident *incident, struct text *text)
{
	const char *ulp = incident->object.tcp.raw.ulp;
	size_t size = sizeof(incident->object.tcp.raw.ulp);

	text_add(text, "tcp itself is still open (");
	socket_add_state(incident, text);
	text_add(text, "); the layer above it refused the write: ");
	if (strncmp(ulp, "tls", size) == 0)
		text_add(text, "kernel TLS has aborted");
	else if (strncmp(ulp, "smc", size) == 0)
		text_add(text, "SMC has fallen back or was closed");
	else
		text_add(text, "a socket map (BPF), kernel TLS or SMC");
}

static void tell_never_connected(const struct incident *incident, struct text *text)
{
	text_add(text, "the socket was never connected");
}

static void tell_connect_undone(const struct incident *incident, struct text *text)
{
	text_add(text, "connect() had failed or was given up; the write came after that");
	add_soft_error(text, incident->object.error_soft);
}

static void tell_disconnected(const struct incident *incident, struct text *text)
{
	text_add(text, "the socket was connected once and then disconnected by this side "
		       "(connect() to AF_UNSPEC)");
}

static void tell_connect_refused(const struct incident *incident, struct text *text)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	text_add(text, "a non-blocking connect() failed");
	add_end_age(text, incident);
	add_end_error(text, incident);
	if (tcp_saw_reset(incident))
		text_add(text, ", refused by RST");
	else if (tcp->raw.retransmits > 0)
		text_add(text, " after its SYN was sent %u times without an answer",
			 tcp->raw.retransmits + 1u);
	else if (!tcp_gave_up(incident))
		text_add(text, tcp_saw_end_without_reset(incident)
				       ? " (no RST came: unreachable, or given up)"
				       : " (refused, or given up)");
	text_add(text, "; the write came after that");
	add_soft_error(text, incident->object.error_soft);
}

static void tell_destroyed(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "destroyed on this host: a program ended the connection with SOCK_DESTROY (as "
		 "`ss -K` does)");
	if (incident->object.history.error == ECONNABORTED)
		add_seen_age(text, incident, incident->object.history.error_ns);
	add_unacked(text, incident);
	add_earlier_error(text, &incident->object);
}

static void tell_destroyed_probably(const struct incident *incident, struct text *text)
{
	text_add(text, "the connection ended");
	add_seen_age(text, incident, incident->object.history.closed_ns);
	text_add(text, " without a RST, a timer or a shutdown, as SOCK_DESTROY (`ss -K`) ends it");
	add_unacked(text, incident);
	add_earlier_error(text, &incident->object);
}

static void tell_timed_out(const struct incident *incident, struct text *text)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	text_add(text, "timeout: ");
	text_add_bytes(text, tcp->unacked_bytes);
	if (tcp->raw.retransmits > 0)
		text_add(text, " got no ACK after %u retransmission%s", tcp->raw.retransmits,
			 plural(tcp->raw.retransmits));
	else if (tcp->raw.snd_wnd == 0)
		text_add(text, " waited for a peer that had stopped reading (zero window)");
	else if (tcp->raw.probes_out > 0)
		text_add(text, " got no ACK after %u probe%s", tcp->raw.probes_out,
			 plural(tcp->raw.probes_out));
	else
		text_add(text, " got no ACK");
	if (tcp->have_last_ack) {
		text_add(text, ", the last ACK came");
		text_add_age(text, true, tcp->last_ack_ago_ns, DURATION_JIFFIES);
	}
	text_add(text, ", the kernel gave up");
	add_end_age(text, incident);
	add_end_error(text, incident);
	if (tcp->raw.user_timeout_ms > 0)
		text_add(text, " (TCP_USER_TIMEOUT %" PRIu32 " ms)", tcp->raw.user_timeout_ms);
	add_earlier_error(text, &incident->object);
	add_soft_error(text, incident->object.error_soft);
}

static void tell_keepalive_timeout(const struct incident *incident, struct text *text)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	text_add(text, "keepalive: %u probe%s got no answer", tcp->raw.probes_out,
		 plural(tcp->raw.probes_out));
	if (tcp->have_last_ack) {
		text_add(text, ", the last ACK came");
		text_add_age(text, true, tcp->last_ack_ago_ns, DURATION_JIFFIES);
	}
	text_add(text, ", the connection ended");
	add_end_age(text, incident);
	add_end_error(text, incident);
	if (!tcp_gave_up(incident) && !tcp_saw_end_without_reset(incident))
		text_add(text, "; or the last probe was answered by RST");
	add_soft_error(text, incident->object.error_soft);
}

/* What is known of the close that sent the RST. */
static void add_how_reset(const struct incident *incident, struct text *text)
{
	if (incident->peer.flags & EV_CLOSER_LINGER)
		text_add(text, " because it closed with SO_LINGER 0");
	else if (incident->peer.flags & EV_CLOSER_UNREAD)
		text_add(text, " because it closed with data unread");
	else
		text_add(text, " when it had closed");
}

static void tell_half_close_reset(const struct incident *incident, struct text *text)
{
	text_add(text, "half close, then reset: the peer sent FIN");
	add_seen_age(text, incident, incident->object.history.fin_received_ns);
	if (tcp_saw_ack_after_fin(incident))
		text_add(text, " and went on reading");
	text_add(text, "; it sent RST");
	add_reset_age(text, incident);
	add_how_reset(incident, text);
	add_unacked(text, incident);
}

/* The data that the RST answers. */
static void add_answered_data(const struct incident *incident, struct text *text)
{
	const struct ev_history *history = &incident->object.history;
	const struct incident_tcp *tcp = &incident->object.tcp;

	if (!history->fin_received_ns || tcp_saw_write_after_fin(incident)) {
		text_add(text, ", we wrote ");
		text_add_bytes(text, tcp->unacked_bytes);
		add_write_age(text, incident);
	} else {
		text_add(text, ", ");
		text_add_bytes(text, tcp->unacked_bytes);
		text_add(text, " of ours had no ACK");
	}
}

static void tell_reset_after_fin(const struct incident *incident, struct text *text)
{
	text_add(text, "peer closed, then reset: it sent FIN");
	add_seen_age(text, incident, incident->object.history.fin_received_ns);
	add_answered_data(incident, text);
	text_add(text, ", it answered RST");
	add_reset_age(text, incident);
}

static void tell_reset_unprovoked(const struct incident *incident, struct text *text)
{
	text_add(text, "peer closed, then reset: it sent FIN");
	add_seen_age(text, incident, incident->object.history.fin_received_ns);
	text_add(text, " and had acknowledged everything; a RST came");
	add_reset_age(text, incident);
	text_add(text, ", as when another connection takes its port");
}

static void tell_closed_both_ways(const struct incident *incident, struct text *text)
{
	text_add(text, "closed both ways: the peer sent FIN, all we had sent was acknowledged, and "
		       "either this side had shut down too or the peer sent RST; the last packet "
		       "came");
	if (incident->object.tcp.have_last_packet)
		add_packet_age(text, &incident->object.tcp);
	else
		text_add(text, " before");
}

/* How a process of this host ended the connection without a FIN. */
static const char *how_reset(const struct incident_peer_process *peer)
{
	if (peer->flags & EV_CLOSER_UNACCEPTED)
		return "closed its listening socket before it accepted the connection";
	if (peer->flags & EV_CLOSER_DISCONNECTED)
		return "disconnected its socket (connect() to AF_UNSPEC)";
	if (peer->flags & EV_CLOSER_LINGER)
		return "closed its end with SO_LINGER 0";
	return "closed its end with data unread";
}

static void tell_reset_seen(const struct incident *incident, struct text *text)
{
	const struct incident_peer_process *peer = &incident->peer;
	char number[INCIDENT_NUMBER_SIZE];

	text_add(text, "reset by the peer: RST came");
	add_reset_age(text, incident);
	text_add(text, " without a FIN");
	if (peer->have)
		text_add(text, ": process %s of this host %s",
			 incident_number_text(peer->pid, peer->pid_here, number), how_reset(peer));
	else
		text_add(text, ": the peer crashed, closed with data unread or with SO_LINGER 0, "
			       "or a firewall sent it");
	add_unacked(text, incident);
	add_earlier_error(text, &incident->object);
	add_soft_error(text, incident->object.error_soft);
}

static void tell_reset(const struct incident *incident, struct text *text)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	text_add(text, "the connection was reset without a FIN: the peer crashed, closed with data "
		       "unread or with SO_LINGER 0, or a firewall sent RST");
	if (tcp->have_last_packet) {
		text_add(text, "; the last packet came");
		add_packet_age(text, tcp);
	}
	add_unacked(text, incident);
	add_earlier_error(text, &incident->object);
	text_add(text, " (`ss -K` on this host leaves the same state)");
	add_soft_error(text, incident->object.error_soft);
}

static const struct advice check_connect = {
	"check_connect",
	"check the result of connect() before writing (SO_ERROR on a non-blocking socket)",
};
static const struct advice use_accepted = {
	"use_accepted_socket",
	"write to the socket that accept() returned, not to the listening one",
};
static const struct advice limit_silence = {
	"limit_silence",
	"check the network path and the peer's host; TCP_USER_TIMEOUT limits how long a silent "
	"peer goes unnoticed",
};
static const struct advice probe_sooner = {
	"probe_sooner",
	"check the network path and the peer's host; a shorter TCP_KEEPIDLE keeps firewalls from "
	"dropping an idle connection",
};
static const struct advice find_destroyer = {
	"find_destroyer",
	"find the program that destroys sockets on this host (`ss -K`, an agent, a supervisor)",
};
static const struct advice agree_on_end = {
	"agree_on_end",
	"a FIN does not say how long the peer keeps reading: let the protocol confirm that all data "
	"was received",
};

const struct rule tcp_rules[] = {
	/* Rows L, A, M: the state decides, or for A a hook that saw the shutdown. */
	{ "listening", CONFIDENCE_CERTAIN, tcp_is_listening, tell_listening, &use_accepted, NULL },
	{ "local_shutdown", CONFIDENCE_CERTAIN, tcp_is_shut_down_locally, tell_shut_down_locally,
	  &advice_finish_writes, "last_packet" },
	{ "not_plain_tcp", CONFIDENCE_LIKELY, tcp_is_open, tell_not_plain, NULL, "last_packet" },

	/*
	 * Rows H, I, J: CLOSE without a peer, each one more general than the one before. They come
	 * before the rest, because the evidence of the rest has no meaning on such a socket.
	 */
	{ "never_connected", CONFIDENCE_CERTAIN, tcp_is_never_connected, tell_never_connected,
	  &check_connect, NULL },
	{ "connect_failed", CONFIDENCE_CERTAIN, tcp_is_connect_undone, tell_connect_undone,
	  &check_connect, "connect_failed" },
	{ "disconnected", CONFIDENCE_CERTAIN, tcp_has_no_peer, tell_disconnected, NULL, NULL },

	/*
	 * A hook saw it, or the kernel returned it, so no conclusions are needed. K before G,
	 * because a connect() in progress can be destroyed too.
	 */
	{ "destroyed", CONFIDENCE_CERTAIN, tcp_is_destroyed, tell_destroyed, &find_destroyer,
	  "destroyed" },
	{ "destroyed", CONFIDENCE_CERTAIN, tcp_is_told_destroyed, tell_destroyed, &find_destroyer,
	  "last_packet" },
	{ "connect_failed", CONFIDENCE_CERTAIN, tcp_is_connect_refused, tell_connect_refused,
	  &check_connect, "connect_failed" },
	{ "timeout", CONFIDENCE_CERTAIN, tcp_is_timed_out_surely, tell_timed_out, &limit_silence,
	  "gave_up" },
	{ "keepalive_timeout", CONFIDENCE_CERTAIN, tcp_is_keepalive_timeout_surely,
	  tell_keepalive_timeout, &probe_sooner, "gave_up" },
	{ "half_closed_then_reset", CONFIDENCE_CERTAIN, tcp_is_half_close_reset_surely,
	  tell_half_close_reset, &agree_on_end, "rst_received" },
	{ "half_closed_then_reset", CONFIDENCE_LIKELY, tcp_is_half_close_reset,
	  tell_half_close_reset, &agree_on_end, "rst_received" },
	{ "peer_closed_then_reset", CONFIDENCE_CERTAIN, tcp_is_reset_after_fin_surely,
	  tell_reset_after_fin, &advice_watch_for_close, "rst_received" },
	{ "peer_closed_then_reset", CONFIDENCE_LIKELY, tcp_is_reset_seen_after_fin,
	  tell_reset_after_fin, &advice_watch_for_close, "rst_received" },
	{ "peer_closed_then_reset", CONFIDENCE_LIKELY, tcp_is_reset_unprovoked,
	  tell_reset_unprovoked, &advice_watch_for_close, "rst_received" },
	{ "reset_by_peer", CONFIDENCE_CERTAIN, tcp_is_reset_seen, tell_reset_seen, NULL,
	  "rst_received" },

	/*
	 * Rows E, F before B, C, D: the traces of a timer are stronger than a FIN, which may be
	 * old.
	 */
	{ "timeout", CONFIDENCE_LIKELY, tcp_is_timed_out, tell_timed_out, &limit_silence,
	  "gave_up" },
	{ "keepalive_timeout", CONFIDENCE_LIKELY, tcp_is_keepalive_timeout, tell_keepalive_timeout,
	  &probe_sooner, "gave_up" },
	{ "destroyed", CONFIDENCE_LIKELY, tcp_is_destroyed_probably, tell_destroyed_probably,
	  &find_destroyer, "destroyed" },
	{ "peer_closed_then_reset", CONFIDENCE_LIKELY, tcp_is_reset_after_fin, tell_reset_after_fin,
	  &advice_watch_for_close, "rst_received" },
	{ "closed_both_ways", CONFIDENCE_LIKELY, tcp_is_closed_both_ways, tell_closed_both_ways,
	  &advice_watch_for_close, "last_packet" },
	{ "reset_by_peer", CONFIDENCE_LIKELY, tcp_is_reset, tell_reset, NULL, "last_packet" },
	{ "unknown", CONFIDENCE_UNKNOWN, NULL, socket_tell_unknown, NULL, "last_packet" },
};
