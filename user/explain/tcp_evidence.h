/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to explain: what the fields of a tcp socket show, as yes or no. The letters are the rows
 * of the table in docs/causes.md; which row is asked first is the order in rules.c.
 */
#pragma once

#include <netinet/tcp.h>

#include "incident.h"

#define RCV_DOWN 1 /* sk_shutdown */
#define SEND_DOWN 2
#define BOTH_DOWN 3
#define TCP_RTO_MIN_NS 200000000ull /* TCP_RTO_MIN */

static inline bool tcp_is_in(const struct incident *incident, uint8_t state)
{
	return incident->object.type == EV_OBJECT_TCP && incident->object.state == state;
}

static inline bool tcp_is_listening(const struct incident *incident)
{
	return tcp_is_in(incident, TCP_LISTEN);
}

static inline bool tcp_is_shut_down_locally(const struct incident *incident)
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

/* Row G: tcp_reset() or tcp_write_err() in SYN_SENT; lrcvtime was never set. */
static inline bool tcp_is_connect_refused(const struct incident *incident)
{
	return tcp_is_closed(incident) && !incident->object.tcp.established &&
	       incident->object.tcp.raw.rcv_nxt == 0;
}

/*
 * Did a timer end the connection, and not a packet? With retransmissions outstanding the timer
 * fires an RTO or more after the last of them; an end that followed sooner came in a packet.
 * (TCP_USER_TIMEOUT cuts the last wait short: tcp_clamp_rto_to_user_timeout(), 4.19.)
 */
static inline bool tcp_timer_ended(const struct incident *incident)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	if (tcp->raw.probes_out > 0)
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

static inline bool tcp_is_keepalive_timeout(const struct incident *incident)
{
	return tcp_is_closed(incident) && !tcp_has_fin(incident) && !tcp_has_unacked(incident) &&
	       incident->object.tcp.raw.probes_out > 0 &&
	       incident->object.socket_flags & EV_SOCKET_KEEPALIVE;
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

static inline bool tcp_is_closed_both_ways(const struct incident *incident)
{
	return tcp_is_closed(incident) && tcp_has_fin(incident) && !tcp_has_unacked(incident);
}

/* Row D, and K, which leaves the same state behind. */
static inline bool tcp_is_reset(const struct incident *incident)
{
	return tcp_is_closed(incident) && !tcp_has_fin(incident) &&
	       incident->object.tcp.established;
}
