// SPDX-License-Identifier: GPL-2.0-or-later
/* Why did the TCP connection end? One scenario for each way. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "connection.h"
#include "fact.h"
#include "network_namespace.h"
#include "scenario.h"

#define FIRST_BYTES 13

static noreturn void report_and_die(int fd, const struct addresses *addresses, const char *state,
				    const char *cause)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, fd, FATAL_BYTES, NULL);
	fact_tcp(&fact, fd, addresses, state, NULL);
	fact_killed(&fact);
	fact_cause(&fact, cause);
	fact_emit(&fact, NULL);
	scenario_write_fatal(fd, FATAL_BYTES);
}

/* FIN, a write, RST, and the write that kills. */
static noreturn void lose_peer(int fd, int peer)
{
	struct addresses addresses;

	addresses_take(fd, &addresses);
	close(peer);
	connection_break(fd, FIRST_BYTES);
	report_and_die(fd, &addresses, "CLOSE", "peer_closed_then_reset");
}

static void classic_server(void)
{
	struct connection tcp;

	connection_make_tcp(AF_INET, &tcp);
	scenario_begin();
	lose_peer(tcp.accepted, tcp.connected);
}

/* tcp_set_state(TCP_CLOSE) releases the port of a socket that connect() bound. Then inet_num is 0,
 * and only inet_sport still has the port. */
static void classic_client(void)
{
	struct connection tcp;

	connection_make_tcp(AF_INET, &tcp);
	scenario_begin();
	lose_peer(tcp.connected, tcp.accepted);
}

static void classic_v6(void)
{
	struct connection tcp;

	connection_make_tcp(AF_INET6, &tcp);
	scenario_begin();
	lose_peer(tcp.accepted, tcp.connected);
}

static void link_local(struct connection *ret_connection)
{
	struct sockaddr_in6 address;
	int err;

	network_namespace_enter();
	network_link_local(&address);
	err = connection_make_at((struct sockaddr *)&address, sizeof(address), 0, ret_connection);
	errno = -err;
	if (err)
		scenario_die("a connection of link-local addresses");
}

/* An address that is valid on one interface only. */
static void link_local_server(void)
{
	struct connection tcp;

	link_local(&tcp);
	scenario_begin();
	lose_peer(tcp.accepted, tcp.connected);
}

static void link_local_client(void)
{
	struct connection tcp;

	link_local(&tcp);
	scenario_begin();
	lose_peer(tcp.connected, tcp.accepted);
}

/* Both ends sent data before, and the counters say how much. */
static void after_exchange(void)
{
	static char bytes[3000];
	struct connection tcp;

	connection_make_tcp(AF_INET, &tcp);
	scenario_begin();
	if (write(tcp.connected, bytes, 700) != 700 ||
	    recv(tcp.accepted, bytes, 700, MSG_WAITALL) != 700 ||
	    write(tcp.accepted, bytes, 3000) != 3000 ||
	    recv(tcp.connected, bytes, 3000, MSG_WAITALL) != 3000)
		scenario_die("exchanging data");
	lose_peer(tcp.accepted, tcp.connected);
}

static void wait_for_state(int fd, int state)
{
	struct tcp_info info;
	socklen_t size;

	for (int i = 0; i < 30000; i++) {
		size = sizeof(info);
		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
			scenario_die("TCP_INFO");
		if (info.tcpi_state == state)
			return;
		poll(NULL, 0, 1); /* poll() does not report the ACK of our FIN */
	}
	errno = 0;
	scenario_die("the socket never reached state %d", state);
}

static void own_shutdown(void)
{
	struct addresses addresses;
	struct connection tcp;

	connection_make_tcp(AF_INET, &tcp);
	scenario_begin();
	addresses_take(tcp.accepted, &addresses);
	shutdown(tcp.accepted, SHUT_WR);
	wait_for_state(tcp.accepted, TCP_FIN_WAIT2);
	report_and_die(tcp.accepted, &addresses, "FIN_WAIT2", "local_shutdown");
}

static void never_connected(void)
{
	struct fact fact;
	int fd;

	scenario_begin();
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		scenario_die("socket");
	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, fd, FATAL_BYTES, NULL);
	fact_open(&fact, "object");
	fact_text(&fact, "type", "tcp");
	fact_text(&fact, "family", "inet");
	fact_text(&fact, "state", "CLOSE");
	fact_close(&fact);
	fact_killed(&fact);
	fact_cause(&fact, "never_connected");
	fact_emit(&fact, NULL);
	scenario_write_fatal(fd, FATAL_BYTES);
}

/* A close with SO_LINGER 0 sends RST and no FIN. The first write fails without a signal. */
static void reset(void)
{
	struct linger abort_it = { .l_onoff = 1, .l_linger = 0 };
	struct addresses addresses;
	struct connection tcp;

	connection_make_tcp(AF_INET, &tcp);
	scenario_begin();
	addresses_take(tcp.accepted, &addresses);
	setsockopt(tcp.connected, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
	close(tcp.connected);
	connection_wait(tcp.accepted, 0);
	if (write(tcp.accepted, "x", 1) >= 0 || errno != ECONNRESET)
		scenario_die("the first write after the reset");
	report_and_die(tcp.accepted, &addresses, "CLOSE", "reset_by_peer");
}

static const struct scenario scenarios[] = {
	{ "classic-server", classic_server },
	{ "classic-client", classic_client },
	{ "classic-v6", classic_v6 },
	{ "link-local-server", link_local_server },
	{ "link-local-client", link_local_client },
	{ "after-exchange", after_exchange },
	{ "own-shutdown", own_shutdown },
	{ "never-connected", never_connected },
	{ "reset", reset },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
