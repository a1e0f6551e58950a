// SPDX-License-Identifier: GPL-2.0-or-later
#include "syslog_connector.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(SIGPATH_WITHOUT_PLUGINS) && defined(__GLIBC__)
#include <nss.h>
#endif

#include "cleanup.h"
#include "landlock.h"
#include "message.h"
#include "rights.h"
#include "syscall_filter.h"
#include "units.h"

/* For one address of a host. */
#define CONNECT_MS 5000
/* The kernel ends a TCP connection whose data nobody has acknowledged for so long. */
#define TCP_TIMEOUT_MS 60000
#define KEEPALIVE_SECONDS 15
/* Bounds what is under way; and so what must be kept for a new connection. */
#define SEND_BUFFER (256 << 10)
/* How often it looks whether a process that resolves a name has ended, or the tracer has. */
#define WATCH_MS 20
#define END_MS 100

struct reply {
	bool connected, is_stream;
	char why[128];
};

/* --- the process --- */

static void fail(struct reply *reply, const char *what, const char *why)
{
	snprintf(reply->why, sizeof(reply->why), "%s%s%s", what, what[0] ? ": " : "", why);
}

/* Waits until FD is connected, or the tracer has ended. */
static int wait_connected(int fd)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLOUT }, { .fd = STDIN_FILENO } };
	socklen_t length = sizeof(int);
	int error;

	switch (poll(fds, ARRAY_SIZE(fds), CONNECT_MS)) {
	case -1:
		return -errno;
	case 0:
		return -ETIMEDOUT;
	}
	if (fds[1].revents)
		return -EPIPE;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) ? -errno : -error;
}

static int connect_socket(int family, int type, const void *address, socklen_t length, int *ret_fd)
{
	cleanup(cleanup_close) int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, address, length))
		error = errno == EINPROGRESS ? wait_connected(fd) : -errno;
	if (!error)
		*ret_fd = take_fd(&fd);
	return error;
}

/* A datagram socket, or else a stream, as syslog(3) tries. */
static int connect_unix(const struct syslog_address *address, struct reply *reply)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = -1, error;

	strcpy(name.sun_path, address->host);
	error = connect_socket(AF_UNIX, SOCK_DGRAM, &name, sizeof(name), &fd);
	if (error == -EPROTOTYPE) {
		error = connect_socket(AF_UNIX, SOCK_STREAM, &name, sizeof(name), &fd);
		reply->is_stream = !error;
	}
	if (error)
		fail(reply, "", strerror(-error));
	return fd;
}

static void set_up_tcp(int fd)
{
	const int on = 1, timeout = TCP_TIMEOUT_MS, idle = KEEPALIVE_SECONDS, size = SEND_BUFFER;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
}

static int connect_network(const struct syslog_address *address, struct reply *reply)
{
	bool is_tcp = address->transport == SYSLOG_TCP;
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = is_tcp ? SOCK_STREAM : SOCK_DGRAM,
		.ai_flags = AI_NUMERICSERV | (address->is_name ? 0 : AI_NUMERICHOST),
	};
	struct addrinfo *list = NULL;
	int fd = -1, error = 0, result;

#if defined(SIGPATH_WITHOUT_PLUGINS) && defined(__GLIBC__)
	/* Others are plugins, which bring the C library of the machine with them. */
	__nss_configure_lookup("hosts", "files dns");
#endif
	result = getaddrinfo(address->host, address->port, &hints, &list);
	if (result) {
		fail(reply, "its address was not found", gai_strerror(result));
		return -1;
	}
	for (const struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
		error = connect_socket(at->ai_family, at->ai_socktype, at->ai_addr, at->ai_addrlen,
				       &fd);
	freeaddrinfo(list);
	if (error)
		fail(reply, "", strerror(-error));
	else if (is_tcp)
		set_up_tcp(fd);
	reply->is_stream = is_tcp;
	return fd;
}

