/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same TCP sockets, with what hooks have seen of the connection. */
#pragma once

#include "states_tcp.h"

static uint64_t before(const struct incident *incident, uint64_t ns)
{
	return incident->monotonic_ns - ns;
}

static void watch(struct incident *incident)
{
	struct ev_history *history = &incident->object.history;

	incident->monotonic_ns = 1000 * SEC;
	incident->process.tid = 815;
	history->watched_since_ns = before(incident, 100 * SEC);
	history->connected_ns = before(incident, 10 * SEC);
}

static void see_reset(struct incident *incident, uint8_t state)
{
	struct ev_history *history = &incident->object.history;

	watch(incident);
	history->reset_received_ns = before(incident, 3 * MSEC);
	history->reset_state = state;
	history->closed_ns = history->reset_received_ns + 1;
}

/* The peer's FIN came when all was acknowledged; what has no ACK now was sent after it. */
static void see_fin(struct incident *incident)
{
	struct ev_history *history = &incident->object.history;
	struct ev_tcp *raw = &incident->object.tcp.raw;

	incident->object.socket_flags |= EV_SOCKET_DONE;
	history->fin_received_ns = before(incident, 4 * SEC);
	history->fin_snd_una = history->fin_snd_nxt = UINT32_MAX - 3; /* near the wrap */
	raw->snd_una = history->fin_snd_una;
	raw->snd_nxt = raw->snd_una + incident->object.tcp.unacked_bytes;
}

static void see_error(struct incident *incident, uint32_t error)
{
	struct ev_history *history = &incident->object.history;

	watch(incident);
	history->error = error;
	history->error_ns = before(incident, 2 * MSEC);
	history->closed_ns = history->error_ns + 1;
}

static void see_local(struct incident *incident, uint32_t pid, uint32_t tid)
{
	struct ev_history *history = &incident->object.history;

	watch(incident);
	history->local = (struct ev_closer){ .time_ns = before(incident, 5 * MSEC),
					     .pid = pid,
					     .tid = tid,
					     .flags = EV_CLOSER_SHUTDOWN };
}

static void see_peer(struct incident *incident, enum peer_how how)
{
	incident->peer = (struct incident_peer_process){
		.have = true, .pid = 4321, .tid = 4321, .how = how, .confidence = CONFIDENCE_CERTAIN
	};
}

static void seen_local_thread(struct incident *incident)
{
	tcp_fin_wait2(incident);
	see_local(incident, 812, 816);
}

static void seen_local_self(struct incident *incident)
{
	tcp_last_ack(incident);
	see_local(incident, 812, 815);
	see_fin(incident);
	/* Our FIN, and 13 bytes before it. */
	incident->object.tcp.unacked_bytes = 14;
}

/* Shut down by a process that inherited it; a RST has come since. */
static void seen_local_then_reset(struct incident *incident)
{
	tcp_reset_unacked(incident);
	see_reset(incident, TCP_FIN_WAIT1);
	see_local(incident, 900, 901);
}

static void seen_destroyed(struct incident *incident)
{
	tcp_reset_unacked(incident);
	see_error(incident, ECONNABORTED);
}

static void seen_destroyed_connect(struct incident *incident)
{
	tcp_connect_refused(incident);
	see_error(incident, ECONNABORTED);
	incident->object.history.connected_ns = 0;
}

static void told_destroyed(struct incident *incident)
{
	prepare_tcp(incident);
	incident->object.have_earlier_error = true;
	incident->object.earlier_error = ECONNABORTED;
	incident->object.earlier_error_ago_ns = MSEC;
}

/* No hook for errors (before 5.14). */
static void seen_end_alone(struct incident *incident)
{
	prepare_tcp(incident);
	see_error(incident, 0);
	incident->object.history.error_ns = 0;
}

/* The end came before the hooks were there: it proves nothing. */
static void end_before_watch(struct incident *incident)
{
	seen_end_alone(incident);
	incident->object.history.watched_since_ns = before(incident, MSEC);
}

/* MSG_ZEROCOPY tells its completions by the same hook, after the end too. */
static void seen_completion(struct incident *incident)
{
	seen_end_alone(incident);
	incident->object.history.error_ns = before(incident, MSEC);
}

static void seen_connect_refused(struct incident *incident)
{
	tcp_connect_refused(incident);
	see_reset(incident, TCP_SYN_SENT);
	incident->object.history.connected_ns = 0;
}

/* No hook for errors, but none saw a RST either. */
static void seen_connect_end_alone(struct incident *incident)
{
	tcp_connect_refused(incident);
	see_error(incident, 0);
	incident->object.history.error_ns = incident->object.history.connected_ns = 0;
}

static void seen_connect_silent(struct incident *incident)
{
	tcp_connect_silent(incident);
	see_error(incident, EHOSTUNREACH);
	incident->object.history.connected_ns = 0;
}

static void seen_timeout(struct incident *incident)
{
	tcp_user_timeout(incident);
	see_error(incident, ETIMEDOUT);
	incident->object.error_soft = 0;
}

