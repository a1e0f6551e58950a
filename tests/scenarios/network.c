// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What ends a connection if the peer does not: silence, an administrator, a failed connect(). Each
 * scenario has its own network namespace. It ends the connection after sigpath is ready, so that
 * the hooks see it. Its "-unseen" twin ends it before, so that only the socket's own fields remain.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "connection.h"
#include "fact.h"
#include "network_namespace.h"
#include "network_veth.h"
#include "scenario.h"

#define FIRST_BYTES 13

static const char bytes[FIRST_BYTES];

static void set_tcp(int fd, int option, int value)
{
	if (setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)) < 0)
		scenario_die("tcp option %d", option);
}

/* The peer's host stops answering. The kernel gives up with 13 bytes without an ACK. */
static void fall_silent(struct connection *tcp)
{
	connection_make_tcp(AF_INET, tcp);
	set_tcp(tcp->accepted, TCP_USER_TIMEOUT, 1);
	network_drop_all(tcp->connected);
	poll(NULL, 0, 30); /* so that write and handshake are in different ticks */
	if (write(tcp->accepted, bytes, FIRST_BYTES) != FIRST_BYTES)
		scenario_die("the write into silence");
	connection_take_error(tcp->accepted, ETIMEDOUT);
}

static void timeout_as(const char *confidence, const char *missing)
{
	struct connection tcp;

	network_namespace_enter();
	scenario_begin();
	fall_silent(&tcp);
	fact_fatal_write(tcp.accepted,
			 &(struct evidence){ .code = "timeout",
					     .confidence = confidence,
					     .text = "13 bytes got no ACK after 1 retransmission",
					     .timeline = { "connected", "last_retransmission",
							   "gave_up", "this_write" },
					     .missing = missing });
}

static void timeout(void)
{
	timeout_as("certain", NULL);
}

static void timeout_without_error(void)
{
	timeout_as("likely", "cause.timeline.error");
}

static void timeout_unseen(void)
{
	struct connection tcp;

	network_namespace_enter();
	fall_silent(&tcp);
	scenario_begin();
	fact_fatal_write(tcp.accepted, &(struct evidence){ .code = "timeout",
							   .confidence = "likely",
							   .text = "(TCP_USER_TIMEOUT 1 ms)",
							   .timeline = { "last_retransmission",
									 "gave_up", "this_write" },
							   .missing = "cause.timeline.connected" });
}

/* The peer still exists and sends ACKs, but reads nothing. */
static void timeout_zero_window(void)
{
	static const char block[4096];
	struct connection tcp;

	network_namespace_enter();
	scenario_begin();
	connection_make_tcp(AF_INET, &tcp);
	fcntl(tcp.accepted, F_SETFL, O_NONBLOCK);
	for (int idle = 0; idle < 3; idle++) {
		while (write(tcp.accepted, block, sizeof(block)) > 0)
			idle = 0;
		if (errno != EAGAIN)
			scenario_die("filling the connection");
		poll(NULL, 0, 50); /* for packets in flight */
	}
	set_tcp(tcp.accepted, TCP_USER_TIMEOUT, 1);
	connection_take_error(tcp.accepted, ETIMEDOUT);
	fact_fatal_write(tcp.accepted, &(struct evidence){ .code = "timeout",
							   .confidence = "certain",
							   .text = "(zero window)" });
}

static void die_of_keepalive(struct connection *tcp)
{
	int on = 1;

	connection_make_tcp(AF_INET, tcp);
	if (setsockopt(tcp->accepted, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) < 0)
		scenario_die("SO_KEEPALIVE");
	network_drop_all(tcp->connected);
	set_tcp(tcp->accepted, TCP_KEEPINTVL, 1);
	set_tcp(tcp->accepted, TCP_KEEPCNT, 1);
	set_tcp(tcp->accepted, TCP_KEEPIDLE, 1);
	connection_take_error(tcp->accepted, ETIMEDOUT);
}

static void keepalive_as(const char *confidence, const char *missing)
{
	struct connection tcp;

	network_namespace_enter();
	scenario_begin();
	die_of_keepalive(&tcp);
	fact_fatal_write(tcp.accepted,
			 &(struct evidence){ .code = "keepalive_timeout",
					     .confidence = confidence,
					     .text = "keepalive: 1 probe got no answer",
					     .timeline = { "connected", "gave_up", "this_write" },
					     .missing = missing });
}

static void keepalive(void)
{
	keepalive_as("certain", NULL);
}

static void keepalive_without_error(void)
{
	keepalive_as("likely", "cause.timeline.error");
}

static void keepalive_unseen(void)
{
	struct connection tcp;

	network_namespace_enter();
	die_of_keepalive(&tcp);
	scenario_begin();
	fact_fatal_write(tcp.accepted,
			 &(struct evidence){ .code = "keepalive_timeout",
					     .confidence = "likely",
					     .text = "or the last probe was answered by RST",
					     .timeline = { "gave_up", "this_write" },
					     .missing = "cause.timeline.connected" });
}

