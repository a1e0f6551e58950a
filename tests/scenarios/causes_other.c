// SPDX-License-Identifier: GPL-2.0-or-later
/* Which cause, with which evidence? Objects that are not plain TCP, and signals without a write. */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "connection.h"
#include "fact.h"
#include "scenario.h"
#include "sockmap.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static const char bytes[FATAL_BYTES];

static void emit_ignored(int fd, const struct evidence *evidence)
{
	struct fact fact;

	fact_start_fatal_write(&fact, fd);
	fact_ignored(&fact);
	fact_evidence(&fact, evidence);
	fact_emit(&fact, NULL);
}

/* The socket through which the map sends is shut down. Both sockets raise the signal: first the
 * sending one, then, in tcp_bpf_sendmsg(), the one that the program wrote to. */
static void socket_map(const struct evidence *first, const struct evidence *second)
{
	struct connection written, sending;

	connection_make_tcp(AF_INET, &written);
	connection_make_tcp(AF_INET, &sending);
	sockmap_redirect(written.accepted, sending.accepted);
	scenario_begin();
	signal(SIGPIPE, SIG_IGN);
	shutdown(sending.accepted, SHUT_WR);
	emit_ignored(written.accepted, first);
	emit_ignored(written.accepted, second);
	scenario_write_epipe(written.accepted, FATAL_BYTES);
}

static void socket_map_seen(void)
{
	socket_map(&(struct evidence){ .code = "local_shutdown",
				       .confidence = "certain",
				       .text = "this thread did it" },
		   &(struct evidence){ .code = "not_plain_tcp",
				       .confidence = "likely",
				       .text = "a socket map (BPF)" });
}

/* Without the hook on sk_stream_error() sigpath does not know which socket failed. */
static void socket_map_unseen(void)
{
	struct evidence unknown = { .code = "unknown",
				    .confidence = "unknown",
				    .text = "or a layer above tcp",
				    .missing = "object" };

	socket_map(&unknown, &unknown);
}

/* The state does not show which end called shutdown(). */
static void unix_shutdown(void)
{
	int ends[2];

	scenario_begin();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ||
	    shutdown(ends[0], SHUT_WR) < 0)
		scenario_die("socketpair");
	fact_fatal_write(ends[0], &(struct evidence){ .code = "local_shutdown_or_peer",
						      .confidence = "likely",
						      .text = "the kernel keeps the same state" });
}

/* EPIPE without a signal on a datagram socket: END of the pair called shutdown(HOW). */
static void datagram(int end, int how, const struct evidence *evidence)
{
	struct fact fact;
	int ends[2];

	scenario_begin();
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0 ||
	    shutdown(ends[end], how) < 0)
		scenario_die("socketpair");
	fact_start_fatal_write(&fact, ends[0]);
	fact_text(&fact, "outcome", "suppressed");
	fact_evidence(&fact, evidence);
	fact_emit(&fact, NULL);
	scenario_write_epipe(ends[0], FATAL_BYTES);
}

static void datagram_shutdown(void)
{
	datagram(0, SHUT_WR,
		 &(struct evidence){ .code = "local_shutdown",
				     .confidence = "certain",
				     .text = "this side had shut down sending" });
}

static void datagram_peer(void)
{
	datagram(1, SHUT_RD,
		 &(struct evidence){ .code = "peer_shut_down",
				     .confidence = "certain",
				     .text = "the peer shut down receiving" });
}

/* 5.10 raises no signal for MPTCP. */
static void mptcp_shutdown(void)
{
	struct connection connection;
	int err = connection_make(AF_INET, IPPROTO_MPTCP, &connection);

	if (err)
		scenario_skip("no mptcp: %s", strerror(-err));
	scenario_begin();
	shutdown(connection.accepted, SHUT_WR);
	fact_fatal_write(connection.accepted,
			 &(struct evidence){ .code = "local_shutdown",
					     .confidence = "certain",
					     .text = "wrote afterwards (mptcp, state FIN_WAIT" });
}

/* A timer sends SIGPIPE, and no write failed. */
static void timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPIPE };
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	struct fact fact;
	timer_t id;

	scenario_begin();
	fact_start(&fact);
	fact_identity(&fact);
	fact_signal(&fact, &(struct signal_fact){ .disposition = "default",
						  .result = "delivered",
						  .outcome = "killed",
						  .subject = "kernel",
						  .code_name = "SI_TIMER" });
	fact_json(&fact, "object", "null");
	fact_evidence(&fact, &(struct evidence){ .code = "sent_by_kernel",
						 .confidence = "certain",
						 .text = "SI_TIMER" });
	fact_emit(&fact, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, &id) < 0 || timer_settime(id, 0, &soon, NULL) < 0)
		scenario_die("timer");
	while (true)
		pause();
}

/* io_submit of two requests: its arguments do not show which request failed. */
static void two_requests(void)
{
	aio_context_t context = 0;
	struct iocb broken = { .aio_lio_opcode = IOCB_CMD_PWRITE,
			       .aio_fildes = scenario_broken_pipe(),
			       .aio_buf = (uintptr_t)bytes,
			       .aio_nbytes = FATAL_BYTES };
	struct iocb whole = broken, *requests[] = { &broken, &whole };
	struct fact fact;

	whole.aio_fildes = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (syscall(SYS_io_setup, 2, &context) < 0)
		scenario_skip("io_setup: %s", strerror(errno));
	scenario_begin();
	fact_start(&fact);
	fact_identity(&fact);
	fact_killed(&fact);
	fact_evidence(&fact, &(struct evidence){ .code = "unknown",
						 .confidence = "unknown",
						 .text = "was not found",
						 .missing = "syscall.fd" });
	fact_emit(&fact, NULL);
	syscall(SYS_io_submit, context, 2, requests);
	scenario_die("io_submit did not kill");
}

static const struct scenario scenarios[] = {
	{ "socket-map", socket_map_seen },
	{ "socket-map-unseen", socket_map_unseen },
	{ "unix-shutdown", unix_shutdown },
	{ "datagram-shutdown", datagram_shutdown },
	{ "datagram-peer", datagram_peer },
	{ "mptcp-shutdown", mptcp_shutdown },
	{ "timer", timer },
	{ "two-requests", two_requests },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
