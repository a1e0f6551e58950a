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
	incident->signal.place = EV_PLACE_PARENT_DIED;
}

static void odd_code(struct incident *incident)
{
	segv(incident);
	incident->signal.number = SIGUSR1;
	incident->signal.code = 77;
}

/* -s fatal: how the end was seen, and no generation of the signal. */
static void unexplained(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_NONE);
	incident->subject = EV_SUBJECT_UNEXPLAINED;
	incident->signal.number = SIGTERM;
	incident->signal.origin = EV_ORIGIN_UNKNOWN;
	incident->death.have = true;
	incident->death.stage = EV_STAGE_DELIVERED;
	incident->death.ungenerated = EV_GENERATION_UNSEEN;
}

static void injected(struct incident *incident)
{
	unexplained(incident);
	incident->process.tracer_pid = 77;
}

static void replaced(struct incident *incident)
{
	injected(incident);
	incident->death.ungenerated = EV_GENERATION_OTHER;
}

static void no_room(struct incident *incident)
{
	unexplained(incident);
	incident->death.ungenerated = EV_GENERATION_NO_ROOM;
}

static void thread_alone(struct incident *incident)
{
	unexplained(incident);
	incident->death.stage = EV_STAGE_EXITED;
	incident->death.thread_alone = true;
}

static void exit_3(struct incident *incident)
{
	prepare_write(incident, EV_OBJECT_NONE);
	incident->subject = EV_SUBJECT_EXIT;
	incident->outcome = EV_OUTCOME_EXITED;
	incident->signal.number = 0;
	incident->death.have = true;
	incident->death.stage = EV_STAGE_EXITED;
	incident->death.have_status = true;
	incident->death.status = 3 << 8;
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

static void unix_killed(struct incident *incident)
{
	unix_closed(incident);
	incident->peer = (struct incident_peer_process){
		.have = true,
		.pid = 4321,
		.how = PEER_HOW_CLOSED_BY_EXIT,
		.confidence = CONFIDENCE_CERTAIN,
		.have_exit = true,
		.exit_status = 9,
	};
}

static void unix_listener_closed(struct incident *incident)
{
	unix_closed(incident);
	incident->object.error = ECONNRESET;
	incident->peer = (struct incident_peer_process){
		.have = true,
		.pid = 4321,
		.how = PEER_HOW_CLOSED_LISTENER,
		.confidence = CONFIDENCE_CERTAIN,
	};
}

static void unix_shut_down_here(struct incident *incident)
{
	prepare_unix(incident);
	incident->object.history.local.time_ns = 5;
	incident->object.history.peer_shutdown.time_ns = 6;
}

static void unix_shut_down_there(struct incident *incident)
{
	prepare_unix(incident);
	incident->peer = (struct incident_peer_process){
		.have = true,
		.pid = 4321,
		.how = PEER_HOW_SHUT_DOWN,
		.confidence = CONFIDENCE_CERTAIN,
	};
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

/* -s fatal: the record was made when the signal was no longer blocked. */
static void held_back(struct incident *incident)
{
	no_object(incident);
	incident->signal.blocked = true;
	incident->death = (struct incident_death){
		.have = true,
		.stage = EV_STAGE_DELIVERED,
		.have_after = true,
		.after_ns = UINT64_C(1200000000),
	};
}

static void held_back_and_told(struct incident *incident)
{
	held_back(incident);
	incident->link_count = 1;
	incident->links[0].what = LINK_SAME_SIGNAL;
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