/* One attempt. 0; -errno: there is no tracer any more. */
static int answer(const struct syslog_address *address)
{
	struct reply reply = { 0 };
	cleanup(cleanup_close) int fd = address->transport <= SYSLOG_UNIX
						? connect_unix(address, &reply)
						: connect_network(address, &reply);

	reply.connected = fd >= 0;
	return message_send(STDIN_FILENO, &reply, sizeof(reply), &fd, fd >= 0);
}

/* Waits for the process PID, and ends it if the tracer has ended. True if it answered. */
static bool has_answered(pid_t pid)
{
	struct pollfd tracer = { .fd = STDIN_FILENO };
	int status;

	while (!waitpid(pid, &status, WNOHANG)) {
		if (poll(&tracer, 1, WATCH_MS) <= 0)
			continue;
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return true;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

/* By another process: a resolver may wait for long, or crash, in code that is not ours. */
static int answer_for_name(const struct syslog_address *address)
{
	struct reply reply = { .why = "the process that looks for its address has crashed" };
	pid_t tracer_side = getpid(), pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == tracer_side && !answer(address))
			syscall(SYS_exit_group, EXIT_SUCCESS);
		syscall(SYS_exit_group, EXIT_FAILURE);
	}
	if (pid < 0)
		fail(&reply, "cannot start a process", strerror(errno));
	else if (has_answered(pid))
		return 0;
	return message_send(STDIN_FILENO, &reply, sizeof(reply), NULL, 0);
}

static void serve(const struct syslog_address *address)
{
	char question;

	while (recv(STDIN_FILENO, &question, 1, 0) == 1)
		if (address->is_name ? answer_for_name(address) : answer(address))
			return;
}

/* Where no name is resolved, it is known what the process does. */
static int apply_filter(const struct syslog_address *address)
{
	/* clang-format off */
	static const int calls[] = {
		SCMP_SYS(recvfrom), SCMP_SYS(recv), SCMP_SYS(sendmsg), SCMP_SYS(connect), SCMP_SYS(poll),
		SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
		SCMP_SYS(close), SCMP_SYS(brk),
		SCMP_SYS(munmap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(exit_group),
		/* the index of an interface, for a link-local address */
		SCMP_SYS(ioctl),
	};
	/* clang-format on */
	static const struct syscall_rule rules[] = {
		{ .number = SCMP_SYS(socket), .mask = UINT32_MAX, .value = AF_UNIX },
		{ .number = SCMP_SYS(socket), .mask = UINT32_MAX, .value = AF_INET },
		{ .number = SCMP_SYS(socket), .mask = UINT32_MAX, .value = AF_INET6 },
		{ .number = SCMP_SYS(mmap), .argument = 2, .mask = 4 /* PROT_EXEC */ },
	};
	const struct syscall_list list = {
		.calls = calls,
		.call_count = ARRAY_SIZE(calls),
		.rules = rules,
		.rule_count = ARRAY_SIZE(rules),
	};

	return address->is_name ? 0 : syscall_filter_apply(&list, 1);
}

/*
 * For lack of memory, libseccomp 2.5.4 can load a filter without some of the calls, and say that
 * all is well. A process that cannot connect has to end: who waits for it must know.
 */
static bool can_connect(void)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6 };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t length = sizeof(int);
	int value = 0;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		int fd = socket(families[i], SOCK_DGRAM | SOCK_CLOEXEC, 0);

		if (fd >= 0)
			close(fd);
		else if (errno == EPERM)
			return false;
	}
	return (!connect(-1, (struct sockaddr *)&name, sizeof(name)) || errno != EPERM) &&
	       (!getsockopt(-1, SOL_SOCKET, SO_ERROR, &value, &length) || errno != EPERM) &&
	       (!setsockopt(-1, SOL_SOCKET, SO_SNDBUF, &value, length) || errno != EPERM) &&
	       (!poll(NULL, 0, 0) || errno != EPERM);
}

