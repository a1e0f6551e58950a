/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP sockets that no hook has seen. */
#pragma once

#include "states.h"

static void tcp_listening(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_TCP);
	incident->object.state = TCP_LISTEN;
}

static void tcp_fin_wait1(struct incident *incident)
{
	prepare_tcp(incident);
	incident->object.state = TCP_FIN_WAIT1;
	incident->object.shutdown = 2;
}

static void tcp_fin_wait2(struct incident *incident)
{
	tcp_fin_wait1(incident);
	incident->object.state = TCP_FIN_WAIT2;
}

static void tcp_closing(struct incident *incident)
{
	tcp_fin_wait1(incident);
	incident->object.state = TCP_CLOSING;
}

static void tcp_last_ack(struct incident *incident)
{
	tcp_fin_wait1(incident);
	incident->object.state = TCP_LAST_ACK;
	incident->object.shutdown = 3;
	incident->object.socket_flags = EV_SOCKET_DONE;
}

static void tcp_tls(struct incident *incident)
{
	prepare_tcp(incident);
	incident->object.state = TCP_CLOSE_WAIT;
	incident->object.shutdown = 1;
	strcpy(incident->object.tcp.raw.ulp, "tls");
}

/* Kernel memory without a NUL, and not a name that is known. */
static void tcp_hostile_ulp(struct incident *incident)
{
	tcp_tls(incident);
	incident->object.state = TCP_ESTABLISHED;
	memset(incident->object.tcp.raw.ulp, '\x1b', sizeof(incident->object.tcp.raw.ulp));
}

static void tcp_never_connected(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_TCP);
	incident->object.state = TCP_CLOSE;
}

/* shutdown() on such a socket fails, and sets the bits nevertheless (inet_shutdown()). */
static void tcp_never_connected_shut(struct incident *incident)
{
	tcp_never_connected(incident);
	incident->object.shutdown = 3;
}

static void tcp_blocking_connect(struct incident *incident)
{
	tcp_never_connected(incident);
	incident->object.tcp.raw.write_seq = 77;
}

static void tcp_disconnected(struct incident *incident)
{
	tcp_blocking_connect(incident);
	incident->object.tcp.raw.rcv_nxt = 99;
}

static void tcp_connect_refused(struct incident *incident)
{
	tcp_blocking_connect(incident);
	incident->object.peer_port = 9;
	incident->object.shutdown = 3;
	incident->object.tcp.have_last_packet = true;
	incident->object.tcp.last_packet_ago_ns = 2 * MSEC;
}

static void tcp_connect_silent(struct incident *incident)
{
	tcp_connect_refused(incident);
	incident->object.tcp.raw.retransmits = 6;
	incident->object.error_soft = EHOSTUNREACH;
}

static void tcp_timeout(struct incident *incident)
{
	prepare_tcp(incident);
	incident->object.tcp.unacked_bytes = 13;
	incident->object.tcp.raw.retransmits = 5;
	incident->object.tcp.last_ack_ago_ns = 924 * SEC;
	incident->object.tcp.last_send_ago_ns = 120 * SEC;
}

static void tcp_user_timeout(struct incident *incident)
{
	tcp_timeout(incident);
	incident->object.tcp.raw.retransmits = 1;
	incident->object.tcp.raw.user_timeout_ms = 2000;
	incident->object.tcp.last_send_ago_ns = 1100 * MSEC;
	incident->object.error_soft = 9999;
}

static void tcp_timeout_after_fin(struct incident *incident)
{
	tcp_timeout(incident);
	incident->object.socket_flags = EV_SOCKET_DONE;
}

static void tcp_zero_window(struct incident *incident)
{
	tcp_timeout(incident);
	incident->object.tcp.raw.retransmits = 0;
	incident->object.tcp.raw.probes_out = 15;
	incident->object.tcp.raw.snd_wnd = 0;
}

static void tcp_keepalive(struct incident *incident)
{
	prepare_tcp(incident);
	incident->object.tcp.raw.probes_out = 9;
	incident->object.socket_flags = EV_SOCKET_KEEPALIVE;
}

static void tcp_fin_then_reset(struct incident *incident)
{
	prepare_tcp(incident);
	incident->object.socket_flags = EV_SOCKET_DONE;
	incident->object.tcp.unacked_bytes = 13;
}

static void tcp_fin_then_reset_after_loss(struct incident *incident)
{
	tcp_fin_then_reset(incident);
	incident->object.tcp.raw.retransmits = 1;
}

static void tcp_fin_then_reset_no_times(struct incident *incident)
{
	tcp_fin_then_reset(incident);
	incident->object.tcp.unacked_bytes = 1;
	incident->object.tcp.have_last_send = incident->object.tcp.have_last_packet = false;
	incident->object.tcp.have_last_receive = false;
}

static void tcp_closed_both_ways(struct incident *incident)
{
	prepare_tcp(incident);
	incident->object.socket_flags = EV_SOCKET_DONE;
	/* Nothing was exchanged but the FINs. */
	incident->object.tcp.have_last_receive = incident->object.tcp.have_last_send = false;
}

static void tcp_reset_unacked(struct incident *incident)
{
	prepare_tcp(incident);
	incident->object.tcp.unacked_bytes = 13;
}

static void tcp_reset_after_loss(struct incident *incident)
{
	tcp_reset_unacked(incident);
	incident->object.tcp.raw.retransmits = 2;
}

static void tcp_odd(struct incident *incident)
{
	prepare_tcp(incident);
	incident->object.shutdown = 1;
}
