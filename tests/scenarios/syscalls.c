// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which call failed, on which fd, with how many bytes and which flags? Each scenario makes one raw
 * system call on a broken object. Built a second time for i386 if that is possible.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "connection.h"
#include "fact.h"
#include "scenario.h"

static char first[100], second[23];
static struct iovec vectors[] = { { first, sizeof(first) }, { second, sizeof(second) } };
#define VECTOR_BYTES ((long long)(sizeof(first) + sizeof(second)))

/* The call must fail without a signal. */
static noreturn void survived(const char *name)
{
	if (errno == ENOSYS)
		scenario_skip("the kernel has no %s", name);
	scenario_die("%s did not kill", name);
}

/* Emits the fact for CALL on FD. The caller makes the call next. */
static void expect(const char *name, long number, int fd, long long bytes, const char *flags,
		   bool on_pipe)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_syscall(&fact, name, number, fd, bytes, flags);
	if (on_pipe)
		fact_pipe(&fact, fd);
	else
		fact_unix(&fact, fd, NULL, NULL, 0);
	fact_killed(&fact);
	fact_emit(&fact, NULL);
}

#define EXPECT_PIPE(name, fd, bytes, flags) expect(#name, SYS_##name, fd, bytes, flags, true)
#define EXPECT_UNIX(name, fd, bytes, flags) expect(#name, SYS_##name, fd, bytes, flags, false)

/* A pipe with SIZE bytes in it; returns the read end. */
static int filled_pipe(size_t size)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0 || write(ends[1], first, size) != (ssize_t)size)
		scenario_die("a pipe");
	return ends[0];
}

static void call_write(void)
{
	int fd = scenario_broken_pipe();

	scenario_begin();
	EXPECT_PIPE(write, fd, 71, NULL);
	syscall(SYS_write, fd, first, 71);
	survived("write");
}

static void call_writev(void)
{
	int fd = scenario_broken_pipe();

	scenario_begin();
	EXPECT_PIPE(writev, fd, VECTOR_BYTES, NULL);
	syscall(SYS_writev, fd, vectors, 2);
	survived("writev");
}

static void call_pwritev2(void)
{
	int fd = scenario_broken_pipe();

	scenario_begin();
	EXPECT_PIPE(pwritev2, fd, VECTOR_BYTES, "[\"RWF_DSYNC\"]");
	/* Offset -1, in both halves: write at the current position. A pipe has no other. */
	syscall(SYS_pwritev2, fd, vectors, 2, -1L, -1L, RWF_DSYNC);
	survived("pwritev2");
}

static void call_sendto(void)
{
	int fd = connection_broken_pair();

	scenario_begin();
	EXPECT_UNIX(sendto, fd, 72, NULL);
	syscall(SYS_sendto, fd, first, 72, 0, NULL, 0);
	survived("sendto");
}

static void call_sendto_flags(void)
{
	int fd = connection_broken_pair();

	scenario_begin();
	EXPECT_UNIX(sendto, fd, 73, "{\"$contains\":[\"MSG_DONTWAIT\",\"MSG_MORE\"]}");
	syscall(SYS_sendto, fd, first, 73, MSG_DONTWAIT | MSG_MORE, NULL, 0);
	survived("sendto");
}

static void call_sendmsg(void)
{
	struct msghdr message = { .msg_iov = vectors, .msg_iovlen = 2 };
	int fd = connection_broken_pair();

	scenario_begin();
	EXPECT_UNIX(sendmsg, fd, VECTOR_BYTES, "[\"MSG_DONTWAIT\"]");
	syscall(SYS_sendmsg, fd, &message, MSG_DONTWAIT);
	survived("sendmsg");
}

static void call_sendmmsg(void)
{
	struct mmsghdr message = { .msg_hdr = { .msg_iov = vectors, .msg_iovlen = 2 } };
	int fd = connection_broken_pair();

	scenario_begin();
	EXPECT_UNIX(sendmmsg, fd, VECTOR_BYTES, "[\"MSG_DONTWAIT\"]");
	syscall(SYS_sendmmsg, fd, &message, 1, MSG_DONTWAIT);
	survived("sendmmsg");
}