static void destroy(struct connection *tcp)
{
	connection_make_tcp(AF_INET, tcp);
	poll(NULL, 0, 30);
	network_destroy(tcp->accepted);
	connection_take_error(tcp->accepted, ECONNABORTED);
}

static void destroyed_as(const char *confidence, const char *text, const char *missing)
{
	struct connection tcp, spare;

	network_namespace_enter();
	connection_make_tcp(AF_INET, &spare);
	network_destroy(spare.accepted); /* if the kernel cannot do it, this call skips */
	scenario_begin();
	destroy(&tcp);
	fact_fatal_write(tcp.accepted,
			 &(struct evidence){ .code = "destroyed",
					     .confidence = confidence,
					     .text = text,
					     .timeline = { "connected", "destroyed", "this_write" },
					     .missing = missing });
}

static void destroyed(void)
{
	destroyed_as("certain", "SOCK_DESTROY (as `ss -K` does)", NULL);
}

static void destroyed_without_error(void)
{
	destroyed_as("likely", "without a RST, a timer or a shutdown", "cause.timeline.error");
}

/* Without the hook, row K looks like row D. */
static void destroyed_unseen(void)
{
	struct connection tcp;

	network_namespace_enter();
	destroy(&tcp);
	scenario_begin();
	fact_fatal_write(tcp.accepted,
			 &(struct evidence){ .code = "reset_by_peer",
					     .confidence = "likely",
					     .text = "leaves the same state",
					     .timeline = { "last_packet", "this_write" },
					     .missing = "cause.timeline.closed" });
}

/* The address of a socket that was bound and is closed now, or that listens. */
static void bind_anywhere(int fd, struct sockaddr_in *ret_address)
{
	socklen_t size = sizeof(*ret_address);

	*ret_address = (struct sockaddr_in){ .sin_family = AF_INET };
	ret_address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)ret_address, size) < 0 ||
	    getsockname(fd, (struct sockaddr *)ret_address, &size) < 0)
		scenario_die("bind");
}

static int make_socket(int flags)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd < 0)
		scenario_die("socket");
	return fd;
}

static int connect_to_nobody(int flags, int expected)
{
	int fd = make_socket(0), connecting;
	struct sockaddr_in address;

	bind_anywhere(fd, &address);
	close(fd);
	connecting = make_socket(flags);
	if (connect(connecting, (struct sockaddr *)&address, sizeof(address)) == 0 ||
	    errno != expected)
		scenario_die("connecting to a closed port");
	return connecting;
}

static void connect_refused(void)
{
	int fd;

	network_namespace_enter();
	scenario_begin();
	fd = connect_to_nobody(SOCK_NONBLOCK, EINPROGRESS);
	connection_take_error(fd, ECONNREFUSED);
	fact_fatal_write(fd, &(struct evidence){ .code = "connect_failed",
						 .confidence = "certain",
						 .text = "refused by RST",
						 .timeline = { "rst_received", "this_write" } });
}

static void connect_refused_unseen(void)
{
	int fd;

	network_namespace_enter();
	fd = connect_to_nobody(SOCK_NONBLOCK, EINPROGRESS);
	connection_take_error(fd, ECONNREFUSED);
	scenario_begin();
	fact_fatal_write(fd, &(struct evidence){ .code = "connect_failed",
						 .confidence = "certain",
						 .text = "(refused, or given up)",
						 .timeline = { "connect_failed", "this_write" } });
}

/* tcp_disconnect() clears the peer's port, so sigpath cannot find what its hooks recorded. */
static void connect_refused_blocking(void)
{
	int fd;

	network_namespace_enter();
	scenario_begin();
	fd = connect_to_nobody(0, ECONNREFUSED);
	fact_fatal_write(fd, &(struct evidence){ .code = "connect_failed",
						 .confidence = "certain",
						 .text = "connect() had failed or was given up",
						 .timeline = { "connect_failed", "this_write" } });
}

/* A listener that receives no packet: two SYNs without an answer. */
static void connect_silent(void)
{
	struct sockaddr_in address;
	int listener, fd;

	network_namespace_enter();
	scenario_begin();
	listener = make_socket(0);
	bind_anywhere(listener, &address);
	network_drop_all(listener);
	if (listen(listener, 1) < 0)
		scenario_die("listen");
	fd = make_socket(SOCK_NONBLOCK);
	set_tcp(fd, TCP_SYNCNT, 1);
	set_tcp(fd, TCP_USER_TIMEOUT, 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || errno != EINPROGRESS)
		scenario_die("connecting to a silent listener");
	connection_take_error(fd, ETIMEDOUT);
	fact_fatal_write(fd,
			 &(struct evidence){ .code = "connect_failed",
					     .confidence = "certain",
					     .text = "its SYN was sent 2 times without an answer",
					     .timeline = { "connect_failed", "this_write" } });
}

