// SPDX-License-Identifier: GPL-2.0-or-later
#include "links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "syscall_filter.h"
#include "units.h"

/* How long to wait for an answer, which needs no disk and no other process, */
#define ANSWER_SECONDS 1
/* for the start, in as many turns, */
#define START_TURNS 5
/* and for the end. */
#define END_MS 100

/* Room for a path, a command line of EV_CMDLINE_MAX and more, and the start of a status file. */
#define ANSWER_BYTES 8192
#define WHAT_EXE UINT32_MAX
#define FILE_FLAGS (O_RDONLY | O_NOFOLLOW | O_CLOEXEC)

struct links {
	pid_t pid;
	int socket;
	uint32_t number; /* of the last question */
};

/* With a descriptor of the directory. */
struct question {
	uint32_t number;
	uint32_t what; /* a number in `names`; WHAT_EXE: the target of the link */
	uint32_t size; /* most bytes of the answer: up to ANSWER_BYTES */
};

struct answer {
	uint32_t number; /* of the question: an answer may come too late */
	int error;	 /* 0 or -errno */
	char bytes[ANSWER_BYTES];
};

/* The filter of system calls knows these by their addresses: no other text can be a name. */
static const char *const names[] = { "stat", "status", "cmdline", "cgroup" };

/* --- the process that reads --- */

static const int allowed_calls[] = {
	SCMP_SYS(recvmsg), SCMP_SYS(fstatfs), SCMP_SYS(fstatfs64), SCMP_SYS(readlinkat),
	SCMP_SYS(read),	   SCMP_SYS(close),   SCMP_SYS(sendto),	   SCMP_SYS(exit_group),
};

/* -1: the other side has ended. */
static int receive_question(struct question *ret_question)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { ret_question, sizeof(*ret_question) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	int dir = -1;

	if (recvmsg(STDIN_FILENO, &message, 0) != sizeof(*ret_question))
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(dir)))
		memcpy(&dir, CMSG_DATA(header), sizeof(dir));
	return dir;
}

