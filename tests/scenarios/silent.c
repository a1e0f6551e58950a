// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * EPIPE without a signal, errors before the EPIPE, and writes that fail after their fd number has
 * been given to another file.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "connection.h"
#include "fact.h"
#include "scenario.h"

#define SEND_BYTES 21

static const char bytes[65536];

static void fact_suppressed(struct fact *fact)
{
	fact_signal(fact, &(struct signal_fact){ .disposition = "default",
						 .result = "not_sent",
						 .outcome = "suppressed" });
}

static void send_silently(int fd, int flags)
{
	if (syscall(SYS_sendto, fd, bytes, SEND_BYTES, flags, NULL, 0) >= 0 || errno != EPIPE)
		scenario_die("a send that must fail with EPIPE");
}

/* A connection that this end has shut down for sending: EPIPE comes at once. */
static void tcp_nosignal(void)
{
	struct addresses addresses;
	struct connection tcp;
	struct fact fact;

	connection_make_tcp(AF_INET, &tcp);
	scenario_begin();
	addresses_take(tcp.accepted, &addresses);
	shutdown(tcp.accepted, SHUT_WR);
	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, sendto, tcp.accepted, SEND_BYTES, "[\"MSG_NOSIGNAL\"]");
	fact_object(&fact, tcp.accepted, "tcp", "inet");
	fact_suppressed(&fact);
	fact_cause(&fact, "local_shutdown");
	fact_emit(&fact, NULL);
	send_silently(tcp.accepted, MSG_NOSIGNAL);
}

static void emit_unix(int fd, const char *flags)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, sendto, fd, SEND_BYTES, flags);
	fact_object(&fact, fd, "unix", "unix");
	fact_suppressed(&fact);
	fact_emit(&fact, NULL);
}

static void unix_nosignal(void)
{
	int fd = connection_broken_pair();

	scenario_begin();
	emit_unix(fd, "[\"MSG_NOSIGNAL\"]");
	send_silently(fd, MSG_NOSIGNAL);
}

/* No flag is needed: these sockets never raise a signal. */
static void unix_without_flag(int type)
{
	int ends[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) < 0)
		scenario_die("socketpair");
	scenario_begin();
	shutdown(ends[1], SHUT_RD);
	emit_unix(ends[0], NULL);
	send_silently(ends[0], 0);
}

static void seqpacket(void)
{
	unix_without_flag(SOCK_SEQPACKET);
}

static void datagram(void)
{
	unix_without_flag(SOCK_DGRAM);
}

/*
 * A UDP socket that was shut down. No flag is needed here either. With MSG_NOSIGNAL in the second
 * send, which changes nothing.
 */
static void udp_of(int family)
{
	struct sockaddr_storage address = { .ss_family = family };
	socklen_t length = family == AF_INET ? sizeof(struct sockaddr_in)
					     : sizeof(struct sockaddr_in6);
	int to = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (to < 0 || fd < 0)
		scenario_skip("no sockets of family %d: %s", family, strerror(errno));
	if (family == AF_INET)
		((struct sockaddr_in *)&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)&address)->sin6_addr = in6addr_loopback;
	if (bind(to, (struct sockaddr *)&address, length) ||
	    getsockname(to, (struct sockaddr *)&address, &length) ||
	    connect(fd, (struct sockaddr *)&address, length))
		scenario_skip("no loopback of family %d: %s", family, strerror(errno));
	scenario_begin();
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 2; i++) {
		struct fact fact;

		fact_start(&fact);
		fact_identity(&fact);
		fact_call(&fact, sendto, fd, SEND_BYTES, i ? "[\"MSG_NOSIGNAL\"]" : NULL);
		fact_object(&fact, fd, "socket", family == AF_INET ? "inet" : "inet6");
		fact_suppressed(&fact);
		fact_emit(&fact, NULL);
		send_silently(fd, i ? MSG_NOSIGNAL : 0);
	}
}

static void udp(void)
{
	udp_of(AF_INET);
}

static void udp6(void)
{
	udp_of(AF_INET6);
}

/* One write, one incident: the hook after the send must not report it a second time. */
static void signal_once(void)
{
	int fd = connection_broken_pair();
	struct fact fact;

	scenario_begin();
	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, fd, SEND_BYTES, NULL);
	fact_unix(&fact, fd, NULL, NULL, 0);
	fact_ignored(&fact);
	fact_emit(&fact, NULL);
	signal(SIGPIPE, SIG_IGN);
	scenario_write_epipe(fd, SEND_BYTES);
}

