// SPDX-License-Identifier: GPL-2.0-or-later
/* What did the fd refer to? One scenario for each type of object whose other end can close. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/tls.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include <linux/sctp.h> /* needs sys/socket.h before it */

#include "connection.h"
#include "fact.h"
#include "scenario.h"

#define WRITE_BYTES 41
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static volatile sig_atomic_t signals;

static void count_signal(int signal)
{
	(void)signal;
	signals++;
}

static void start_write_fact(struct fact *fact, int fd)
{
	fact_start(fact);
	fact_identity(fact);
	fact_call(fact, write, fd, WRITE_BYTES, NULL);
}

static noreturn void emit_and_die(struct fact *fact, int fd)
{
	fact_killed(fact);
	fact_emit(fact, NULL);
	scenario_write_fatal(fd, WRITE_BYTES);
}

static void anonymous_pipe(void)
{
	int fd = scenario_broken_pipe();
	struct fact fact;

	scenario_begin();
	start_write_fact(&fact, fd);
	fact_pipe(&fact, fd);
	emit_and_die(&fact, fd);
}

static void temporary_directory(char *ret_path, size_t size)
{
	char template[] = "/tmp/sigpath-scenario.XXXXXX", *real;

	if (!mkdtemp(template))
		scenario_die("mkdtemp");
	real = realpath(template, NULL);
	if (!real)
		scenario_die("realpath");
	snprintf(ret_path, size, "%s", real);
	free(real);
}

static void remove_with_directory(const char *path, const char *directory)
{
	if (unlink(path) < 0 || rmdir(directory) < 0)
		scenario_die("removing %s", path);
}

/* The child is killed; the parent removes its files. */
static void fifo(void)
{
	char directory[64], path[128];
	struct fact fact;
	int reader, fd;
	pid_t child;

	scenario_begin();
	temporary_directory(directory, sizeof(directory));
	snprintf(path, sizeof(path), "%s/a fifo", directory);
	if (mkfifo(path, 0600) < 0)
		scenario_die("mkfifo");
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (reader < 0 || fd < 0)
		scenario_die("opening %s", path);
	close(reader);
	child = scenario_fork();
	if (child == 0) {
		start_write_fact(&fact, fd);
		fact_fifo(&fact, fd, path);
		emit_and_die(&fact, fd);
	}
	close(fd);
	scenario_reap_expect(child, SIGPIPE);
	remove_with_directory(path, directory);
}

/* The reader exits while the writer waits for space: a short count, and still SIGPIPE. */
static void partial_pipe_child(const int ends[2])
{
	static const char bytes[200000];
	struct fact fact;
	ssize_t written;

	close(ends[0]);
	signal(SIGPIPE, count_signal);
	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, ends[1], sizeof(bytes), NULL);
	fact_pipe(&fact, ends[1]);
	fact_signal(&fact, &(struct signal_fact){ .disposition = "handler",
						  .result = "delivered",
						  .outcome = "handled",
						  .handler = (uintptr_t)count_signal });
	fact_emit(&fact, NULL);
	written = write(ends[1], bytes, sizeof(bytes));
	errno = 0;
	if (written <= 0 || written >= (ssize_t)sizeof(bytes) || signals != 1)
		scenario_die("wrote %zd bytes, %d signals", written, (int)signals);
	_exit(0);
}

static void partial_pipe(void)
{
	int ends[2], capacity, unread = 0;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		scenario_die("pipe2");
	/* A new pipe holds 16 pages, and with large pages more than the write. */
	capacity = fcntl(ends[1], F_SETPIPE_SZ, 65536);
	if (capacity < 0)
		scenario_die("F_SETPIPE_SZ");
	scenario_begin();
	child = scenario_fork();
	if (child == 0)
		partial_pipe_child(ends);
	close(ends[1]);
	for (int i = 0; i < 30000 && unread < capacity; i++) {
		if (ioctl(ends[0], FIONREAD, &unread) < 0)
			scenario_die("FIONREAD");
		poll(NULL, 0, 1); /* a full pipe wakes no reader */
	}
	close(ends[0]);
	scenario_reap_expect(child, 0);
}