static int send_answer(const struct answer *answer, size_t length)
{
	size_t size = offsetof(struct answer, bytes) + length;

	return send(STDIN_FILENO, answer, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -errno;
}

static ssize_t read_file(int dir, const char *name, char *bytes, size_t size)
{
	int fd = openat(dir, name, FILE_FLAGS);
	ssize_t got = fd < 0 ? -errno : 0;
	size_t length = 0;

	while (fd >= 0 && length < size) {
		got = read(fd, bytes + length, size - length);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	if (got < 0 && fd >= 0)
		got = -errno;
	if (fd >= 0)
		close(fd);
	return got < 0 ? got : (ssize_t)length;
}

/* Bytes, or -errno. Who has taken over the tracer may have sent the question. */
static ssize_t read_for(const struct question *question, int dir, char *bytes)
{
	struct statfs system;
	ssize_t length;

	if (question->size > ANSWER_BYTES)
		return -EMSGSIZE;
	if (fstatfs(dir, &system))
		return -errno;
	if (system.f_type != PROC_SUPER_MAGIC)
		return -EXDEV;
	if (question->what < ARRAY_SIZE(names))
		return read_file(dir, names[question->what], bytes, question->size);
	length = readlinkat(dir, "exe", bytes, question->size);
	return length < 0 ? -errno : length;
}

static void serve(void)
{
	struct answer answer = { 0 };
	struct question question;
	int dir;

	if (send_answer(&answer, 0))
		return;
	while ((dir = receive_question(&question)) >= 0) {
		ssize_t length = read_for(&question, dir, answer.bytes);

		close(dir);
		answer.number = question.number;
		answer.error = length < 0 ? (int)length : 0;
		if (send_answer(&answer, length < 0 ? 0 : (size_t)length))
			return;
	}
}

/* Opening, for reading alone, what has one of the names. */
static int apply_filter(void)
{
	struct syscall_rule rules[ARRAY_SIZE(names)];
	const struct syscall_list list = {
		.calls = allowed_calls,
		.call_count = ARRAY_SIZE(allowed_calls),
		.rules = rules,
		.rule_count = ARRAY_SIZE(rules),
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		rules[i] = (struct syscall_rule){
			.number = SCMP_SYS(openat),
			.argument = 1,
			.mask = UINT64_MAX,
			.value = (uintptr_t)names[i],
			.also_argument = 2,
			/* Some C libraries add it. */
			.also_mask = UINT32_MAX & ~(uint64_t)O_LARGEFILE,
			.also_value = FILE_FLAGS & ~O_LARGEFILE,
		};
	return syscall_filter_apply(&list, 1);
}

_Noreturn static void reader_main(int socket, pid_t parent, const struct rights_user *user)
{
	sigset_t all;
	int error;

	prctl(PR_SET_NAME, "sigpath-links");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Signals for the process group are for the parent. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* Nothing of the parent's: its outputs end when it ends. */
	if (dup2(socket, STDIN_FILENO) < 0 ||
	    syscall(SYS_close_range, STDIN_FILENO + 1u, ~0u, 0u) ||
	    rights_drop(RIGHT(CAP_SYS_PTRACE), user))
		_exit(EXIT_FAILURE);
	/* Again: a change of the uid clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	error = apply_filter();
	if (!error || error == -ENOSYS)
		serve();
	/*
	 * Not _exit(): for lack of memory, libseccomp 2.5.4 can load a filter without some of the
	 * calls, and say that all is well. Behind it, AddressSanitizer tries to end for ever.
	 */
	syscall(SYS_exit_group, EXIT_FAILURE);
	__builtin_trap();
}

/* --- the side of the tracer --- */

int links_start(const struct rights_user *user, struct links **ret_links)
{
	static const struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	struct links *links = calloc(1, sizeof(*links));
	pid_t parent = getpid();
	int ends[2];

	if (!links)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		free(links);
		return -errno;
	}
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	links->pid = fork();
	if (links->pid == 0)
		reader_main(ends[1], parent, user);
	close(ends[1]);
	links->socket = ends[0];
	if (links->pid < 0) {
		int error = -errno;

		close(links->socket);
		free(links);
		return error;
	}
	*ret_links = links;
	return 0;
}

static int receive_answer(const struct links *links, struct answer *ret_answer, size_t *ret_length)
{
	ssize_t got;

	do {
		got = recv(links->socket, ret_answer, sizeof(*ret_answer), 0);
		if (got < (ssize_t)offsetof(struct answer, bytes))
			return got < 0 ? -errno : -EPIPE;
	} while (ret_answer->number != links->number);
	*ret_length = (size_t)got - offsetof(struct answer, bytes);
	return ret_answer->error;
}

int links_check(const struct links *links)
{
	struct answer answer;
	int error = -EAGAIN;
	size_t length;

	for (int turn = 0; turn < START_TURNS && error == -EAGAIN; turn++)
		error = receive_answer(links, &answer, &length);
	return error;
}

void links_stop(struct links *links)
{
	if (!links)
		return;
	/* Not only closed: another process may have inherited it. */
	shutdown(links->socket, SHUT_RDWR);
	close(links->socket);
	/* Should it hang, it will end with this process. */
	for (int i = 0; i < END_MS && !waitpid(links->pid, NULL, WNOHANG); i++)
		usleep(1000);
	free(links);
}

static int send_question(struct links *links, int dir, uint32_t what, size_t size)
{
	struct question question = { .number = ++links->number,
				     .what = what,
				     .size = (uint32_t)size };
	char control[CMSG_SPACE(sizeof(dir))] = { 0 };
	struct iovec data = { &question, sizeof(question) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(dir));
	memcpy(CMSG_DATA(header), &dir, sizeof(dir));
	return sendmsg(links->socket, &message, MSG_NOSIGNAL) > 0 ? 0 : -errno;
}

static int ask(struct links *links, int dir, uint32_t what, void *buffer, size_t size,
	       size_t *ret_length)
{
	struct answer answer;
	size_t length = 0;
	int error;

	if (size > ANSWER_BYTES)
		return -EMSGSIZE;
	error = send_question(links, dir, what, size);
	if (!error)
		error = receive_answer(links, &answer, &length);
	if (!error && length > size)
		error = -EBADMSG;
	if (error)
		return error;
	memcpy(buffer, answer.bytes, length);
	*ret_length = length;
	return 0;
}

int links_read_exe(struct links *links, int dir, char *target, size_t size)
{
	size_t length = 0;
	int error = 0;

	if (links) {
		error = ask(links, dir, WHAT_EXE, target, size - 1, &length);
	} else {
		ssize_t got = readlinkat(dir, "exe", target, size - 1);

		if (got < 0)
			error = -errno;
		else
			length = (size_t)got;
	}
	target[length] = '\0';
	return error;
}

int links_read_file(void *links, int dir, const char *name, void *buffer, size_t size,
		    size_t *ret_length)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return ask(links, dir, i, buffer, size, ret_length);
	return -EPERM;
}