static int source_file(void)
{
	int fd = memfd_create("source", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, 8192) < 0)
		scenario_die("memfd_create");
	return fd;
}

static void call_sendfile(void)
{
	int fd = connection_broken_pair(), source = source_file();

	scenario_begin();
	EXPECT_UNIX(sendfile, fd, 4000, NULL);
	syscall(SYS_sendfile, fd, source, NULL, 4000);
	survived("sendfile");
}

static void call_sendfile_pipe(void)
{
	int fd = scenario_broken_pipe(), source = source_file();

	scenario_begin();
	EXPECT_PIPE(sendfile, fd, 4000, NULL);
	syscall(SYS_sendfile, fd, source, NULL, 4000);
	survived("sendfile");
}

static void call_splice_socket(void)
{
	int fd = connection_broken_pair(), source = filled_pipe(60);

	scenario_begin();
	EXPECT_UNIX(splice, fd, 60, "[\"SPLICE_F_MOVE\"]");
	syscall(SYS_splice, source, NULL, fd, NULL, 60, SPLICE_F_MOVE);
	survived("splice");
}

static void call_splice_pipe(void)
{
	int fd = scenario_broken_pipe(), source = filled_pipe(61);

	scenario_begin();
	EXPECT_PIPE(splice, fd, 61, "[\"SPLICE_F_MOVE\"]");
	syscall(SYS_splice, source, NULL, fd, NULL, 61, SPLICE_F_MOVE);
	survived("splice");
}

static void call_tee(void)
{
	int fd = scenario_broken_pipe(), source = filled_pipe(62);

	scenario_begin();
	EXPECT_PIPE(tee, fd, 62, "[\"SPLICE_F_NONBLOCK\"]");
	syscall(SYS_tee, source, fd, 62, SPLICE_F_NONBLOCK);
	survived("tee");
}

static void call_vmsplice(void)
{
	int fd = scenario_broken_pipe();

	scenario_begin();
	EXPECT_PIPE(vmsplice, fd, VECTOR_BYTES, NULL);
	syscall(SYS_vmsplice, fd, vectors, 2, 0);
	survived("vmsplice");
}

#ifdef SYS_sendfile64
static void call_sendfile64(void)
{
	int fd = connection_broken_pair(), source = source_file();

	scenario_begin();
	EXPECT_UNIX(sendfile64, fd, 4001, NULL);
	syscall(SYS_sendfile64, fd, source, NULL, 4001);
	survived("sendfile64");
}
#endif

#ifdef SYS_socketcall
#define SOCKETCALL_SEND 9

static void call_socketcall(void)
{
	int fd = connection_broken_pair();
	unsigned long arguments[] = { fd, (unsigned long)first, 74, MSG_DONTWAIT };

	scenario_begin();
	EXPECT_UNIX(socketcall, fd, 74, "[\"MSG_DONTWAIT\"]");
	syscall(SYS_socketcall, SOCKETCALL_SEND, arguments);
	survived("socketcall");
}
#endif

static const struct scenario scenarios[] = {
	{ "write", call_write },
	{ "writev", call_writev },
	{ "pwritev2", call_pwritev2 },
	{ "sendto", call_sendto },
	{ "sendto-flags", call_sendto_flags },
	{ "sendmsg", call_sendmsg },
	{ "sendmmsg", call_sendmmsg },
	{ "sendfile", call_sendfile },
	{ "sendfile-pipe", call_sendfile_pipe },
	{ "splice-socket", call_splice_socket },
	{ "splice-pipe", call_splice_pipe },
	{ "tee", call_tee },
	{ "vmsplice", call_vmsplice },
#ifdef SYS_sendfile64
	{ "sendfile64", call_sendfile64 },
#endif
#ifdef SYS_socketcall
	{ "socketcall", call_socketcall },
#endif
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
