/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to explain: what the fields of a tcp socket show, as yes or no. The letters are the rows
 * of the table in docs/causes.md; which row is asked first is the order in rules.c.
 */
#pragma once

#include <errno.h>
#include <netinet/tcp.h>

#include "causes.h"

#define TCP_RTO_MIN_NS 200000000ull /* TCP_RTO_MIN */
/* Times in jiffies are as exact as this: two ticks of the slowest kernel (HZ=100). */
#define TCP_TICKS_NS 20000000ull

static inline bool tcp_is_in(const struct incident *incident, uint8_t state)
{
	return incident->object.type == EV_OBJECT_TCP && incident->object.state == state;
}

static inline bool tcp_is_listening(const struct incident *incident)
{
	return tcp_is_in(incident, TCP_LISTEN);
}

/*
 * How long before the incident the last data went out. lsndtime has a grain of a tick: where what
 * must have come after or before it says better, as that says. 0 if it is not known.
 */
uint64_t tcp_last_write_ago_ns(const struct incident *incident);

/* --- what hooks have seen --- */

static inline bool tcp_saw_reset(const struct incident *incident)
{
	return incident->object.history.reset_received_ns;
}

/* When sk_err was set. A report without an error is a completion in the error queue
 * (sock_queue_err_skb()). */
static inline uint64_t tcp_error_ns(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;

	return history->error ? history->error_ns : 0;
}

/* When a hook saw the connection end, by an error or for another reason; 0: it did not. */
static inline uint64_t tcp_end_ns(const struct incident *incident)
{
	return tcp_error_ns(incident) ?: incident->object.history.closed_ns;
}

/*
 * Somebody shut this end down, before anything else ended it. close(2) cannot have done it: the
 * write holds the file. tcp_abort() and tcp_reset() leave by the same change of state, but note an
 * error or a reset first.
 */
static inline bool tcp_saw_local_shutdown(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;

	return history->local.pid &&
	       (!history->reset_received_ns ||
		history->local.time_ns < history->reset_received_ns) &&
	       (!tcp_error_ns(incident) || history->local.time_ns < tcp_error_ns(incident));
}

/* The end came while the hooks watched, and no RST brought it. */
static inline bool tcp_saw_end_without_reset(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;

	return history->watched_since_ns && history->closed_ns >= history->watched_since_ns &&
	       !history->reset_received_ns;
}

/* The error that ended the connection, as a hook saw it set, or as sk_stream_error() returned it;
 * 0: not known. Nothing is reported after the end, so the last one is it. */
static inline uint32_t tcp_end_error(const struct incident *incident)
{
	const struct incident_object *object = &incident->object;

	if (object->history.error)
		return object->history.error;
	return object->have_earlier_error ? object->earlier_error : 0;
}

/* tcp_write_err() takes what ICMP or the routing had said before it takes ETIMEDOUT. */
static inline bool tcp_gave_up(const struct incident *incident)
{
	if (tcp_saw_reset(incident))
		return false;
	switch (tcp_end_error(incident)) {
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ECONNREFUSED:
	case ENOPROTOOPT:
	case EACCES:
	case EPROTO:
	case ENONET:
	case EHOSTDOWN:
		return true;
	default:
		return false;
	}
}

/* Of this connection, and not of an earlier one between the same addresses. */
static inline bool tcp_saw_peer_process(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;

	return history->peer.pid && history->peer.time_ns >= history->connected_ns;
}

/* --- what the socket's own fields show --- */

static inline bool tcp_is_in_shutdown_state(const struct incident *incident)
{
	return (tcp_is_in(incident, TCP_FIN_WAIT1) || tcp_is_in(incident, TCP_FIN_WAIT2) ||
		tcp_is_in(incident, TCP_CLOSING) || tcp_is_in(incident, TCP_LAST_ACK)) &&
	       incident->object.shutdown & SEND_DOWN;
}

/* Neither closed nor shut down as far as TCP knows: EPIPE came from a layer above. */
static inline bool tcp_is_open(const struct incident *incident)
{
	return tcp_is_in(incident, TCP_ESTABLISHED) || tcp_is_in(incident, TCP_CLOSE_WAIT);
}

/* tcp_disconnect() clears the peer's port; tcp_done() leaves it. */
static inline bool tcp_has_no_peer(const struct incident *incident)
{
	return tcp_is_in(incident, TCP_CLOSE) && incident->object.peer_port == 0;
}

static inline bool tcp_is_never_connected(const struct incident *incident)
{
	return tcp_has_no_peer(incident) && incident->object.tcp.raw.write_seq == 0;
}

static inline bool tcp_is_connect_undone(const struct incident *incident)
{
	return tcp_has_no_peer(incident) && incident->object.tcp.raw.rcv_nxt == 0;
}

static inline bool tcp_is_closed(const struct incident *incident)
{
	return tcp_is_in(incident, TCP_CLOSE) && incident->object.shutdown == BOTH_DOWN;
}

static inline bool tcp_has_fin(const struct incident *incident)
{
	return incident->object.socket_flags & EV_SOCKET_DONE;
}

static inline bool tcp_has_unacked(const struct incident *incident)
{
	return incident->object.tcp.unacked_bytes > 0;
}

/* Row A, and the same after both FINs or a RST have taken it to CLOSE. */
static inline bool tcp_is_shut_down_locally(const struct incident *incident)
{
	return tcp_is_in_shutdown_state(incident) ||
	       (tcp_is_closed(incident) && tcp_saw_local_shutdown(incident));
}

/* Row K: tcp_abort(). */
static inline bool tcp_is_destroyed(const struct incident *incident)
{
	return tcp_is_closed(incident) && incident->object.history.error == ECONNABORTED &&
	       !tcp_saw_reset(incident);
}

