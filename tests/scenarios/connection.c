// SPDX-License-Identifier: GPL-2.0-or-later
/* How to connect two ends and break the connection, without sleeping. */
#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"

#define WAIT_MS 30000

static socklen_t loopback(int family, struct sockaddr_storage *ret_address)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in v4 = { .sin_family = AF_INET };

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memset(ret_address, 0, sizeof(*ret_address));
	if (family == AF_INET6)
		memcpy(ret_address, &v6, sizeof(v6));
	else
		memcpy(ret_address, &v4, sizeof(v4));
	return family == AF_INET6 ? sizeof(v6) : sizeof(v4);
}

int connection_make(int family, int protocol, struct connection *ret_connection)
{
	struct sockaddr_storage address;
	socklen_t length = loopback(family, &address);

	return connection_make_at((struct sockaddr *)&address, length, protocol, ret_connection);
}

int connection_make_at(const struct sockaddr *own_address, socklen_t length, int protocol,
		       struct connection *ret_connection)
{
	int family = own_address->sa_family, connected, accepted, err;
	int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, protocol);
	struct sockaddr_storage address;

	if (listener < 0)
		return -errno;
	memcpy(&address, own_address, length);
	if (bind(listener, (struct sockaddr *)&address, length) < 0) {
		err = -errno;
		close(listener);
		return err;
	}
	connected = socket(family, SOCK_STREAM | SOCK_CLOEXEC, protocol);
	if (listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0 || connected < 0 ||
	    connect(connected, (struct sockaddr *)&address, length) < 0)
		scenario_die("connecting over the loopback device");
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (accepted < 0)
		scenario_die("accept");
	close(listener);
	*ret_connection = (struct connection){ .accepted = accepted, .connected = connected };
	return 0;
}

void connection_make_tcp(int family, struct connection *ret_connection)
{
	int err = connection_make(family, IPPROTO_TCP, ret_connection);

	if (err && family == AF_INET6)
		scenario_skip("no IPv6 here: %s", strerror(-err));
	errno = -err;
	if (err)
		scenario_die("a tcp connection over the loopback device");
}

int connection_broken_pair(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		scenario_die("socketpair");
	close(ends[1]);
	return ends[0];
}

int connection_left_by_child(const struct sockaddr *address, socklen_t length, pid_t *ret_child)
{
	int listener = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct gate accepted_gate;
	int accepted;
	pid_t child;

	gate_init(&accepted_gate);
	if (listener < 0 || bind(listener, address, length) < 0 || listen(listener, 1) < 0)
		scenario_die("listening");
	child = scenario_fork();
	if (child == 0) {
		int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || connect(fd, address, length) < 0)
			scenario_die("connecting");
		gate_wait(&accepted_gate);
		_exit(0);
	}
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (accepted < 0)
		scenario_die("accept");
	close(listener);
	gate_open(&accepted_gate, 1);
	/* do_exit() releases the files (exit_task_work) before exit_notify() wakes the parent. */
	scenario_reap_expect(child, 0);
	*ret_child = child;
	return accepted;
}

void connection_wait(int fd, short events)
{
	struct pollfd poller = { .fd = fd, .events = events };
	int ready;

	do
		ready = poll(&poller, 1, WAIT_MS);
	while (ready < 0 && errno == EINTR);
	errno = 0;
	if (ready != 1)
		scenario_die("nothing happened on fd %d in %d ms", fd, WAIT_MS);
}

#define SEEN_BY_HOOKS_MS 60

void connection_take_error(int fd, int expected)
{
	int error = 0;
	socklen_t size = sizeof(error);

	connection_wait(fd, 0);
	poll(NULL, 0, SEEN_BY_HOOKS_MS);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		scenario_die("SO_ERROR");
	errno = error;
	if (error != expected)
		scenario_die("the socket ended with another error than %s", strerror(expected));
}

void connection_break(int fd, size_t size)
{
	static const char bytes[4096];

	connection_wait(fd, POLLRDHUP);
	if (write(fd, bytes, size) != (ssize_t)size)
		scenario_die("the write after the peer's FIN");
	connection_wait(fd, 0);
}
