// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is accused? In each scenario somebody else could be taken for the process at the other end:
 * by an address that is used again, by a name in another namespace, by who made the object, or by
 * the time of an exit. `-unseen`: the same on a kernel that lets no hook see the close. There
 * nobody may be named.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "accused.h"
#include "connection.h"

#define STRANGERS 20

/* How the process at the other end gives up FD. */
enum leave { LEAVE_CLOSE, LEAVE_EXIT, LEAVE_KILL, LEAVE_SHUTDOWN };

/* A child that holds only FD of the object whose ends are ALL, and leaves. It has left when this
 * returns. */
static pid_t leave_by(enum leave leave, int fd, const int *all, size_t count, int *ret_status)
{
	struct gate alone, done;
	pid_t child;

	gate_init(&alone);
	gate_init(&done);
	child = fork_child();
	if (child == 0) {
		gate_wait(&alone);
		for (size_t i = 0; i < count; i++)
			if (all[i] != fd)
				close(all[i]);
		if (leave == LEAVE_EXIT)
			_exit(3);
		if (leave == LEAVE_CLOSE)
			close(fd);
		if (leave == LEAVE_SHUTDOWN)
			shutdown(fd, SHUT_RDWR);
		gate_open(&done, 1);
		live_on();
	}
	*ret_status = -1;
	/* The child alone has it open from here on. */
	close(fd);
	gate_open(&alone, 1);
	if (leave != LEAVE_EXIT)
		gate_wait(&done);
	if (leave == LEAVE_KILL)
		kill(child, SIGKILL);
	if (leave == LEAVE_KILL || leave == LEAVE_EXIT)
		*ret_status = scenario_reap(child);
	return child;
}

/* Others had such an object at the same place in memory, and ended with it open. */
static void strangers(bool sockets)
{
	for (int i = 0; i < STRANGERS; i++) {
		pid_t child = fork_child();
		int ends[2];

		if (child == 0) {
			if (sockets ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends))
				scenario_die("making an object");
			_exit(0);
		}
		scenario_reap_expect(child, 0);
	}
}

static noreturn void pipe_left(enum leave leave, bool seen)
{
	struct truth truth = {
		.how = leave == LEAVE_CLOSE ? "closed" : "closed_by_exit",
		.code = "reader_closed",
		.reason = "close_not_seen",
	};
	int ends[2];

	scenario_begin();
	strangers(false);
	if (pipe(ends))
		scenario_die("pipe");
	truth.peer = leave_by(leave, ends[0], ends, 2, &truth.status);
	if (leave == LEAVE_KILL)
		truth.text = "the reader was killed by SIGKILL";
	if (leave == LEAVE_EXIT)
		truth.text = "the reader exited with status 3";
	if (!seen)
		truth.peer = 0;
	write_and_report(ends[1], &truth);
}

static void pipe_closed(void)
{
	pipe_left(LEAVE_CLOSE, true);
}
static void pipe_closed_unseen(void)
{
	pipe_left(LEAVE_CLOSE, false);
}
static void pipe_exited(void)
{
	pipe_left(LEAVE_EXIT, true);
}
static void pipe_killed(void)
{
	pipe_left(LEAVE_KILL, true);
}

/* The creator of the pair, its recorded process, has passed it on and ended. */
static noreturn void unix_left(enum leave leave, bool seen)
{
	struct truth truth = {
		.how = leave == LEAVE_CLOSE	 ? "closed"
		       : leave == LEAVE_SHUTDOWN ? "shut_down"
						 : "closed_by_exit",
		.code = leave == LEAVE_SHUTDOWN ? "peer_shut_down" : "peer_closed",
		.reason = "close_not_seen",
	};
	int ends[2];

	scenario_begin();
	strangers(true);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		scenario_die("socketpair");
	truth.peer = leave_by(leave, ends[0], ends, 2, &truth.status);
	if (leave == LEAVE_KILL)
		truth.text = "the peer was killed by SIGKILL";
	if (!seen)
		truth.peer = 0;
	if (!seen && leave == LEAVE_SHUTDOWN) {
		struct fact fact;

		fact_start_fatal_write(&fact, ends[1]);
		tell_peer(&fact, &truth);
		fact_finish_fatal_write(&fact, ends[1],
					&(struct evidence){ .code = "local_shutdown_or_peer",
							    .confidence = "likely",
							    .text = "" });
	}
	write_and_report(ends[1], &truth);
}