static socklen_t unix_address(struct sockaddr_un *address, const char *name, bool abstract)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path + abstract, name, strlen(name));
	/* The length of a path includes its NUL; that of an abstract name the NUL before it. */
	return offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1;
}

static void unix_path(void)
{
	struct sockaddr_un address;
	char directory[64], path[100];
	pid_t peer, child;
	struct fact fact;
	int fd;

	scenario_begin();
	temporary_directory(directory, sizeof(directory));
	snprintf(path, sizeof(path), "%s/socket", directory);
	fd = connection_left_by_child((struct sockaddr *)&address,
				      unix_address(&address, path, false), &peer);
	child = scenario_fork();
	if (child == 0) {
		start_write_fact(&fact, fd);
		fact_unix(&fact, fd, "path", path, peer);
		emit_and_die(&fact, fd);
	}
	scenario_reap_expect(child, SIGPIPE);
	remove_with_directory(path, directory);
}

static void unix_abstract(void)
{
	struct sockaddr_un address;
	struct fact fact;
	char name[64];
	pid_t peer;
	int fd;

	scenario_begin();
	snprintf(name, sizeof(name), "sigpath-scenario-%d", getpid());
	fd = connection_left_by_child((struct sockaddr *)&address,
				      unix_address(&address, name, true), &peer);
	start_write_fact(&fact, fd);
	fact_unix(&fact, fd, "abstract", name, peer);
	emit_and_die(&fact, fd);
}

static void unix_pair(void)
{
	int fd = connection_broken_pair();
	struct fact fact;

	scenario_begin();
	start_write_fact(&fact, fd);
	fact_unix(&fact, fd, NULL, NULL, scenario_pid());
	emit_and_die(&fact, fd);
}

/*
 * For sockets that do not raise a signal on every kernel: writes until one write fails with EPIPE,
 * and emits FACT only if that write raised a signal. Without a signal sigpath must report nothing.
 */
static void write_until_epipe(struct fact *fact, int fd)
{
	static const char bytes[WRITE_BYTES];

	signal(SIGPIPE, count_signal);
	for (int i = 0; i < 3; i++) {
		errno = 0;
		if (write(fd, bytes, WRITE_BYTES) < 0 && errno == EPIPE)
			break;
	}
	if (errno != EPIPE)
		scenario_die("no write failed with EPIPE");
	if (!signals)
		return;
	fact_signal(fact, &(struct signal_fact){ .disposition = "handler",
						 .result = "delivered",
						 .outcome = "handled",
						 .handler = (uintptr_t)count_signal });
	fact_emit(fact, NULL);
}

/* SO_LINGER 0 makes the close an MP_FASTCLOSE. After a normal close the peer's subflows accept our
 * data for a minute and no write fails. 5.10 raises no signal for MPTCP. */
static void mptcp(void)
{
	struct linger abort_it = { .l_onoff = 1, .l_linger = 0 };
	struct connection connection;
	struct fact fact;
	int err, fd;

	err = connection_make(AF_INET, IPPROTO_MPTCP, &connection);
	if (err)
		scenario_skip("no mptcp: %s", strerror(-err));
	scenario_begin();
	fd = connection.accepted;
	start_write_fact(&fact, fd);
	fact_object(&fact, fd, "mptcp", "inet");
	fact_cause(&fact, "socket_shut_down");
	setsockopt(connection.connected, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
	close(connection.connected);
	connection_wait(fd, 0);
	write_until_epipe(&fact, fd);
}

/* The association has ended when SCTP_STATUS fails. */
static void wait_for_no_association(int fd)
{
	struct sctp_status status;
	socklen_t size;

	for (int i = 0; i < 30000; i++) {
		memset(&status, 0, sizeof(status));
		size = sizeof(status);
		if (getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, &status, &size) < 0)
			return;
		poll(NULL, 0, 1); /* poll() does not report the end of the shutdown handshake */
	}
	errno = 0;
	scenario_die("the association did not end");
}

