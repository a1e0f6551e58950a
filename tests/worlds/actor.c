// SPDX-License-Identifier: GPL-2.0-or-later
/* How a process of a world comes to be, and its loop. */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define FIRST_USER 60000
#define EXEC_ARGUMENTS 13

/* The names of strangers and of peers are the same few. */
static const char *const names[] = { "reader", "shipper", "logger", "worker" };

static int *volatile nowhere;

struct actor self = { .channel = { -1, -1 },
		      .lent = { -1, -1 },
		      .gives = { -1, -1 },
		      .slots = { -1, -1, -1, -1, -1 } };

int actor_place_fd(int fd)
{
	static unsigned int turn;
	int placed = fcntl(fd, F_DUPFD_CLOEXEC, 20 + (getpid() * 7 + turn++ * 5) % 60);

	if (placed < 0)
		return -errno;
	close(fd);
	return placed;
}

void actor_answer(struct answer *answer, int fd)
{
	if (channel_send(&self.channel, answer, sizeof(*answer), fd))
		_exit(1);
}

static void close_slots(unsigned int mask)
{
	for (int slot = 0; slot < SLOT_COUNT; slot++) {
		if (!(mask & KEEP(slot)) || self.slots[slot] < 0)
			continue;
		close(self.slots[slot]);
		self.slots[slot] = -1;
	}
}

static void *stay(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void have_idle_thread(const struct traits *traits)
{
	pthread_t thread;

	if (traits->idle_thread)
		pthread_create(&thread, NULL, stay, NULL);
}

/* A signal mask and handlers as after login, and an end that comes by itself. */
static void take_defaults(const struct traits *traits)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGCHLD, traits->leaves_zombies ? SIG_DFL : SIG_IGN);
	alarm(ACTOR_SECONDS);
}

static void take_traits(const struct actor_spec *spec)
{
	const struct traits *traits = &spec->traits;
	uid_t user = FIRST_USER + traits->user;

	if (traits->session)
		setsid();
	else if (traits->group)
		setpgid(0, 0);
	if (spec->place != PLACE_HOST && setns(NETWORK_FD + spec->place, CLONE_NEWNET) < 0)
		_exit(1);
	/* The child of one that has become this user is it already. */
	if (traits->user && getuid() != user &&
	    (setgroups(0, NULL) || setresgid(user, user, user) || setresuid(user, user, user)))
		_exit(1);
}

/* Executes itself under one of the names. What is in the slots of KEEP stays open. */
static void execute(unsigned int keep)
{
	char numbers[SLOT_COUNT + 2][16], traits[2 * sizeof(self.spec.traits) + 1], path[32];
	char *argv[EXEC_ARGUMENTS] = { path, "actor" };
	const uint8_t *bytes = (const void *)&self.spec.traits;
	int count = 2;

	snprintf(path, sizeof(path), "./%s", names[self.spec.traits.name]);
	for (int i = 0; i < 2; i++) {
		int fd = i ? self.channel.out : self.channel.in;

		snprintf(numbers[i], sizeof(numbers[i]), "%d", fd);
		fcntl(fd, F_SETFD, 0);
		argv[count++] = numbers[i];
	}
	for (size_t i = 0; i < sizeof(self.spec.traits); i++)
		sprintf(traits + 2 * i, "%02x", bytes[i]);
	argv[count++] = traits;
	for (int slot = 0; slot < SLOT_COUNT; slot++) {
		bool kept = keep & KEEP(slot) && self.slots[slot] >= 0;

		snprintf(numbers[slot + 2], sizeof(numbers[0]), "%d", kept ? self.slots[slot] : -1);
		if (kept)
			fcntl(self.slots[slot], F_SETFD, 0);
		argv[count++] = numbers[slot + 2];
	}
	argv[count++] = "--to";
	argv[count] = "s3";
	execv(path, argv);
	_exit(1);
}

static void answer_hello(void)
{
	struct answer answer = { .kind = ANSWER_HELLO, .after_ns = now_ns() };

	identity_read(&answer.who);
	answer.tid = answer.who.pid;
	actor_answer(&answer, -1);
}

/* The child's channel is a socket that came with the command, or pipes that are made here. */
static int do_fork(const struct command *command, int socket, struct answer *answer)
{
	struct channel channel = { socket, socket };
	int err = socket < 0 ? -EBADF : 0;
	pid_t child;

	if (command->spec.without_socket)
		err = channel_make_pipes(&self.lent, &channel);
	if (err)
		return err;
	child = fork();
	if (child == 0) {
		channel_close(&self.channel);
		channel_close(&self.lent);
		channel_close(&self.gives);
		close_slots(~command->keep);
		actor_begin(&channel, &command->spec);
	}
	err = child < 0 ? -errno : 0;
	/* A shell is mostly faster than its child. */
	close_slots(command->number);
	channel_close(&channel);
	answer->value = child;
	answer->channel = self.lent;
	return err;
}

/* Over a socket that is here as long as the process, like that of a program that does so. */
static int give(int slot, struct answer *answer)
{
	int err;

	channel_close(&self.gives);
	err = channel_make_socket(&self.gives, &self.lent);
	if (err)
		return err;
	self.gives.in = self.gives.out = actor_place_fd(self.gives.in);
	fcntl(self.gives.in, F_SETFD, 0);
	answer->channel = self.lent;
	return channel_send(&self.gives, "x", 1, self.slots[slot]);
}

