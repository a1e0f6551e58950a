// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is accused of the end of a TCP connection? See accused.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accused.h"
#include "connection.h"
#include "network_namespace.h"
#include "network_veth.h"

#define FIRST_BYTES 13
#define SERVER_PORT 7001
#define CLIENT_PORT 7002

static int bound_to(const char *address, unsigned short port)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	inet_pton(AF_INET, address, &name.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)))
		scenario_die("binding to %s", address);
	return fd;
}

static void connect_to(int fd, const char *address, unsigned short port)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, address, &name.sin_addr);
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)))
		scenario_die("connecting to %s", address);
}

/* A child connects from a fixed port and leaves. */
static pid_t client_from(const char *from, const char *to, int listener, int *ret_accepted)
{
	struct gate accepted;
	pid_t child;

	gate_init(&accepted);
	child = fork_child();
	if (child == 0) {
		int fd = bound_to(from, CLIENT_PORT);

		connect_to(fd, to, SERVER_PORT);
		gate_wait(&accepted);
		_exit(0);
	}
	*ret_accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (*ret_accepted < 0)
		scenario_die("accept");
	gate_open(&accepted, 1);
	scenario_reap_expect(child, 0);
	connection_wait(*ret_accepted, POLLRDHUP);
	return child;
}

/* The server keeps the first client's socket in CLOSE_WAIT; another client takes the same port. */
static void tcp_reused_port(void)
{
	struct truth truth = { .how = "closed_by_exit", .code = "peer_closed_then_reset" };
	int listener, first, second;

	network_namespace_enter();
	scenario_begin();
	listener = bound_to("127.0.0.1", SERVER_PORT);
	if (listen(listener, 2))
		scenario_die("listening");
	truth.peer = client_from("127.0.0.1", "127.0.0.1", listener, &first);
	/* FIN_WAIT2 of an orphan ends with the first RST: the port is free. */
	connection_break(first, FIRST_BYTES);
	client_from("127.0.0.1", "127.0.0.1", listener, &second);
	write_and_report(first, &truth);
}

/* The same addresses and ports in another network, as any user can make them. */
static pid_t bystander_with_the_same_addresses(void)
{
	pid_t bystander = fork_child();
	int listener, fd;

	if (bystander)
		return bystander;
	if (network_veth_fork() == 0)
		live_on();
	listener = bound_to(VETH_HERE, SERVER_PORT);
	fd = bound_to(VETH_HERE, CLIENT_PORT);
	if (listen(listener, 1))
		scenario_die("listening");
	connect_to(fd, VETH_HERE, SERVER_PORT);
	_exit(0);
}

static void tcp_same_addresses_elsewhere(void)
{
	struct truth truth = { .how = "closed_by_exit", .code = "peer_closed_then_reset" };
	int listener, fd;

	if (network_veth_fork() == 0)
		live_on();
	scenario_begin();
	listener = bound_to(VETH_HERE, SERVER_PORT);
	if (listen(listener, 1))
		scenario_die("listening");
	truth.peer = client_from(VETH_HERE, VETH_HERE, listener, &fd);
	scenario_reap_expect(bystander_with_the_same_addresses(), 0);
	connection_break(fd, FIRST_BYTES);
	write_and_report(fd, &truth);
}

/* How the child at the other end leaves a connection on which data waits for it. */
enum tcp_leave { TCP_HALF_CLOSE, TCP_KILLED, TCP_DISCONNECT, TCP_SHUT_DOWN };

static void leave_tcp(enum tcp_leave leave, int fd)
{
	switch (leave) {
	case TCP_HALF_CLOSE:
		shutdown(fd, SHUT_WR);
		wait_ms(60);
		close(fd);
		break;
	case TCP_KILLED:
		raise(SIGKILL);
		break;
	case TCP_DISCONNECT:
		if (connect(fd, &(struct sockaddr){ .sa_family = AF_UNSPEC },
			    sizeof(struct sockaddr)))
			scenario_die("disconnecting");
		break;
	case TCP_SHUT_DOWN:
		shutdown(fd, SHUT_RDWR);
		break;
	}
	live_on();
}

