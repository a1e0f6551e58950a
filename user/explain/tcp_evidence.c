// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Questions about the fields of a TCP socket, answered with yes or no. The letters are the rows of
 * the table in docs/causes.md. The order of the rows is in tcp.c.
 */
#include "tcp_evidence.h"

#include <errno.h>
#include <netinet/tcp.h>

#include "own_end.h"
#include "socket.h"
#include "units.h"

#define RTO_MIN_NS (200 * NSEC_PER_MSEC) /* TCP_RTO_MIN */
/* The precision of times in jiffies: two ticks of the slowest kernel (HZ=100). */
#define TICKS_NS (20 * NSEC_PER_MSEC)

bool tcp_is_in(const struct incident *incident, uint8_t state)
{
	return incident->object.state == state;
}

bool tcp_is_listening(const struct incident *incident)
{
	return tcp_is_in(incident, TCP_LISTEN);
}

/* --- what hooks saw --- */

bool tcp_saw_reset(const struct incident *incident)
{
	return incident->object.history.reset_received_ns;
}

/* When sk_err was set. A report without an error is a completion in the error queue
 * (sock_queue_err_skb()). */
static uint64_t end_error_ns(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;

	return history->error ? history->error_ns : 0;
}

/* When a hook saw the connection end, by an error or for another reason; 0: it did not. */
uint64_t tcp_end_ns(const struct incident *incident)
{
	return end_error_ns(incident) ?: incident->object.history.closed_ns;
}

/* The connection ended while the hooks were attached, and not by a RST. */
bool tcp_saw_end_without_reset(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;

	return history->watched_since_ns && history->closed_ns >= history->watched_since_ns &&
	       !history->reset_received_ns;
}

/*
 * The error that ended the connection: a hook saw it, or sk_stream_error() returned it. 0: not
 * known. Nothing is reported after the end, so it is the last one.
 */
uint32_t tcp_end_error(const struct incident *incident)
{
	const struct incident_object *object = &incident->object;

	if (object->history.error)
		return object->history.error;
	return object->have_earlier_error ? object->earlier_error : 0;
}

/* tcp_write_err() prefers the error from ICMP or routing to ETIMEDOUT. */
bool tcp_gave_up(const struct incident *incident)
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

/* --- what the socket's own fields show --- */

/* For TCP the socket is neither closed nor shut down, so EPIPE came from a layer above. */
bool tcp_is_open(const struct incident *incident)
{
	return tcp_is_in(incident, TCP_ESTABLISHED) || tcp_is_in(incident, TCP_CLOSE_WAIT);
}

/* tcp_disconnect() clears the peer's port; tcp_done() leaves it. */
bool tcp_has_no_peer(const struct incident *incident)
{
	return tcp_is_in(incident, TCP_CLOSE) && incident->object.peer_port == 0;
}

bool tcp_is_never_connected(const struct incident *incident)
{
	return tcp_has_no_peer(incident) && incident->object.tcp.raw.write_seq == 0;
}

bool tcp_is_connect_undone(const struct incident *incident)
{
	return tcp_has_no_peer(incident) && incident->object.tcp.raw.rcv_nxt == 0;
}

static bool is_closed(const struct incident *incident)
{
	return tcp_is_in(incident, TCP_CLOSE) && incident->object.shutdown == EV_SHUTDOWN_BOTH;
}

static bool has_fin(const struct incident *incident)
{
	return incident->object.socket_flags & EV_SOCKET_DONE;
}

bool tcp_has_unacked(const struct incident *incident)
{
	return incident->object.tcp.unacked_bytes > 0;
}

/* Row A, also after both FINs or a RST have changed the state to CLOSE. */
bool tcp_is_shut_down_locally(const struct incident *incident)
{
	return own_end_is_in_shutdown_state(incident) ||
	       (is_closed(incident) && own_end_saw_shutdown(incident));
}

/* Row K: tcp_abort(). */
bool tcp_is_destroyed(const struct incident *incident)
{
	return is_closed(incident) && incident->object.history.error == ECONNABORTED &&
	       !tcp_saw_reset(incident);
}

/* The same, known from the error of the write before. */
bool tcp_is_told_destroyed(const struct incident *incident)
{
	return is_closed(incident) && tcp_end_error(incident) == ECONNABORTED &&
	       !tcp_saw_reset(incident);
}

