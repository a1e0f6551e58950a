/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The states in which a write can find its object, as the kernel leaves them behind. */
#pragma once

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "incident.h"

#define MSEC 1000000ull
#define SEC (1000 * MSEC)

/* A write(2) to a socket of TYPE that killed the process. */
static void prepare_write(struct incident *incident, enum ev_object_type type)
{
	incident->subject = EV_SUBJECT_WRITE;
	incident->outcome = EV_OUTCOME_KILLED;
	incident->signal.number = SIGPIPE;
	incident->signal.origin = EV_ORIGIN_KERNEL;
	incident->signal.disposition = EV_DISPOSITION_DEFAULT;
	incident->process.pid = 812;
	incident->syscall.have = true;
	incident->object.type = type;
}

/* The state after a reset in ESTABLISHED. */
static void prepare_tcp(struct incident *incident)
{
	struct incident_tcp *tcp = &incident->object.tcp;

	prepare_write(incident, EV_OBJECT_TCP);
	incident->object.state = TCP_CLOSE;
	incident->object.shutdown = 3;
	incident->object.peer_port = 51234;
	tcp->established = true;
	tcp->bytes_sent = 13;
	tcp->bytes_received = 20;
	tcp->have_last_send = tcp->have_last_receive = true;
	tcp->have_last_ack = tcp->have_last_packet = true;
	tcp->last_receive_ago_ns = 6 * SEC;
	tcp->last_ack_ago_ns = 5 * SEC;
	tcp->last_send_ago_ns = 1004 * MSEC;
	tcp->last_packet_ago_ns = 1001234567;
	tcp->raw.write_seq = 1000;
	tcp->raw.rcv_nxt = 2000;
	tcp->raw.snd_wnd = 65536;
}

static void sent_by_process(struct incident *incident)
{
	prepare_tcp(incident);
	incident->subject = EV_SUBJECT_SENT;
	incident->signal.origin = EV_ORIGIN_PROCESS;
	incident->signal.sender.have = true;
	incident->signal.sender.pid = 4321;
	incident->signal.sender.uid = 1000;
	incident->signal.sender.have_syscall = true;
	incident->signal.sender.syscall = "kill";
	incident->object.type = EV_OBJECT_NONE;
}

static void sent_by_itself(struct incident *incident)
{
	sent_by_process(incident);
	incident->signal.sender.pid = 812;
	incident->signal.sender.tid = 815;
	incident->signal.sender.syscall = "tgkill";
}

static void sent_by_somebody(struct incident *incident)
{
	sent_by_process(incident);
	incident->signal.sender.have = false;
	incident->signal.code = -1;
}

static void segv(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_NONE);
	incident->subject = EV_SUBJECT_KERNEL;
	incident->outcome = EV_OUTCOME_DELIVERED;
	incident->signal.number = SIGSEGV;
	incident->signal.code = 1;
}

static void pipe_from_timer(struct incident *incident)
{
	prepare_tcp(incident);
	incident->subject = EV_SUBJECT_KERNEL;
	incident->signal.code = -2;
}

static void parent_death_pipe(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_NONE);
	incident->subject = EV_SUBJECT_KERNEL;
}

static void odd_code(struct incident *incident)
{
	segv(incident);
	incident->signal.number = SIGUSR1;
	incident->signal.code = 77;
}

static void file_size_limit(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_FILE);
	incident->subject = EV_SUBJECT_LIMIT;
	incident->signal.number = SIGXFSZ;
}

static void pipe_unread(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_PIPE);
	incident->object.pipe = (struct ev_pipe){
		.writers = 2, .r_counter = 1, .unread_buffers = 3, .max_buffers = 16
	};
}

static void fifo_read(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_FIFO);
	incident->object.pipe = (struct ev_pipe){ .writers = 1, .r_counter = 3, .max_buffers = 16 };
}

static void pipe_with_readers(struct incident *incident)
{
	pipe_unread(incident);
	incident->object.pipe.readers = 1;
}

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