static void rest(unsigned int microseconds)
{
	struct timespec time = { microseconds / 1000000, microseconds % 1000000 * 1000L };

	if (microseconds)
		nanosleep(&time, NULL);
}

static int act(const struct command *command, struct answer *answer)
{
	switch (command->op) {
	case OP_CLOSE:
	case OP_PART:
		close_slots(command->keep);
		return 0;
	case OP_FATAL:
		actor_fatal(command, answer);
		return 0;
	case OP_EXIT:
		_exit(command->number);
	case OP_SIGSEGV:
		*nowhere = 0;
		return 0;
	case OP_QUEUE:
	case OP_SHUTDOWN:
	case OP_LINGER:
	case OP_SEND:
	case OP_READ:
	case OP_FILL:
	case OP_CONSUME:
	case OP_WAIT:
		return actor_break(command, answer);
	case OP_CHURN:
	case OP_CONNECTION:
	case OP_RECONNECT:
		return actor_decoy(command, answer);
	default:
		return actor_object(command, answer);
	}
}

struct turn {
	const struct command *command;
	struct answer *answer;
};

static void *act_in_thread(void *context)
{
	const struct turn *turn = context;

	turn->answer->tid = identity_tid();
	turn->answer->before_ns = now_ns();
	turn->answer->error = act(turn->command, turn->answer);
	turn->answer->after_ns = now_ns();
	return NULL;
}

static void act_and_answer(const struct command *command, int fd)
{
	struct answer answer = { .kind = ANSWER_DONE };
	struct turn turn = { command, &answer };
	pthread_t thread;
	int given = -1;

	if (command->op == OP_FORK) {
		answer.error = do_fork(command, fd, &answer);
	} else if (command->op == OP_TAKEN) {
		channel_close(&self.lent);
	} else if (command->op == OP_GIVE) {
		given = channel_is_socket(&self.channel) ? self.slots[command->slot] : -1;
		answer.error = given < 0 ? give(command->slot, &answer) : 0;
	} else if (command->op == OP_TAKE) {
		self.slots[command->slot] = actor_place_fd(fd);
	} else if (command->op == OP_EXEC) {
		execute(~command->keep);
	} else if (command->in_thread && !pthread_create(&thread, NULL, act_in_thread, &turn)) {
		pthread_join(thread, NULL);
	} else {
		answer.tid = identity_tid();
		answer.before_ns = now_ns();
		answer.error = act(command, &answer);
		answer.after_ns = now_ns();
	}
	actor_answer(&answer, given);
	if (command->op == OP_PART) {
		rest(command->number);
		_exit(command->slot2);
	}
}

void actor_hello_and_serve(const struct channel *channel, const struct actor_spec *spec)
{
	struct command command;
	int fd;

	self.channel = *channel;
	self.spec = *spec;
	have_idle_thread(&spec->traits);
	answer_hello();
	while (channel_receive(&self.channel, &command, sizeof(command), &fd) == sizeof(command))
		act_and_answer(&command, fd);
	_exit(0);
}

/* As the child of a shell does it. */
static void move_peer(enum move move)
{
	int *fd = &self.slots[SLOT_PEER];

	if (move == MOVE_HIGH && *fd >= 0)
		*fd = actor_place_fd(*fd);
	if (move != MOVE_TO_STDIN || *fd <= 0)
		return;
	if (dup2(*fd, STDIN_FILENO) < 0)
		_exit(1);
	close(*fd);
	*fd = STDIN_FILENO;
	fcntl(*fd, F_SETFD, FD_CLOEXEC);
}

/* It came into the lowest free descriptors, which can be needed for others. */
static void place_channel(const struct channel *channel)
{
	self.channel = *channel;
	if (!channel_is_socket(channel)) {
		self.channel.in = actor_place_fd(channel->in);
		self.channel.out = actor_place_fd(channel->out);
	} else if (channel->in == STDIN_FILENO) {
		self.channel.in = self.channel.out = actor_place_fd(channel->in);
	}
}

void actor_begin(const struct channel *channel, const struct actor_spec *spec)
{
	place_channel(channel);
	self.spec = *spec;
	take_defaults(&spec->traits);
	take_traits(spec);
	move_peer(spec->move);
	if (spec->traits.exec)
		execute(~0u);
	prctl(PR_SET_NAME, names[spec->traits.name]);
	actor_hello_and_serve(&self.channel, spec);
}

/* world actor IN OUT TRAITS SLOT... --to s3 */
int actor_main(int argc, char **argv)
{
	struct actor_spec spec = { 0 };
	uint8_t *bytes = (void *)&spec.traits;
	struct channel channel;

	if (argc < 5 + SLOT_COUNT)
		return 2;
	channel.in = strtol(argv[2], NULL, 10);
	channel.out = strtol(argv[3], NULL, 10);
	fcntl(channel.in, F_SETFD, FD_CLOEXEC);
	fcntl(channel.out, F_SETFD, FD_CLOEXEC);
	for (size_t i = 0; i < sizeof(spec.traits); i++) {
		char digits[3] = { argv[4][2 * i], argv[4][2 * i + 1], '\0' };

		bytes[i] = strtoul(digits, NULL, 16);
	}
	for (int slot = 0; slot < SLOT_COUNT; slot++) {
		self.slots[slot] = strtol(argv[5 + slot], NULL, 10);
		if (self.slots[slot] >= 0)
			fcntl(self.slots[slot], F_SETFD, FD_CLOEXEC);
	}
	take_defaults(&spec.traits);
	actor_hello_and_serve(&channel, &spec);
}