/* Bytes without an ACK. write_seq includes our FIN, which is acknowledged last. */
uint32_t tcp_unacked_data(const struct incident *incident)
{
	uint32_t unacked = incident->object.tcp.unacked_bytes;

	return unacked > 0 && tcp_is_shut_down_locally(incident) ? unacked - 1 : unacked;
}

/* Row G: tcp_reset() or tcp_write_err() in SYN_SENT; lrcvtime was never set. */
bool tcp_is_connect_refused(const struct incident *incident)
{
	return is_closed(incident) && !incident->object.tcp.established &&
	       incident->object.tcp.raw.rcv_nxt == 0;
}

/*
 * Did a timer end the connection, and not a packet? If there are retransmissions without an answer,
 * the timer fires one RTO or more after the last of them. If the end came sooner, a packet caused
 * it. (TCP_USER_TIMEOUT shortens the last wait: tcp_clamp_rto_to_user_timeout(), 4.19. It also
 * counts while a zero window is answered: tcp_probe_timer().)
 */
static bool timer_ended(const struct incident *incident)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	if (tcp->raw.probes_out > 0 || (tcp->raw.snd_wnd == 0 && tcp->raw.user_timeout_ms > 0))
		return true;
	if (tcp->raw.retransmits == 0)
		return false;
	if (tcp->raw.user_timeout_ms > 0 || !tcp->have_last_send || !tcp->have_last_packet)
		return true;
	return tcp->last_send_ago_ns > tcp->last_packet_ago_ns + RTO_MIN_NS;
}

bool tcp_is_timed_out(const struct incident *incident)
{
	return is_closed(incident) && tcp_has_unacked(incident) && timer_ended(incident);
}

bool tcp_is_timed_out_surely(const struct incident *incident)
{
	return is_closed(incident) && tcp_gave_up(incident) && tcp_has_unacked(incident);
}

bool tcp_is_keepalive_timeout(const struct incident *incident)
{
	return is_closed(incident) && !has_fin(incident) && !tcp_has_unacked(incident) &&
	       incident->object.tcp.raw.probes_out > 0 &&
	       incident->object.socket_flags & EV_SOCKET_KEEPALIVE;
}

/* If all data has an ACK, only tcp_keepalive_timer() calls tcp_write_err(). */
bool tcp_is_keepalive_timeout_surely(const struct incident *incident)
{
	return is_closed(incident) && tcp_gave_up(incident) && !tcp_has_unacked(incident);
}

/* A is after B, in a space that wraps. */
static bool seq_is_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

/*
 * The peer acknowledged data after its FIN. Only an end that is still open does that; a closed one
 * answers data by RST (tcp_rcv_state_process()). The FIN's own acknowledgement is counted before
 * the hook.
 */
bool tcp_saw_ack_after_fin(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;

	return history->fin_received_ns &&
	       seq_is_after(incident->object.tcp.raw.snd_una, history->fin_snd_una);
}

bool tcp_saw_write_after_fin(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;

	return history->fin_received_ns &&
	       seq_is_after(incident->object.tcp.raw.snd_nxt, history->fin_snd_nxt);
}

/* Something was sent that a RST could answer: not acknowledged when the FIN came, or sent later. */
static bool has_sent_to_closed(const struct incident *incident)
{
	const struct ev_history *history = &incident->object.history;

	if (history->fin_received_ns)
		return seq_is_after(incident->object.tcp.raw.snd_nxt, history->fin_snd_una);
	return tcp_has_unacked(incident);
}

/* The peer is a process of this host that was seen closing its end with a RST. */
static bool saw_peer_reset(const struct incident *incident)
{
	return incident->peer.have && incident->peer.flags & (EV_CLOSER_UNREAD | EV_CLOSER_LINGER);
}

bool tcp_is_reset_after_fin(const struct incident *incident)
{
	return is_closed(incident) && has_fin(incident) && tcp_has_unacked(incident);
}

/*
 * The peer closed with a FIN, and its RST answers data. A hook saw the close. Otherwise it may have
 * shut down sending only, and have closed with data unread before it acknowledged our data.
 */
bool tcp_is_reset_after_fin_surely(const struct incident *incident)
{
	return tcp_is_reset_after_fin(incident) && incident->peer.have;
}