static void unix_closed(void)
{
	unix_left(LEAVE_CLOSE, true);
}
static void unix_closed_unseen(void)
{
	unix_left(LEAVE_CLOSE, false);
}
static void unix_exited(void)
{
	unix_left(LEAVE_EXIT, true);
}
static void unix_killed(void)
{
	unix_left(LEAVE_KILL, true);
}
static void unix_shut_down(void)
{
	unix_left(LEAVE_SHUTDOWN, true);
}
static void unix_shut_down_unseen(void)
{
	unix_left(LEAVE_SHUTDOWN, false);
}

/* Both ends have the same state after either shutdown; a hook saw that it was ours. */
static void unix_shut_down_here(void)
{
	int ends[2];

	scenario_begin();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || shutdown(ends[1], SHUT_WR))
		scenario_die("socketpair");
	write_and_report(ends[1],
			 &(struct truth){ .code = "local_shutdown", .reason = "own_shutdown" });
}

static int listen_on(int family, struct sockaddr_storage *ret_address, socklen_t *ret_size)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*ret_size = sizeof(*ret_address);
	/* A unix socket of no name gets an abstract one. */
	if (fd < 0 ||
	    bind(fd, family == AF_INET ? (struct sockaddr *)&any : (struct sockaddr *)&name,
		 family == AF_INET ? sizeof(any) : sizeof(sa_family_t)) ||
	    listen(fd, 4) || getsockname(fd, (struct sockaddr *)ret_address, ret_size))
		scenario_die("listening");
	return fd;
}

/* A listener is closed, as when a service restarts, and our connection waits in its queue. */
static noreturn void listener_closed(int family, const char *code, const char *text, bool seen)
{
	struct truth truth = { .how = "closed_listener",
			       .status = -1,
			       .code = code,
			       .text = text,
			       .reason = "close_not_seen" };
	struct sockaddr_storage address;
	struct gate connected, closed;
	socklen_t size;
	int listener, fd;

	scenario_begin();
	listener = listen_on(family, &address, &size);
	gate_init(&connected);
	gate_init(&closed);
	truth.peer = fork_child();
	if (truth.peer == 0) {
		gate_wait(&connected);
		close(listener);
		gate_open(&closed, 1);
		live_on();
	}
	close(listener);
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&address, size))
		scenario_die("connecting");
	gate_open(&connected, 1);
	gate_wait(&closed);
	connection_wait(fd, 0);
	connection_take_error(fd, ECONNRESET);
	if (!seen) {
		truth.peer = 0;
		truth.text = "";
	}
	write_and_report(fd, &truth);
}

static void tcp_listener(void)
{
	listener_closed(AF_INET, "reset_by_peer",
			"closed its listening socket before it accepted the connection", true);
}

static void unix_listener(void)
{
	listener_closed(AF_UNIX, "peer_closed",
			"the listening socket was closed before it accepted the connection", true);
}

static void unix_listener_unseen(void)
{
	listener_closed(AF_UNIX, "peer_closed", "", false);
}

static const struct scenario scenarios[] = {
	{ "pipe-closed", pipe_closed },
	{ "pipe-closed-unseen", pipe_closed_unseen },
	{ "pipe-exited", pipe_exited },
	{ "pipe-killed", pipe_killed },
	{ "unix-closed", unix_closed },
	{ "unix-closed-unseen", unix_closed_unseen },
	{ "unix-exited", unix_exited },
	{ "unix-killed", unix_killed },
	{ "unix-shut-down", unix_shut_down },
	{ "unix-shut-down-unseen", unix_shut_down_unseen },
	{ "unix-shut-down-here", unix_shut_down_here },
	{ "unix-listener", unix_listener },
	{ "unix-listener-unseen", unix_listener_unseen },
	{ "tcp-listener", tcp_listener },
};

int main(int argc, char **argv)
{
	struct scenario all[64];
	size_t count = sizeof(scenarios) / sizeof(scenarios[0]);

	memcpy(all, scenarios, sizeof(scenarios));
	memcpy(all + count, accused_tcp, accused_tcp_count * sizeof(accused_tcp[0]));
	return scenario_main(argc, argv, all, count + accused_tcp_count);
}