static void emit_unix_ignored(int fd)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, sendto, fd, SEND_BYTES, "[\"MSG_NOSIGNAL\"]");
	fact_object(&fact, fd, "unix", "unix");
	fact_signal(&fact, &(struct signal_fact){ .disposition = "ignore",
						  .result = "not_sent",
						  .outcome = "suppressed" });
	fact_emit(&fact, NULL);
}

/*
 * COUNT writes to a pipe raise an ignored SIGPIPE, then a send fails without a signal. The hook
 * after the send must report it, whatever caused the signals before.
 */
static void silent_after_pipe(int count)
{
	int pipe_fd = scenario_broken_pipe(), fd = connection_broken_pair();
	struct fact fact;

	scenario_begin();
	signal(SIGPIPE, SIG_IGN);
	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, pipe_fd, SEND_BYTES, NULL);
	fact_ignored(&fact);
	fact_emit(&fact, NULL);
	for (int i = 0; i < count; i++)
		scenario_write_epipe(pipe_fd, SEND_BYTES);
	emit_unix_ignored(fd);
	send_silently(fd, MSG_NOSIGNAL);
}

static void after_pipe(void)
{
	silent_after_pipe(1);
}

/* The second signal is only counted: the hook reads nothing about it. */
static void after_counted_pipe(void)
{
	silent_after_pipe(2);
}

static void describe_raise(void)
{
	struct sender sender = {
		.pid = scenario_pid(), .tid = scenario_tid(), .uid = getuid(), .syscall = "tgkill"
	};
	struct fact fact;

	prctl(PR_GET_NAME, sender.comm);
	fact_start(&fact);
	fact_identity(&fact);
	fact_signal(&fact, &(struct signal_fact){ .disposition = "ignore",
						  .result = "ignored",
						  .outcome = "ignored",
						  .sender = &sender,
						  .by_itself = true,
						  .code_name = "SI_TKILL" });
	fact_emit(&fact, NULL);
}

/* The same with signals that the thread sends to itself. */
static void after_own_signal(void)
{
	int fd = connection_broken_pair();

	scenario_begin();
	signal(SIGPIPE, SIG_IGN);
	describe_raise();
	raise(SIGPIPE);
	raise(SIGPIPE);
	emit_unix_ignored(fd);
	send_silently(fd, MSG_NOSIGNAL);
}

/*
 * The filter rejects the first signal, because of the thread's name. Then the name changes. The
 * socket of the first signal must not be reported as the object of the second one.
 */
static void unwanted_then_wanted(void)
{
	int pipe_fd = scenario_broken_pipe();
	struct connection tcp;
	struct fact fact;

	connection_make_tcp(AF_INET, &tcp);
	prctl(PR_SET_NAME, "sp-unwanted");
	scenario_begin();
	signal(SIGPIPE, SIG_IGN);
	shutdown(tcp.accepted, SHUT_WR);
	scenario_write_epipe(tcp.accepted, SEND_BYTES);
	prctl(PR_SET_NAME, "sp-wanted");
	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, pipe_fd, SEND_BYTES, NULL);
	fact_object(&fact, pipe_fd, "pipe", NULL);
	fact_ignored(&fact);
	fact_emit(&fact, NULL);
	scenario_write_epipe(pipe_fd, SEND_BYTES);
}

