// SPDX-License-Identifier: GPL-2.0-or-later
/* Which process on this host closed the other end, and when must sigpath name no process? */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "connection.h"
#include "fact.h"
#include "network_namespace.h"
#include "scenario.h"

#define FIRST_BYTES 13

#define SERVER_PORT 7001
#define CLIENT_PORT 7002

static noreturn void report_and_die(int fd, pid_t peer, const char *code)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, fd, FATAL_BYTES, NULL);
	fact_killed(&fact);
	fact_cause(&fact, code);
	if (peer)
		fact_peer(&fact, peer);
	else
		fact_json(&fact, "peer_process", "null");
	fact_emit(&fact, NULL);
	scenario_write_fatal(fd, FATAL_BYTES);
}

/* Go, Java and Node listen like this: one socket for both families, in which IPv4 peers are
 * ::ffff:127.0.0.1. */
static int listen_dual_stack(struct sockaddr_in *ret_address)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), no = 0;

	if (fd < 0)
		scenario_skip("no IPv6");
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) ||
	    bind(fd, (struct sockaddr *)&address, size) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)&address, &size))
		scenario_die("listening");
	*ret_address = (struct sockaddr_in){ .sin_family = AF_INET,
					     .sin_port = address.sin6_port,
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	return fd;
}

static void dual_stack(void)
{
	struct sockaddr_in address;
	struct gate accepted;
	int listener, fd;
	pid_t client;

	listener = listen_dual_stack(&address);
	gate_init(&accepted);
	scenario_begin();
	client = scenario_fork();
	if (client == 0) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
			scenario_die("connecting");
		gate_wait(&accepted);
		_exit(0);
	}
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		scenario_die("accept");
	gate_open(&accepted, 1);
	scenario_reap_expect(client, 0);
	connection_wait(fd, POLLRDHUP);
	connection_break(fd, FIRST_BYTES);
	report_and_die(fd, client, "peer_closed_then_reset");
}

/* Both ends of a connection between fixed ports, in this process's network namespace. */
static void connect_fixed_ports(int *ret_accepted, int *ret_connected)
{
	struct sockaddr_in server = { .sin_family = AF_INET,
				      .sin_port = htons(SERVER_PORT),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in client = server;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	client.sin_port = htons(CLIENT_PORT);
	*ret_connected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&server, sizeof(server)) || listen(listener, 1) ||
	    bind(*ret_connected, (struct sockaddr *)&client, sizeof(client)) ||
	    connect(*ret_connected, (struct sockaddr *)&server, sizeof(server)))
		scenario_die("connecting");
	*ret_accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (*ret_accepted < 0)
		scenario_die("accept");
}

/* Each namespace has its own 127.0.0.1: a closer in another namespace is not our peer. */
static void same_ports_elsewhere(void)
{
	int accepted, connected;
	pid_t elsewhere;

	network_namespace_enter();
	scenario_begin();
	elsewhere = scenario_fork();
	if (elsewhere == 0) {
		network_namespace_enter();
		connect_fixed_ports(&accepted, &connected);
		close(connected);
		connection_wait(accepted, POLLRDHUP);
		_exit(0);
	}
	scenario_reap_expect(elsewhere, 0);
	connect_fixed_ports(&accepted, &connected);
	if (shutdown(accepted, SHUT_WR))
		scenario_die("shutdown");
	report_and_die(accepted, 0, "local_shutdown");
}

static const struct scenario scenarios[] = {
	{ "dual-stack", dual_stack },
	{ "same-ports-elsewhere", same_ports_elsewhere },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