/*
 * No file, or, where a name is resolved, those that a resolver reads: its configuration, which is
 * written anew while sigpath runs, and its modules. Nothing is written.
 */
static int confine_files(const struct syslog_address *address)
{
	static const char *const places[] = { "/etc", "/run", "/usr", "/lib", "/lib64" };
	struct landlock_grant grants[ARRAY_SIZE(places)];
	struct landlock_rules rules = { .grants = grants, .network = true };
	int error;

	if (!landlock_version())
		return 0;
	for (size_t i = 0; address->is_name && i < ARRAY_SIZE(places); i++) {
		int fd = open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0)
			grants[rules.count++] = (struct landlock_grant){
				.fd = fd,
				.access = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR,
			};
	}
	error = landlock_restrict(&rules);
	for (size_t i = 0; i < rules.count; i++)
		close(grants[i].fd);
	return error;
}

_Noreturn static void process_main(int socket, const struct syslog_address *address,
				   const struct rights_user *user)
{
	sigset_t all;
	int error;

	prctl(PR_SET_NAME, "sigpath-syslog");
	/* Signals for the process group are for the tracer. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* Nothing of the tracer's: its outputs end when it ends. */
	if (dup2(socket, STDIN_FILENO) >= 0 &&
	    !syscall(SYS_close_range, STDIN_FILENO + 1u, ~0u, 0u) && !rights_drop(0, user) &&
	    !confine_files(address)) {
		error = apply_filter(address);
		if (error == -ENOSYS || (!error && can_connect()))
			serve(address);
	}
	/* Not _exit(): see links.c. */
	syscall(SYS_exit_group, EXIT_FAILURE);
	__builtin_trap();
}

/* --- the side of the tracer --- */

int connector_start(const struct syslog_address *address, const struct rights_user *user,
		    struct connector *ret_connector)
{
	sigset_t all, before;
	int ends[2], error;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	/* The tracer's signal handlers must not run in the child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		process_main(ends[1], address, user);
	error = pid < 0 ? -errno : 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	if (error)
		close(ends[0]);
	else
		*ret_connector = (struct connector){ .pid = pid, .socket = ends[0] };
	return error;
}

void connector_stop(struct connector *connector)
{
	if (!connector->pid)
		return;
	if (connector->socket >= 0) {
		/* Not only closed: another process may have inherited it. */
		shutdown(connector->socket, SHUT_RDWR);
		close(connector->socket);
	}
	for (int i = 0; i < END_MS && !waitpid(connector->pid, NULL, WNOHANG); i++)
		usleep(1000);
	*connector = (struct connector){ .socket = -1 };
}

static int give_up(struct connector *connector)
{
	if (connector->socket >= 0)
		close(connector->socket);
	connector->socket = -1;
	return -ECHILD;
}

int connector_connect(struct connector *connector, int timeout_ms,
		      struct connection *ret_connection)
{
	struct pollfd answer = { .fd = connector->socket, .events = POLLIN };
	struct reply reply;

	*ret_connection = (struct connection){ .fd = -1 };
	if (connector->socket < 0)
		return -ECHILD;
	if (!connector->waiting && send(connector->socket, "", 1, MSG_NOSIGNAL) != 1)
		return give_up(connector);
	connector->waiting = true;
	if (poll(&answer, 1, timeout_ms) <= 0)
		return -EAGAIN;
	if (message_receive(connector->socket, &reply, sizeof(reply), &ret_connection->fd, 1,
			    MSG_DONTWAIT) != sizeof(reply))
		return give_up(connector);
	connector->waiting = false;
	ret_connection->is_stream = reply.is_stream;
	memcpy(ret_connection->why, reply.why, sizeof(reply.why));
	ret_connection->why[sizeof(reply.why) - 1] = '\0';
	if (ret_connection->fd < 0 && !ret_connection->why[0])
		strcpy(ret_connection->why, "the connection was not passed on");
	return 0;
}