static void sctp(void)
{
	struct connection connection;
	struct fact fact;
	int err, fd;

	err = connection_make(AF_INET, IPPROTO_SCTP, &connection);
	if (err)
		scenario_skip("no sctp: %s", strerror(-err));
	scenario_begin();
	fd = connection.accepted;
	start_write_fact(&fact, fd);
	fact_object(&fact, fd, "sctp", "inet");
	fact_evidence(&fact, &(struct evidence){ .code = "socket_shut_down",
						 .confidence = "certain",
						 .text = "the peer ended the association" });
	close(connection.connected);
	wait_for_no_association(fd);
	write_until_epipe(&fact, fd);
}

static int vsock_socket(struct sockaddr_vm *address, socklen_t size)
{
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_vm){ .svm_family = AF_VSOCK,
					 .svm_cid = VMADDR_CID_LOCAL,
					 .svm_port = VMADDR_PORT_ANY };
	if (fd < 0 || bind(fd, (struct sockaddr *)address, size) < 0)
		scenario_skip("no vsock: %s", strerror(errno));
	if (listen(fd, 1) < 0 || getsockname(fd, (struct sockaddr *)address, &size) < 0)
		scenario_die("listening on vsock");
	return fd;
}

/* vsock raises the signal since 6.7 (vsock_connectible_sendmsg calls sk_stream_error). */
static void vsock(void)
{
	struct sockaddr_vm address;
	int listener = vsock_socket(&address, sizeof(address));
	int connected = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	struct fact fact;

	if (connect(connected, (struct sockaddr *)&address, sizeof(address)) < 0)
		scenario_skip("no vsock loopback: %s", strerror(errno));
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		scenario_die("accept");
	scenario_begin();
	start_write_fact(&fact, fd);
	fact_object(&fact, fd, "vsock", NULL);
	fact_cause(&fact, "socket_shut_down");
	close(connected);
	connection_wait(fd, POLLRDHUP);
	write_until_epipe(&fact, fd);
}

/* With kernel TLS both tls_push_sg and tls_sw_sendmsg call sk_stream_error for one failed write.
 * sigpath must report one incident. */
static void tls(void)
{
	struct tls12_crypto_info_aes_gcm_128 keys = {
		.info = { .version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128 }
	};
	struct addresses addresses;
	struct connection tcp;
	struct fact fact;

	connection_make_tcp(AF_INET, &tcp);
	if (setsockopt(tcp.accepted, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) < 0)
		scenario_skip("no kernel TLS: %s", strerror(errno));
	if (setsockopt(tcp.accepted, SOL_TLS, TLS_TX, &keys, sizeof(keys)) < 0)
		scenario_skip("no AES-GCM for kernel TLS: %s", strerror(errno));
	scenario_begin();
	addresses_take(tcp.accepted, &addresses);
	close(tcp.connected);
	connection_break(tcp.accepted, WRITE_BYTES);
	start_write_fact(&fact, tcp.accepted);
	fact_tcp(&fact, tcp.accepted, &addresses, "CLOSE", "tls");
	fact_cause(&fact, "peer_closed_then_reset");
	emit_and_die(&fact, tcp.accepted);
}

static const struct scenario scenarios[] = {
	{ "pipe", anonymous_pipe },
	{ "fifo", fifo },
	{ "partial-pipe", partial_pipe },
	{ "unix-path", unix_path },
	{ "unix-abstract", unix_abstract },
	{ "unix-pair", unix_pair },
	{ "mptcp", mptcp },
	{ "sctp", sctp },
	{ "vsock", vsock },
	{ "tls", tls },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