static int connection_left_by(enum tcp_leave leave, pid_t *ret_child)
{
	struct connection tcp;
	struct gate written;

	gate_init(&written);
	connection_make_tcp(AF_INET, &tcp);
	*ret_child = fork_child();
	if (*ret_child == 0) {
		close(tcp.accepted);
		gate_wait(&written);
		leave_tcp(leave, tcp.connected);
	}
	close(tcp.connected);
	if (write(tcp.accepted, "13 bytes here", FIRST_BYTES) != FIRST_BYTES)
		scenario_die("writing");
	gate_open(&written, 1);
	return tcp.accepted;
}

/* Written before the FIN and never read: the RST comes from the close, and answers nothing. */
static void tcp_half_close_unread(void)
{
	struct truth truth = { .how = "closed",
			       .status = -1,
			       .code = "half_closed_then_reset",
			       .text = "because it closed with data unread" };
	int fd;

	scenario_begin();
	fd = connection_left_by(TCP_HALF_CLOSE, &truth.peer);
	connection_wait(fd, 0);
	write_and_report(fd, &truth);
}

static void tcp_killed(void)
{
	struct truth truth = { .how = "closed_by_exit",
			       .status = SIGKILL,
			       .code = "reset_by_peer",
			       .text = "closed its end with data unread" };
	int fd;

	scenario_begin();
	fd = connection_left_by(TCP_KILLED, &truth.peer);
	scenario_reap_expect(truth.peer, SIGKILL);
	connection_take_error(fd, ECONNRESET);
	write_and_report(fd, &truth);
}

static void tcp_disconnect(void)
{
	struct truth truth = { .how = "disconnected",
			       .status = -1,
			       .code = "reset_by_peer",
			       .text = "disconnected its socket" };
	int fd;

	scenario_begin();
	fd = connection_left_by(TCP_DISCONNECT, &truth.peer);
	connection_take_error(fd, ECONNRESET);
	write_and_report(fd, &truth);
}

/* It lives and has its socket open, but reads no more: our data is answered by RST. */
static void tcp_shut_down(void)
{
	struct truth truth = { .how = "shut_down", .status = -1, .code = "peer_closed_then_reset" };
	int fd;

	scenario_begin();
	fd = connection_left_by(TCP_SHUT_DOWN, &truth.peer);
	connection_wait(fd, POLLRDHUP);
	connection_break(fd, FIRST_BYTES);
	write_and_report(fd, &truth);
}

/* There is nobody to accuse. */
static void tcp_never_connected(void)
{
	scenario_begin();
	write_and_report(socket(AF_INET, SOCK_STREAM, 0),
			 &(struct truth){ .code = "never_connected", .reason = "not_connected" });
}

static void tcp_shut_down_here(void)
{
	struct connection tcp;

	scenario_begin();
	connection_make_tcp(AF_INET, &tcp);
	close(tcp.connected);
	connection_wait(tcp.accepted, POLLRDHUP);
	shutdown(tcp.accepted, SHUT_WR);
	write_and_report(tcp.accepted,
			 &(struct truth){ .code = "local_shutdown", .reason = "own_shutdown" });
}

const struct scenario accused_tcp[] = {
	{ "tcp-reused-port", tcp_reused_port },
	{ "tcp-same-addresses-elsewhere", tcp_same_addresses_elsewhere },
	{ "tcp-half-close-unread", tcp_half_close_unread },
	{ "tcp-killed", tcp_killed },
	{ "tcp-disconnect", tcp_disconnect },
	{ "tcp-shut-down", tcp_shut_down },
	{ "tcp-never-connected", tcp_never_connected },
	{ "tcp-shut-down-here", tcp_shut_down_here },
};
const size_t accused_tcp_count = sizeof(accused_tcp) / sizeof(accused_tcp[0]);