/* The same, known from what the write before it returned. */
static inline bool tcp_is_told_destroyed(const struct incident *incident)
{
	return tcp_is_closed(incident) && tcp_end_error(incident) == ECONNABORTED &&
	       !tcp_saw_reset(incident);
}

/* Bytes without an ACK. write_seq counts our FIN, which is acknowledged last. */
static inline uint32_t tcp_unacked_data(const struct incident *incident)
{
	uint32_t unacked = incident->object.tcp.unacked_bytes;

	return unacked > 0 && tcp_is_shut_down_locally(incident) ? unacked - 1 : unacked;
}

/* Row G: tcp_reset() or tcp_write_err() in SYN_SENT; lrcvtime was never set. */
static inline bool tcp_is_connect_refused(const struct incident *incident)
{
	return tcp_is_closed(incident) && !incident->object.tcp.established &&
	       incident->object.tcp.raw.rcv_nxt == 0;
}

/*
 * Did a timer end the connection, and not a packet? With retransmissions outstanding the timer
 * fires an RTO or more after the last of them; an end that followed sooner came in a packet.
 * (TCP_USER_TIMEOUT cuts the last wait short: tcp_clamp_rto_to_user_timeout(), 4.19; and it counts
 * against a window of zero although the probes are answered: tcp_probe_timer().)
 */
static inline bool tcp_timer_ended(const struct incident *incident)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	if (tcp->raw.probes_out > 0 || (tcp->raw.snd_wnd == 0 && tcp->raw.user_timeout_ms > 0))
		return true;
	if (tcp->raw.retransmits == 0)
		return false;
	if (tcp->raw.user_timeout_ms > 0 || !tcp->have_last_send || !tcp->have_last_packet)
		return true;
	return tcp->last_send_ago_ns > tcp->last_packet_ago_ns + TCP_RTO_MIN_NS;
}

static inline bool tcp_is_timed_out(const struct incident *incident)
{
	return tcp_is_closed(incident) && tcp_has_unacked(incident) && tcp_timer_ended(incident);
}

static inline bool tcp_is_timed_out_surely(const struct incident *incident)
{
	return tcp_is_closed(incident) && tcp_gave_up(incident) && tcp_has_unacked(incident);
}

static inline bool tcp_is_keepalive_timeout(const struct incident *incident)
{
	return tcp_is_closed(incident) && !tcp_has_fin(incident) && !tcp_has_unacked(incident) &&
	       incident->object.tcp.raw.probes_out > 0 &&
	       incident->object.socket_flags & EV_SOCKET_KEEPALIVE;
}

/* With nothing outstanding tcp_keepalive_timer() is the only one that calls tcp_write_err(). */
static inline bool tcp_is_keepalive_timeout_surely(const struct incident *incident)
{
	return tcp_is_closed(incident) && tcp_gave_up(incident) && !tcp_has_unacked(incident);
}

static inline bool tcp_is_reset_after_fin(const struct incident *incident)
{
	return tcp_is_closed(incident) && tcp_has_fin(incident) && tcp_has_unacked(incident);
}

/* Without a retransmission only the RST of tcp_reset() leads here. */
static inline bool tcp_is_reset_after_fin_surely(const struct incident *incident)
{
	return tcp_is_reset_after_fin(incident) && incident->object.tcp.raw.retransmits == 0 &&
	       incident->object.tcp.raw.probes_out == 0;
}

static inline bool tcp_is_reset_seen_after_fin(const struct incident *incident)
{
	return tcp_is_reset_after_fin(incident) && tcp_saw_reset(incident);
}

/* An end that was closed, not only shut down, answers data by RST: tcp_rcv_state_process(). */
static inline bool tcp_saw_ack_after_fin(const struct incident *incident)
{
	const struct incident_tcp *tcp = &incident->object.tcp;
	uint64_t fin_ns = incident->object.history.fin_received_ns;

	return fin_ns && tcp->have_last_ack &&
	       incident_ago_ns(incident, fin_ns) > tcp->last_ack_ago_ns + TCP_TICKS_NS;
}

/*
 * The peer went on reading after its FIN, or had everything by then: its RST answers no data. In
 * the latter case a middlebox, or a host that runs out of memory, could have sent it.
 */
static inline bool tcp_is_half_close_reset(const struct incident *incident)
{
	return tcp_is_closed(incident) && tcp_has_fin(incident) && tcp_saw_reset(incident) &&
	       (!tcp_has_unacked(incident) || tcp_saw_ack_after_fin(incident));
}

static inline bool tcp_is_half_close_reset_surely(const struct incident *incident)
{
	return tcp_is_half_close_reset(incident) &&
	       (tcp_saw_ack_after_fin(incident) ||
		(tcp_saw_peer_process(incident) &&
		 incident->object.history.peer.flags & EV_CLOSER_SHUTDOWN));
}

static inline bool tcp_is_closed_both_ways(const struct incident *incident)
{
	return tcp_is_closed(incident) && tcp_has_fin(incident) && !tcp_has_unacked(incident);
}

/* Rows D and K leave the same state behind. */
static inline bool tcp_is_reset(const struct incident *incident)
{
	return tcp_is_closed(incident) && !tcp_has_fin(incident) &&
	       incident->object.tcp.established;
}

static inline bool tcp_is_reset_seen(const struct incident *incident)
{
	return tcp_is_reset(incident) &&
	       (tcp_saw_reset(incident) || tcp_end_error(incident) == ECONNRESET);
}

/* Neither a packet nor a timer, where no hook tells the error: tcp_abort() is what is left. */
static inline bool tcp_is_destroyed_probably(const struct incident *incident)
{
	return tcp_is_closed(incident) && incident->object.tcp.established &&
	       tcp_saw_end_without_reset(incident) && !tcp_end_error(incident);
}
