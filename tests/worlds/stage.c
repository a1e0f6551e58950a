// SPDX-License-Identifier: GPL-2.0-or-later
/* How the coordinator makes processes and talks to them. */
#include "stage.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MS 30000

noreturn static void stage_over(struct world *world, const char *state, const char *why)
{
	char text[512];
	int length;

	stage_clear(world);
	length = snprintf(text, sizeof(text), "{\"state\":\"%s\",\"why\":\"%s\"}", state, why);
	send(world->channel, text, length, MSG_NOSIGNAL);
	_exit(0);
}

noreturn void stage_fail(struct world *world, const char *format, ...)
{
	char why[384];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	stage_over(world, "broken", why);
}

noreturn void stage_skip(struct world *world, const char *why)
{
	stage_over(world, "skipped", why);
}

void stage_clear(struct world *world)
{
	for (int i = 0; i < world->member_count; i++) {
		struct member *member = &world->members[i];

		if (member->alive && member->who.pid > 0)
			syscall(SYS_pidfd_send_signal, member->pidfd, SIGKILL, NULL, 0);
		close(member->control);
		close(member->pidfd);
	}
	/* This is the reaper of all of them. */
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
}

void stage_sleep(unsigned int microseconds)
{
	struct timespec time = { microseconds / 1000000, microseconds % 1000000 * 1000L };

	if (microseconds)
		nanosleep(&time, NULL);
}

void stage_tell(struct world *world, struct member *member, const struct command *command, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { (void *)command, sizeof(*command) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (fd >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	/* A write to a process that has ended would be an incident of its own. */
	if (!member->alive)
		stage_fail(world, "command %d for a process that has ended", command->op);
	if (sendmsg(member->control, &message, MSG_NOSIGNAL) < 0)
		stage_fail(world, "command %d: %s", command->op, strerror(errno));
}

bool stage_hear(struct world *world, struct member *member, struct answer *ret_answer, int *ret_fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { ret_answer, sizeof(*ret_answer) };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct pollfd wait = { .fd = member->control, .events = POLLIN };
	struct cmsghdr *header;
	ssize_t length;

	if (poll(&wait, 1, ANSWER_MS) != 1)
		stage_fail(world, "process %d does not answer", member->who.pid);
	length = recvmsg(member->control, &message, MSG_CMSG_CLOEXEC);
	if (length < 0 && errno != ECONNRESET)
		stage_fail(world, "an answer: %s", strerror(errno));
	header = CMSG_FIRSTHDR(&message);
	if (ret_fd)
		*ret_fd = -1;
	if (ret_fd && length > 0 && header && header->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(header), sizeof(*ret_fd));
	return length == sizeof(*ret_answer);
}

int stage_try(struct world *world, struct member *member, const struct command *command,
	      struct answer *ret_answer)
{
	struct answer answer;

	stage_tell(world, member, command, -1);
	if (!stage_hear(world, member, &answer, NULL))
		stage_fail(world, "a process ended in command %d", command->op);
	if (ret_answer)
		*ret_answer = answer;
	return answer.error;
}

void stage_do(struct world *world, struct member *member, const struct command *command,
	      struct answer *ret_answer)
{
	int err = stage_try(world, member, command, ret_answer);

	if (err)
		stage_fail(world, "command %d: %s", command->op, strerror(-err));
}

/* The first process of the tree. */
static void spawn_root(struct world *world, const struct actor_spec *spec, int here, int there)
{
	pid_t child;

	if (spec->pid_namespace && unshare(CLONE_NEWPID) < 0)
		stage_skip(world, "no PID namespace");
	child = fork();
	if (child == 0) {
		close(here);
		close(world->channel);
		actor_begin(there, spec);
	}
	if (child < 0)
		stage_fail(world, "fork: %s", strerror(errno));
}

struct member *stage_spawn(struct world *world, struct member *parent,
			   const struct actor_spec *spec, unsigned int keep)
{
	return stage_spawn_from(world, parent, spec, keep, 0);
}

struct member *stage_spawn_from(struct world *world, struct member *parent,
				const struct actor_spec *spec, unsigned int keep, unsigned int drop)
{
	struct command command = { .op = OP_FORK, .keep = keep, .number = drop, .spec = *spec };
	struct member *member = &world->members[world->member_count];
	struct answer answer;
	int ends[2];

	if (world->member_count == MEMBERS_MAX)
		stage_fail(world, "too many processes");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		stage_fail(world, "socketpair: %s", strerror(errno));
	*member = (struct member){ .control = ends[0], .pidfd = -1, .alive = true };
	world->member_count++;
	if (parent) {
		stage_tell(world, parent, &command, ends[1]);
		if (!stage_hear(world, parent, &answer, NULL) || answer.error)
			stage_fail(world, "no fork: %s", strerror(-answer.error));
	} else {
		spawn_root(world, spec, ends[0], ends[1]);
	}
	close(ends[1]);
	if (!stage_hear(world, member, &answer, NULL) || answer.kind != ANSWER_HELLO)
		stage_fail(world, "a new process does not speak");
	member->who = answer.who;
	member->pidfd = syscall(SYS_pidfd_open, member->who.pid, 0);
	if (member->pidfd < 0)
		stage_fail(world, "pidfd_open: %s", strerror(errno));
	return member;
}

void stage_give(struct world *world, struct member *from, struct member *to, int slot)
{
	struct command give = { .op = OP_GIVE, .slot = slot },
		       take = { .op = OP_TAKE, .slot = slot };
	struct answer answer;
	int fd;

	stage_tell(world, from, &give, -1);
	if (!stage_hear(world, from, &answer, &fd) || answer.error || fd < 0)
		stage_fail(world, "no descriptor came");
	stage_tell(world, to, &take, fd);
	if (!stage_hear(world, to, &answer, NULL) || answer.error)
		stage_fail(world, "no descriptor was taken");
	close(fd);
}

void stage_end(struct world *world, struct member *member, enum drop drop, int code)
{
	struct command command = { .op = OP_EXIT, .number = drop == DROP_EXIT ? 0 : code };

	member->end_before_ns = now_ns();
	if (drop == DROP_SIGKILL) {
		member->end_signal = SIGKILL;
		syscall(SYS_pidfd_send_signal, member->pidfd, SIGKILL, NULL, 0);
	} else {
		if (drop == DROP_SIGSEGV) {
			command.op = OP_SIGSEGV;
			member->end_signal = SIGSEGV;
		} else {
			member->end_code = command.number;
		}
		stage_tell(world, member, &command, -1);
	}
	member->alive = false;
}

/* A pidfd is readable after the process has let go of its files. */
void stage_ended(struct world *world, struct member *member)
{
	struct pollfd wait = { .fd = member->pidfd, .events = POLLIN };

	if (member->ended)
		return;
	if (poll(&wait, 1, ANSWER_MS) != 1)
		stage_fail(world, "process %d does not end", member->who.pid);
	member->end_after_ns = now_ns();
	member->ended = true;
}