bool tcp_is_reset_seen_after_fin(const struct incident *incident)
{
	return tcp_is_reset_after_fin(incident) && tcp_saw_reset(incident);
}

/* The peer closed with a FIN, and a RST came although this end had sent nothing since. */
bool tcp_is_reset_unprovoked(const struct incident *incident)
{
	return is_closed(incident) && has_fin(incident) && tcp_saw_reset(incident) &&
	       incident->peer.have && !tcp_has_unacked(incident);
}

/*
 * The peer continued to read after its FIN, or had everything by then, so its FIN was no close. In
 * the second case a middlebox, or a host without memory, could have sent the RST.
 */
bool tcp_is_half_close_reset(const struct incident *incident)
{
	return is_closed(incident) && has_fin(incident) && tcp_saw_reset(incident) &&
	       !incident->peer.have && !has_sent_to_closed(incident);
}

bool tcp_is_half_close_reset_surely(const struct incident *incident)
{
	return is_closed(incident) && has_fin(incident) &&
	       (saw_peer_reset(incident) ||
		(tcp_saw_reset(incident) && tcp_saw_ack_after_fin(incident)));
}

bool tcp_is_closed_both_ways(const struct incident *incident)
{
	return is_closed(incident) && has_fin(incident) && !tcp_has_unacked(incident);
}

/* Rows D and K leave the same state. */
bool tcp_is_reset(const struct incident *incident)
{
	return is_closed(incident) && !has_fin(incident) && incident->object.tcp.established;
}

bool tcp_is_reset_seen(const struct incident *incident)
{
	return tcp_is_reset(incident) &&
	       (tcp_saw_reset(incident) || tcp_end_error(incident) == ECONNRESET);
}

/* Neither a packet nor a timer, and no hook saw the error: only tcp_abort() remains. */
bool tcp_is_destroyed_probably(const struct incident *incident)
{
	return is_closed(incident) && incident->object.tcp.established &&
	       tcp_saw_end_without_reset(incident) && !tcp_end_error(incident);
}

/* --- times --- */

/*
 * lsndtime and lrcvtime count in ticks, the other times in microseconds. If two times are within a
 * tick, the order is still known: nothing comes before the handshake, and data written after the
 * peer's answer, or received after its FIN, is not the last.
 */
static uint64_t settled_ago_ns(const struct incident *incident, uint64_t ago_ns,
			       uint64_t next_ago_ns)
{
	uint64_t connected_ns = incident->object.history.connected_ns;

	if (next_ago_ns > ago_ns && next_ago_ns - ago_ns <= TICKS_NS)
		ago_ns = next_ago_ns;
	if (connected_ns && ago_ns > incident_ago_ns(incident, connected_ns))
		ago_ns = incident_ago_ns(incident, connected_ns);
	return ago_ns;
}

uint64_t tcp_last_receive_ago_ns(const struct incident *incident)
{
	uint64_t fin_ns = incident->object.history.fin_received_ns;

	return settled_ago_ns(incident, incident->object.tcp.last_receive_ago_ns,
			      fin_ns ? incident_ago_ns(incident, fin_ns) : 0);
}

static uint64_t last_packet_ago_ns(const struct incident *incident)
{
	const struct incident_tcp *tcp = &incident->object.tcp;

	/* Nothing is sent after a RST. */
	if (tcp_saw_reset(incident))
		return incident_ago_ns(incident, incident->object.history.reset_received_ns);
	return tcp->have_last_packet ? tcp->last_packet_ago_ns : 0;
}

/*
 * lsndtime counts in ticks and moves with retransmissions. Whether data was sent after the FIN is
 * known from the sequence numbers.
 */
uint64_t tcp_last_write_ago_ns(const struct incident *incident)
{
	const struct incident_tcp *tcp = &incident->object.tcp;
	uint64_t ago_ns =
		settled_ago_ns(incident, tcp->last_send_ago_ns, last_packet_ago_ns(incident));
	uint64_t fin_ns = incident->object.history.fin_received_ns;
	uint64_t fin_ago_ns = incident_ago_ns(incident, fin_ns);

	if (fin_ns && tcp_saw_write_after_fin(incident) == (ago_ns > fin_ago_ns))
		return fin_ago_ns;
	return ago_ns;
}
