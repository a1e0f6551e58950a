// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which cause, with which evidence? Here a process on this host breaks a connection, a pipe or a
 * unix socket. In "-unseen" scenarios, as in network.c, the peer closes before sigpath starts.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "connection.h"
#include "fact.h"
#include "scenario.h"

#define FIRST_BYTES 13
#define FEW_TICKS_MS 60 /* two times in jiffies differ if they are this far apart */

static const char bytes[FATAL_BYTES];

static void wait_a_few_ticks(void)
{
	poll(NULL, 0, FEW_TICKS_MS);
}

static void write_first(int fd)
{
	if (write(fd, bytes, FIRST_BYTES) != FIRST_BYTES)
		scenario_die("the first write");
}

/* A child connects, closes with SO_LINGER 0 (RST without FIN), and lives as long as its parent. */
static int reset_by_child(pid_t *ret_child)
{
	struct linger abort_it = { .l_onoff = 1, .l_linger = 0 };
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	struct gate connected;

	gate_init(&connected);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		scenario_die("listening");
	*ret_child = scenario_fork();
	if (*ret_child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) < 0)
			scenario_die("connecting");
		gate_wait(&connected);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
		close(fd);
		pause();
	}
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		scenario_die("accept");
	gate_open(&connected, 1);
	return fd;
}

static void reset_by_process(void)
{
	struct fact fact;
	char text[128];
	pid_t child;
	int fd;

	scenario_begin();
	fd = reset_by_child(&child);
	connection_take_error(fd, ECONNRESET);
	snprintf(text, sizeof(text), ": process %d of this host closed its end with SO_LINGER 0",
		 child);
	fact_start_fatal_write(&fact, fd);
	fact_peer(&fact, child);
	fact_finish_fatal_write(
		&fact, fd,
		&(struct evidence){ .code = "reset_by_peer",
				    .confidence = "certain",
				    .text = text,
				    .timeline = { "connected", "rst_received", "this_write" } });
}

static void reset_unseen(void)
{
	pid_t child;
	int fd = reset_by_child(&child);

	connection_take_error(fd, ECONNRESET);
	scenario_begin();
	fact_fatal_write(fd,
			 &(struct evidence){ .code = "reset_by_peer",
					     .confidence = "likely",
					     .text = "(`ss -K` on this host leaves the same state)",
					     .timeline = { "last_packet", "this_write" },
					     .missing = "cause.timeline.closed" });
}

/* Both ends send data, the peer closes, we write, the peer's kernel sends RST. */
static void lose_peer(struct connection *tcp)
{
	char byte;

	connection_make_tcp(AF_INET, tcp);
	wait_a_few_ticks();
	if (write(tcp->connected, "x", 1) != 1 || read(tcp->accepted, &byte, 1) != 1)
		scenario_die("a byte from the peer");
	wait_a_few_ticks();
	close(tcp->connected);
	connection_wait(tcp->accepted, POLLRDHUP);
	wait_a_few_ticks();
	connection_break(tcp->accepted, FIRST_BYTES);
	wait_a_few_ticks();
}

static void classic(void)
{
	struct connection tcp;

	scenario_begin();
	lose_peer(&tcp);
	fact_fatal_write(tcp.accepted,
			 &(struct evidence){ .code = "peer_closed_then_reset",
					     .confidence = "certain",
					     .text = "ms before, we wrote 13 bytes",
					     .timeline = { "connected", "last_data_received",
							   "fin_received", "last_write",
							   "rst_received", "this_write" } });
}

static void classic_unseen(void)
{
	struct connection tcp;

	lose_peer(&tcp);
	scenario_begin();
	fact_fatal_write(tcp.accepted,
			 &(struct evidence){ .code = "peer_closed_then_reset",
					     .confidence = "likely",
					     .text = "it sent FIN, we wrote 13 bytes",
					     .timeline = { "last_data_received", "last_write",
							   "rst_received", "this_write" },
					     .missing = "cause.timeline.fin_received" });
}

/* The peer shuts down its sending side, continues to read, then closes with unread data. */
static void half_close(void)
{
	struct connection tcp;

	scenario_begin();
	connection_make_tcp(AF_INET, &tcp);
	wait_a_few_ticks();
	shutdown(tcp.connected, SHUT_WR);
	connection_wait(tcp.accepted, POLLRDHUP);
	wait_a_few_ticks();
	write_first(tcp.accepted);
	connection_wait(tcp.connected, POLLIN);
	wait_a_few_ticks();
	close(tcp.connected);
	connection_wait(tcp.accepted, 0);
	fact_fatal_write(tcp.accepted,
			 &(struct evidence){ .code = "half_closed_then_reset",
					     .confidence = "certain",
					     .text = "and went on reading; it sent RST",
					     .timeline = { "connected", "fin_received",
							   "last_write", "rst_received",
							   "this_write" } });
}