static void seen_timeout_unreachable(struct incident *incident)
{
	tcp_timeout(incident);
	see_error(incident, EHOSTUNREACH);
}

/* The peer answers the probes of its closed window, so none is counted. */
static void seen_zero_window(struct incident *incident)
{
	tcp_zero_window(incident);
	see_error(incident, ETIMEDOUT);
	incident->object.tcp.raw.probes_out = 0;
	incident->object.tcp.raw.user_timeout_ms = 1;
}

static void zero_window_unseen(struct incident *incident)
{
	seen_zero_window(incident);
	memset(&incident->object.history, 0, sizeof(incident->object.history));
}

static void told_timeout(struct incident *incident)
{
	tcp_timeout(incident);
	incident->object.have_earlier_error = true;
	incident->object.earlier_error = ETIMEDOUT;
}

static void seen_keepalive(struct incident *incident)
{
	tcp_keepalive(incident);
	see_error(incident, ETIMEDOUT);
}

/* No hook for errors, but none saw a RST either. */
static void seen_keepalive_alone(struct incident *incident)
{
	tcp_keepalive(incident);
	see_error(incident, 0);
	incident->object.history.error_ns = 0;
}

/* Retransmissions outstanding, and yet a RST ended it. */
static void seen_reset_after_loss(struct incident *incident)
{
	tcp_timeout(incident);
	see_reset(incident, TCP_ESTABLISHED);
}

static void seen_reset_by_process(struct incident *incident)
{
	prepare_tcp(incident);
	see_reset(incident, TCP_ESTABLISHED);
	see_peer(incident, PEER_HOW_CLOSED);
	incident->peer.flags = EV_CLOSER_UNREAD;
}

static void seen_reset_by_death(struct incident *incident)
{
	seen_reset_by_process(incident);
	incident->peer.how = PEER_HOW_CLOSED_BY_EXIT;
	incident->peer.have_exit = true;
	incident->peer.exit_status = 9;
}

static void seen_reset_by_linger(struct incident *incident)
{
	seen_reset_by_process(incident);
	incident->peer.flags = EV_CLOSER_LINGER;
}

static void seen_reset_by_listener(struct incident *incident)
{
	seen_reset_by_process(incident);
	incident->peer.how = PEER_HOW_CLOSED_LISTENER;
	incident->peer.flags = EV_CLOSER_UNACCEPTED;
}

static void seen_reset_by_disconnect(struct incident *incident)
{
	seen_reset_by_process(incident);
	incident->peer.flags = EV_CLOSER_DISCONNECTED;
}

static void told_reset(struct incident *incident)
{
	prepare_tcp(incident);
	incident->object.have_earlier_error = true;
	incident->object.earlier_error = ECONNRESET;
	incident->object.earlier_error_ago_ns = MSEC;
}

static void seen_fin_then_reset(struct incident *incident)
{
	tcp_fin_then_reset_after_loss(incident);
	see_reset(incident, TCP_CLOSE_WAIT);
	see_fin(incident);
}

static void seen_half_close(struct incident *incident)
{
	tcp_fin_then_reset(incident);
	see_reset(incident, TCP_CLOSE_WAIT);
	see_fin(incident);
	incident->object.tcp.raw.snd_una++;
}

/* 13 bytes were under way when the FIN came, and nothing was written later. */
static void seen_fin_in_flight(struct incident *incident)
{
	tcp_fin_then_reset(incident);
	see_reset(incident, TCP_CLOSE_WAIT);
	see_fin(incident);
	incident->object.history.fin_snd_nxt = incident->object.tcp.raw.snd_nxt;
}

/* The peer's window was closed: 13 bytes wait to be sent, and the RST answers nothing. */
static void seen_half_close_window(struct incident *incident)
{
	seen_fin_in_flight(incident);
	incident->object.history.fin_snd_nxt = incident->object.tcp.raw.snd_nxt =
		incident->object.history.fin_snd_una;
}

static void seen_fin_then_reset_process(struct incident *incident)
{
	tcp_fin_then_reset(incident);
	see_reset(incident, TCP_CLOSE_WAIT);
	see_fin(incident);
	see_peer(incident, PEER_HOW_CLOSED_BY_EXIT);
	incident->peer.have_exit = true;
	incident->peer.exit_status = 3 << 8;
}

static void seen_half_close_all_acked(struct incident *incident)
{
	tcp_closed_both_ways(incident);
	see_reset(incident, TCP_CLOSE_WAIT);
	see_fin(incident);
}

static void seen_reset_unprovoked(struct incident *incident)
{
	seen_half_close_all_acked(incident);
	see_peer(incident, PEER_HOW_CLOSED);
}

static void seen_half_close_process(struct incident *incident)
{
	seen_half_close_all_acked(incident);
	see_peer(incident, PEER_HOW_CLOSED);
	incident->peer.flags = EV_CLOSER_UNREAD;
}