/* The first write gets ECONNRESET. For the second write the socket has no error left. */
static void earlier_error(void)
{
	struct linger abort_it = { .l_onoff = 1, .l_linger = 0 };
	struct connection tcp;
	struct fact fact;

	connection_make_tcp(AF_INET, &tcp);
	scenario_begin();
	signal(SIGPIPE, SIG_IGN);
	setsockopt(tcp.connected, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
	close(tcp.connected);
	connection_wait(tcp.accepted, 0);
	if (write(tcp.accepted, "x", 1) >= 0 || errno != ECONNRESET)
		scenario_die("the first write after the reset");
	fact_start(&fact);
	fact_identity(&fact);
	fact_open(&fact, "object");
	fact_text(&fact, "type", "tcp");
	fact_json(&fact, "earlier_error", "{\"error\":\"ECONNRESET\"}");
	fact_close(&fact);
	fact_ignored(&fact);
	fact_cause(&fact, "reset_by_peer");
	fact_emit(&fact, NULL);
	scenario_write_epipe(tcp.accepted, SEND_BYTES);
}

/* --- another thread puts another file behind the fd number while the write sleeps --- */

static int blocked_fd;
static pid_t blocked_tid;
static struct gate blocked_ready;

static void *write_blocked(void *context)
{
	(void)context;
	blocked_tid = scenario_tid();
	gate_open(&blocked_ready, 1);
	if (write(blocked_fd, bytes, SEND_BYTES) >= 0 || errno != EPIPE)
		scenario_die("the blocked write must fail with EPIPE");
	return NULL;
}

/* Until no more data fits for a while: the peer's kernel takes the data in flight in parts. */
static void fill(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	bool wrote;

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	do {
		wrote = false;
		while (write(fd, bytes, sizeof(bytes)) > 0 || write(fd, bytes, 1) > 0)
			wrote = true;
		if (errno != EAGAIN)
			scenario_die("filling fd %d", fd);
		if (wrote)
			poll(NULL, 0, 200);
	} while (wrote);
	fcntl(fd, F_SETFL, flags);
}

/* Is the thread asleep in write(2)? Only then /proc/TID/syscall has the number of the call. */
static bool is_asleep_in_write(pid_t tid)
{
	char path[64], line[64] = "";
	int number = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	file = fopen(path, "re");
	if (!file)
		scenario_skip("%s: %s", path, strerror(errno));
	if (fgets(line, sizeof(line), file))
		sscanf(line, "%d", &number);
	fclose(file);
	return number == SYS_write;
}

/* Starts a write to FD, waits until it sleeps, and puts a working pipe behind FD's number. */
static pthread_t write_and_replace(int fd)
{
	pthread_t thread;
	int healthy[2];

	gate_init(&blocked_ready);
	blocked_fd = fd;
	signal(SIGPIPE, SIG_IGN);
	if (pipe2(healthy, O_CLOEXEC) < 0 ||
	    pthread_create(&thread, NULL, write_blocked, NULL) != 0)
		scenario_die("the blocked writer");
	gate_wait(&blocked_ready);
	while (!is_asleep_in_write(blocked_tid))
		usleep(1000);
	dup2(healthy[1], fd);
	return thread;
}

static void emit_replaced(int fd, const char *object)
{
	struct fact fact;

	fact_start(&fact);
	fact_open(&fact, "process");
	fact_number(&fact, "pid", scenario_pid());
	fact_number(&fact, "tid", blocked_tid);
	fact_close(&fact);
	fact_call(&fact, write, fd, SEND_BYTES, NULL);
	fact_json(&fact, "object", "%s", object);
	if (strcmp(object, "null") == 0)
		fact_missing(&fact, "object");
	fact_ignored(&fact);
	fact_emit(&fact, NULL);
}

static unsigned long long inode_of(int fd)
{
	char path[64], link[64] = "";
	unsigned long long inode = 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, link, sizeof(link) - 1) < 0 ||
	    sscanf(link, "socket:[%llu]", &inode) != 1)
		scenario_die("%s", path);
	return inode;
}

static void replaced_tcp(bool is_seen)
{
	struct connection tcp;
	char object[128] = "null";
	pthread_t thread;
	int other;

	connection_make_tcp(AF_INET, &tcp);
	fill(tcp.accepted);
	scenario_begin();
	if (is_seen)
		snprintf(object, sizeof(object),
			 "{\"type\":\"tcp\",\"inode\":%llu,\"fd_moved\":true}",
			 inode_of(tcp.accepted));
	other = dup(tcp.accepted);
	thread = write_and_replace(tcp.accepted);
	emit_replaced(tcp.accepted, object);
	shutdown(other, SHUT_WR);
	pthread_join(thread, NULL);
}

/* With the hook on sk_stream_error() the incident is about the socket that failed. */
static void replaced_tcp_seen(void)
{
	replaced_tcp(true);
}

/* Without the hook sigpath must not report the working pipe as the object. */
static void replaced_tcp_unseen(void)
{
	replaced_tcp(false);
}

static void replaced_pipe(void)
{
	pthread_t thread;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		scenario_die("pipe");
	fill(ends[1]);
	scenario_begin();
	thread = write_and_replace(ends[1]);
	emit_replaced(ends[1], "null");
	close(ends[0]);
	pthread_join(thread, NULL);
}

static const struct scenario scenarios[] = {
	{ "tcp-nosignal", tcp_nosignal },
	{ "unix-nosignal", unix_nosignal },
	{ "seqpacket", seqpacket },
	{ "datagram", datagram },
	{ "udp", udp },
	{ "udp6", udp6 },
	{ "signal-once", signal_once },
	{ "after-pipe", after_pipe },
	{ "after-counted-pipe", after_counted_pipe },
	{ "after-own-signal", after_own_signal },
	{ "unwanted-then-wanted", unwanted_then_wanted },
	{ "earlier-error", earlier_error },
	{ "replaced-tcp-seen", replaced_tcp_seen },
	{ "replaced-tcp-unseen", replaced_tcp_unseen },
	{ "replaced-pipe", replaced_pipe },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