static void *shut_down_writing(void *context)
{
	const int *fd = context;

	if (shutdown(*fd, SHUT_WR) < 0)
		scenario_die("shutdown");
	return (void *)(intptr_t)scenario_tid();
}

/* Runs in another thread and returns the id of that thread. */
static pid_t shut_down_elsewhere(int fd)
{
	pthread_t thread;
	void *tid;

	if (pthread_create(&thread, NULL, shut_down_writing, &fd) != 0 ||
	    pthread_join(thread, &tid) != 0)
		scenario_die("a thread");
	return (intptr_t)tid;
}

static void shutdown_by_thread(void)
{
	struct connection tcp;
	char text[128];

	scenario_begin();
	connection_make_tcp(AF_INET, &tcp);
	wait_a_few_ticks();
	write_first(tcp.accepted);
	connection_wait(tcp.connected, POLLIN);
	wait_a_few_ticks();
	snprintf(text, sizeof(text), "thread %d of this process did it",
		 shut_down_elsewhere(tcp.accepted));
	connection_wait(tcp.connected, POLLRDHUP);
	fact_fatal_write(tcp.accepted, &(struct evidence){ .code = "local_shutdown",
							   .confidence = "certain",
							   .text = text });
}

static void shutdown_unseen(void)
{
	struct connection tcp;

	connection_make_tcp(AF_INET, &tcp);
	shut_down_elsewhere(tcp.accepted);
	connection_wait(tcp.connected, POLLRDHUP);
	scenario_begin();
	fact_fatal_write(tcp.accepted,
			 &(struct evidence){ .code = "local_shutdown",
					     .confidence = "certain",
					     .text = "this side had shut down sending",
					     .timeline = { "last_packet", "this_write" },
					     .missing = "cause.timeline.local_shutdown" });
}

/* The peer's FIN, our FIN, and its ACK: LAST_ACK becomes CLOSE, and all data has an ACK. */
static void close_both_ways(struct connection *tcp)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	connection_make_tcp(AF_INET, tcp);
	wait_a_few_ticks();
	close(tcp->connected);
	connection_wait(tcp->accepted, POLLRDHUP);
	wait_a_few_ticks();
	shut_down_elsewhere(tcp->accepted);
	for (int i = 0; i < 30000; i++) {
		if (getsockopt(tcp->accepted, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
			scenario_die("TCP_INFO");
		if (info.tcpi_state == TCP_CLOSE)
			return;
		poll(NULL, 0, 1);
	}
	scenario_die("the connection never ended");
}

static void shutdown_both_ways(void)
{
	struct connection tcp;

	scenario_begin();
	close_both_ways(&tcp);
	fact_fatal_write(tcp.accepted,
			 &(struct evidence){ .code = "local_shutdown",
					     .confidence = "certain",
					     .text = "the peer had closed its side too",
					     .timeline = { "connected", "fin_received",
							   "local_shutdown", "closed",
							   "this_write" } });
}

static void both_ways_unseen(void)
{
	struct connection tcp;

	close_both_ways(&tcp);
	scenario_begin();
	fact_fatal_write(tcp.accepted,
			 &(struct evidence){ .code = "closed_both_ways",
					     .confidence = "likely",
					     .text = "the peer sent FIN, all we had sent",
					     .timeline = { "last_packet", "this_write" },
					     .missing = "cause.timeline.closed" });
}

static void listening(void)
{
	int fd;

	scenario_begin();
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || listen(fd, 1) < 0)
		scenario_die("listen");
	fact_fatal_write(fd, &(struct evidence){ .code = "listening",
						 .confidence = "certain",
						 .text = "carries no data",
						 .timeline = { "this_write" } });
}

static void disconnected(void)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	struct connection tcp;

	scenario_begin();
	connection_make_tcp(AF_INET, &tcp);
	if (connect(tcp.connected, &nobody, sizeof(nobody)) < 0)
		scenario_die("connect to AF_UNSPEC");
	connection_take_error(tcp.connected, ECONNRESET); /* tcp_disconnect() sets it */
	fact_fatal_write(tcp.connected, &(struct evidence){ .code = "disconnected",
							    .confidence = "certain",
							    .text = "disconnected by this side" });
}

static const struct scenario scenarios[] = {
	{ "reset-by-process", reset_by_process },
	{ "reset-unseen", reset_unseen },
	{ "classic", classic },
	{ "classic-unseen", classic_unseen },
	{ "half-close", half_close },
	{ "shutdown-by-thread", shutdown_by_thread },
	{ "shutdown-unseen", shutdown_unseen },
	{ "shutdown-both-ways", shutdown_both_ways },
	{ "both-ways-unseen", both_ways_unseen },
	{ "listening", listening },
	{ "disconnected", disconnected },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
