// SPDX-License-Identifier: GPL-2.0-or-later
#include "links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
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

struct links {
	pid_t pid;
	int socket;
	uint32_t number; /* of the last question */
};

struct answer {
	uint32_t number; /* of the question: an answer may come too late */
	int error;	 /* 0 or -errno */
	char target[PATH_MAX];
};

/* --- the process that reads --- */

static const int allowed_calls[] = {
	SCMP_SYS(recvmsg), SCMP_SYS(readlinkat), SCMP_SYS(close),
	SCMP_SYS(sendto),  SCMP_SYS(exit_group),
};

/* -1: the other side has ended. */
static int receive_dir(uint32_t *ret_number)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { ret_number, sizeof(*ret_number) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	int dir = -1;

	if (recvmsg(STDIN_FILENO, &message, 0) != sizeof(*ret_number))
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(dir)))
		memcpy(&dir, CMSG_DATA(header), sizeof(dir));
	return dir;
}

static int send_answer(const struct answer *answer, size_t length)
{
	size_t size = offsetof(struct answer, target) + length;

	return send(STDIN_FILENO, answer, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -errno;
}

static void serve(void)
{
	struct answer answer = { 0 };
	int dir;

	if (send_answer(&answer, 0))
		return;
	while ((dir = receive_dir(&answer.number)) >= 0) {
		ssize_t length = readlinkat(dir, "exe", answer.target, sizeof(answer.target));

		answer.error = length < 0 ? -errno : 0;
		close(dir);
		if (send_answer(&answer, length < 0 ? 0 : (size_t)length))
			return;
	}
}

_Noreturn static void reader_main(int socket, pid_t parent, const struct rights_user *user)
{
	const struct syscall_list list = { .calls = allowed_calls,
					   .call_count = ARRAY_SIZE(allowed_calls) };
	int error;

	sigset_t all;

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
	error = syscall_filter_apply(&list, 1);
	if (!error || error == -ENOSYS)
		serve();
	_exit(EXIT_FAILURE);
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
		if (got < (ssize_t)offsetof(struct answer, target))
			return got < 0 ? -errno : -EPIPE;
	} while (ret_answer->number != links->number);
	*ret_length = (size_t)got - offsetof(struct answer, target);
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

static int send_dir(struct links *links, int dir)
{
	char control[CMSG_SPACE(sizeof(dir))] = { 0 };
	struct iovec data = { &links->number, sizeof(links->number) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	links->number++;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(dir));
	memcpy(CMSG_DATA(header), &dir, sizeof(dir));
	return sendmsg(links->socket, &message, MSG_NOSIGNAL) > 0 ? 0 : -errno;
}

int links_read_exe(struct links *links, int dir, char *target, size_t size)
{
	struct answer answer;
	size_t length = 0;
	int error;

	if (!links) {
		ssize_t got = readlinkat(dir, "exe", target, size - 1);

		error = got < 0 ? -errno : 0;
		length = got < 0 ? 0 : (size_t)got;
	} else {
		error = send_dir(links, dir);
		if (!error)
			error = receive_answer(links, &answer, &length);
		if (!error)
			memcpy(target, answer.target, length);
	}
	target[length] = '\0';
	return error;
}
