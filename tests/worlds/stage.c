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
		channel_close(&member->channel);
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
	int err;

	/* A write to a process that has ended would be an incident of its own. */
	if (!member->alive)
		stage_fail(world, "command %d for a process that has ended", command->op);
	err = channel_send(&member->channel, command, sizeof(*command), fd);
	if (err)
		stage_fail(world, "command %d: %s", command->op, strerror(-err));
}

bool stage_hear(struct world *world, struct member *member, struct answer *ret_answer, int *ret_fd)
{
	struct pollfd wait = { .fd = member->channel.in, .events = POLLIN };
	ssize_t length;
	int fd;

	if (poll(&wait, 1, ANSWER_MS) != 1)
		stage_fail(world, "process %d does not answer", member->who.pid);
	length = channel_receive(&member->channel, ret_answer, sizeof(*ret_answer), &fd);
	if (length < 0 && length != -ECONNRESET)
		stage_fail(world, "an answer: %s", strerror(-length));
	if (ret_fd)
		*ret_fd = fd;
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
static void spawn_root(struct world *world, const struct actor_spec *spec, struct channel *here,
		       const struct channel *there)
{
	pid_t child;

	if (spec->pid_namespace && unshare(CLONE_NEWPID) < 0)
		stage_skip(world, "no PID namespace");
	child = fork();
	if (child == 0) {
		channel_close(here);
		close(world->channel);
		actor_begin(there, spec);
	}
	if (child < 0)
		stage_fail(world, "fork: %s", strerror(errno));
}

static int copy_fd(struct world *world, struct member *member, int number)
{
	int fd = syscall(SYS_pidfd_getfd, member->pidfd, number, 0);

	if (fd < 0)
		stage_fail(world, "pidfd_getfd: %s", strerror(errno));
	return fd;
}

/* The descriptors of ANSWER become those of the coordinator alone. */
static struct channel take_channel(struct world *world, struct member *member,
				   const struct answer *answer)
{
	struct command taken = { .op = OP_TAKEN };
	struct channel channel = answer->channel;

	channel.in = copy_fd(world, member, answer->channel.in);
	channel.out = channel_is_socket(&answer->channel)
			      ? channel.in
			      : copy_fd(world, member, answer->channel.out);
	stage_do(world, member, &taken, NULL);
	return channel;
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
	struct channel there = CHANNEL_NONE;
	struct answer answer;

	if (world->member_count == MEMBERS_MAX)
		stage_fail(world, "too many processes");
	*member = (struct member){ .channel = CHANNEL_NONE, .pidfd = -1, .alive = true };
	if (!spec->without_socket && channel_make_socket(&member->channel, &there))
		stage_fail(world, "socketpair: %s", strerror(errno));
	world->member_count++;
	if (parent) {
		stage_tell(world, parent, &command, there.in);
		if (!stage_hear(world, parent, &answer, NULL) || answer.error)
			stage_fail(world, "no fork: %s", strerror(-answer.error));
		if (spec->without_socket)
			member->channel = take_channel(world, parent, &answer);
	} else {
		spawn_root(world, spec, &member->channel, &there);
	}
	channel_close(&there);
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
	struct channel channel;
	struct answer answer;
	char byte;
	int fd;

	stage_tell(world, from, &give, -1);
	if (!stage_hear(world, from, &answer, &fd) || answer.error)
		stage_fail(world, "no descriptor was given");
	if (!channel_is_socket(&from->channel)) {
		channel = take_channel(world, from, &answer);
		channel_receive(&channel, &byte, sizeof(byte), &fd);
		channel_close(&channel);
	}
	if (fd < 0)
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