/* --- the same with what hooks have seen --- */

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

static void see_fin(struct incident *incident)
{
	incident->object.socket_flags |= EV_SOCKET_DONE;
	incident->object.history.fin_received_ns = before(incident, 4 * SEC);
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
					     .flags = EV_CLOSER_CERTAIN | EV_CLOSER_SHUTDOWN };
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
}

static void seen_reset_by_exit(struct incident *incident)
{
	seen_reset_by_process(incident);
	incident->peer.have_exit = true;
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
	incident->object.tcp.last_ack_ago_ns = 1500 * MSEC;
}

static void seen_half_close_all_acked(struct incident *incident)
{
	tcp_closed_both_ways(incident);
	see_reset(incident, TCP_CLOSE_WAIT);
	see_fin(incident);
}

static void seen_half_close_process(struct incident *incident)
{
	seen_half_close_all_acked(incident);
	see_peer(incident, PEER_HOW_SHUT_DOWN);
}

static void tcp_odd(struct incident *incident)
{
	prepare_tcp(incident);
	incident->object.shutdown = 1;
}

static void prepare_unix(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_UNIX);
	incident->object.state = TCP_ESTABLISHED;
	incident->object.shutdown = 3;
	incident->object.unix_.flags = EV_UNIX_PEER_HAVE;
	incident->object.unix_.peer_shutdown = 3;
}

static void unix_closed(struct incident *incident)
{
	prepare_unix(incident);
	incident->object.unix_.flags |= EV_UNIX_PEER_DEAD;
}

static void unix_closed_unread(struct incident *incident)
{
	unix_closed(incident);
	incident->object.error = ECONNRESET;
}

static void unix_half_down(struct incident *incident)
{
	prepare_unix(incident);
	incident->object.shutdown = 2;
	incident->object.unix_.peer_shutdown = 1;
}

static void unix_peer_down(struct incident *incident)
{
	unix_half_down(incident);
	incident->object.shutdown = 0;
}

static void unix_datagram_local(struct incident *incident)
{
	unix_half_down(incident);
	incident->object.sock_type = SOCK_DGRAM;
	incident->object.unix_.peer_shutdown = 0;
}

static void unix_no_peer(struct incident *incident)
{
	prepare_unix(incident);
	incident->object.unix_.flags = 0;
}

static void mptcp_local(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_MPTCP);
	incident->object.state = TCP_FIN_WAIT2;
	incident->object.shutdown = 2;
}

static void mptcp_close_wait(struct incident *incident)
{
	mptcp_local(incident);
	incident->object.state = TCP_CLOSE_WAIT;
}

static void mptcp_closed(struct incident *incident)
{
	mptcp_local(incident);
	incident->object.state = TCP_CLOSE;
	incident->object.shutdown = 3;
}

static void sctp_no_association(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_SCTP);
	incident->object.state = TCP_CLOSE;
}

static void sctp_listening(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_SCTP);
	incident->object.state = TCP_LISTEN;
}

static void sctp_peer(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_SCTP);
	incident->object.state = TCP_CLOSE_WAIT;
	incident->object.shutdown = 1;
}

static void vsock_peer(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_VSOCK);
	incident->object.state = TCP_ESTABLISHED;
	incident->object.vsock.peer_shutdown = 3;
}

static void udp_shut_down(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_SOCKET);
	incident->outcome = EV_OUTCOME_SUPPRESSED;
	incident->signal.number = 0;
	incident->object.state = TCP_ESTABLISHED;
	incident->object.shutdown = 2;
}

static void socket_odd_state(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_SOCKET);
	incident->object.state = 250;
}

static void no_object(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_NONE);
	incident->object.status = EV_OBJECT_NO_FD;
}

static void closed_fd(struct incident *incident)
{
	no_object(incident);
	incident->object.status = EV_OBJECT_FD_CLOSED;
}

static void reused_fd(struct incident *incident)
{
	no_object(incident);
	incident->object.status = EV_OBJECT_REUSED;
}

static void plain_file(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_FILE);
}