static noreturn void connect_and_reset(const struct sockaddr_in *address)
{
	struct linger abort_it = { .l_onoff = 1, .l_linger = 0 };
	int fd = make_socket(0);

	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		scenario_die("connecting over veth");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
	close(fd);
	while (true)
		pause();
}

/* Between two network namespaces, by veth: both ends have the same pair of addresses. */
static void reset_from_afar(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(8088) };
	struct gate listening;
	char text[64];
	struct fact fact;
	int listener, fd;
	pid_t child;

	gate_init(&listening);
	inet_pton(AF_INET, VETH_HERE, &address.sin_addr);
	child = network_veth_fork();
	if (child == 0) {
		gate_wait(&listening);
		connect_and_reset(&address);
	}
	scenario_begin();
	listener = make_socket(0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0)
		scenario_die("listening on veth");
	gate_open(&listening, 1);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	connection_take_error(fd, ECONNRESET);
	snprintf(text, sizeof(text), ": process %d of this host closed its end", child);
	fact_start_fatal_write(&fact, fd);
	fact_peer(&fact, child);
	fact_finish_fatal_write(
		&fact, fd,
		&(struct evidence){ .code = "reset_by_peer",
				    .confidence = "certain",
				    .text = text,
				    .timeline = { "connected", "rst_received", "this_write" } });
}

/* The peer closes before this end is established: its FIN brings the ACK that was lost. */
static void closed_before_ack(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener, fd, none = 0;
	struct fact fact;
	pid_t child;

	scenario_begin();
	listener = make_socket(0);
	if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0)
		scenario_die("listening");
	network_drop_plain_acks(listener);
	child = scenario_fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = make_socket(0);
		if (connect(fd, (struct sockaddr *)&address, length) < 0)
			scenario_die("connecting");
		close(fd);
		while (true)
			pause();
	}
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)) < 0)
		scenario_die("accept");
	connection_break(fd, 1);
	fact_start_fatal_write(&fact, fd);
	fact_peer(&fact, child);
	fact_finish_fatal_write(&fact, fd,
				&(struct evidence){ .code = "peer_closed_then_reset",
						    .confidence = "certain",
						    .text = "it sent FIN" });
}

/* The kernel asks for the neighbour three times, without an answer. Makes that short. */
static void ask_neighbours_once(void)
{
	static const char *const files[] = { "mcast_solicit", "retrans_time_ms" };
	static const char *const values[] = { "1", "100" };
	char path[96];

	for (size_t i = 0; i < 2; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/sys/net/ipv4/neigh/" VETH_DEVICE_HERE "/%s",
			 files[i]);
		file = fopen(path, "we");
		if (file) { /* without this file it takes 3 s */
			fputs(values[i], file);
			fclose(file);
		}
	}
}

static void connect_unreachable_as(const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(8088) };
	int fd;

	inet_pton(AF_INET, VETH_NOBODY, &address.sin_addr);
	if (network_veth_fork() == 0)
		while (true)
			pause();
	ask_neighbours_once();
	scenario_begin();
	fd = make_socket(SOCK_NONBLOCK);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || errno != EINPROGRESS)
		scenario_die("connecting to nobody");
	connection_take_error(fd, EHOSTUNREACH);
	fact_fatal_write(fd, &(struct evidence){ .code = "connect_failed",
						 .confidence = "certain",
						 .text = text,
						 .timeline = { "connect_failed", "this_write" } });
}

static void connect_unreachable(void)
{
	connect_unreachable_as("with EHOSTUNREACH");
}

static void connect_unreachable_without_error(void)
{
	connect_unreachable_as("no RST came: unreachable, or given up");
}

static const struct scenario scenarios[] = {
	{ "timeout", timeout },
	{ "timeout-without-error", timeout_without_error },
	{ "timeout-unseen", timeout_unseen },
	{ "timeout-zero-window", timeout_zero_window },
	{ "keepalive", keepalive },
	{ "keepalive-without-error", keepalive_without_error },
	{ "keepalive-unseen", keepalive_unseen },
	{ "destroyed", destroyed },
	{ "destroyed-without-error", destroyed_without_error },
	{ "destroyed-unseen", destroyed_unseen },
	{ "connect-refused", connect_refused },
	{ "connect-refused-unseen", connect_refused_unseen },
	{ "connect-refused-blocking", connect_refused_blocking },
	{ "connect-silent", connect_silent },
	{ "connect-unreachable", connect_unreachable },
	{ "connect-unreachable-without-error", connect_unreachable_without_error },
	{ "reset-from-afar", reset_from_afar },
	{ "closed-before-ack", closed_before_ack },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
