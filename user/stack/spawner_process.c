// SPDX-License-Identifier: GPL-2.0-or-later
#include "spawner_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "isolated_child.h"
#include "message.h"
#include "opener.h"
#include "own_process.h"
#include "rights.h"
#include "units.h"

/* Wait for the end of a killed pair. A file system that hangs can delay it without limit. */
#define END_NS (200 * NSEC_PER_MSEC)
#define TURN_NS (NSEC_PER_MSEC / 5)

/*
 * Those of the opener; and CAP_SYS_ADMIN, without which some hosts let nobody make a user
 * namespace. The reader makes one before it reads anything.
 */
#define SPAWNER_RIGHTS                                                                        \
	(RIGHT(CAP_DAC_READ_SEARCH) | RIGHT(CAP_SYS_PTRACE) | RIGHT(CAP_CHECKPOINT_RESTORE) | \
	 RIGHT(CAP_SYS_ADMIN))

struct pair {
	pid_t reader, opener; /* 0: none, or it has ended */
	int status;	      /* of the reader */
	uint64_t cpu_ns;      /* of those that have ended */
};

struct state {
	int socket;
	struct pair pairs[SPAWNER_PAIRS], aside[SPAWNER_ASIDE_MAX];
};

static bool runs(const struct pair *pair)
{
	return pair->reader || pair->opener;
}

static uint64_t ns_of(struct timeval time)
{
	return (uint64_t)time.tv_sec * NSEC_PER_SEC + (uint64_t)time.tv_usec * 1000;
}

static void reap(pid_t *pid, int *ret_status, uint64_t *cpu_ns)
{
	struct rusage usage;
	int status;

	if (!*pid || wait4(*pid, &status, WNOHANG, &usage) <= 0)
		return;
	*pid = 0;
	*cpu_ns += ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
	if (ret_status)
		*ret_status = status;
}

/* True if it has ended. */
static bool reap_pair(struct pair *pair)
{
	reap(&pair->reader, &pair->status, &pair->cpu_ns);
	reap(&pair->opener, NULL, &pair->cpu_ns);
	return !runs(pair);
}

static uint32_t reap_aside(struct state *state)
{
	uint32_t taken = 0;

	for (unsigned int i = 0; i < SPAWNER_ASIDE_MAX; i++)
		if (!reap_pair(&state->aside[i]))
			taken |= UINT32_C(1) << i;
	return taken;
}

/* Children that have not been reaped: their PIDs cannot belong to other processes. */
static void kill_pair(const struct pair *pair)
{
	if (pair->reader)
		kill(pair->reader, SIGKILL);
	if (pair->opener)
		kill(pair->opener, SIGKILL);
}

static void stop(struct state *state, struct pair *pair, struct spawner_pair *ret_pair)
{
	const struct timespec turn = { .tv_nsec = TURN_NS };
	bool ended;

	kill_pair(pair);
	ended = reap_pair(pair);
	for (unsigned int i = 0; i < END_NS / TURN_NS && !ended; i++) {
		nanosleep(&turn, NULL);
		ended = reap_pair(pair);
	}
	ret_pair->status = pair->status;
	ret_pair->cpu_ns = pair->cpu_ns;
	for (int i = 0; i < SPAWNER_ASIDE_MAX && !ended; i++) {
		if (runs(&state->aside[i]))
			continue;
		/* There is a place, or the pair would not have been started. */
		state->aside[i] = *pair;
		ret_pair->place = i;
		break;
	}
	*pair = (struct pair){};
}

/*
 * The child of fork() executes this program again, so a hostile file that takes it over finds
 * nothing of the tracer's memory.
 */
_Noreturn static void become_reader(const int *fds, int opener)
{
	static const int numbers[] = { ISOLATED_SOCKET, ISOLATED_QUESTION, ISOLATED_ANSWER,
				       ISOLATED_OPENER };
	int given[] = { fds[SPAWNER_READER], fds[SPAWNER_QUESTION], fds[SPAWNER_ANSWER], opener };
	static char name[] = "sigpath", argument[] = ISOLATED_ARGUMENT;
	char *argv[] = { name, argument, NULL };

	/* Before the new program takes memory, or the larger tracer would end. */
	own_process_go_first();
	/* Each may have the number that another one needs. */
	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		given[i] = fcntl(given[i], F_DUPFD_CLOEXEC, ISOLATED_OPENER + 1);
	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		if (dup2(given[i], numbers[i]) < 0)
			_exit(SPAWNER_NOT_STARTED);
	execve("/proc/self/exe", argv, environ);
	_exit(SPAWNER_NOT_STARTED);
}

_Noreturn static void become_opener(const int *fds, int reader, pid_t parent)
{
	struct opener_ends ends = {
		.tracer = fds[SPAWNER_OPENER],
		.reader = reader,
		.question = fds[SPAWNER_QUESTION],
		.notes = fds[SPAWNER_NOTES],
	};

	own_process_end_with(parent);
	close(fds[SPAWNER_READER]);
	close(fds[SPAWNER_ANSWER]);
	opener_run(&ends);
}

/* FDS: closed by the caller. */
static int start(struct state *state, struct pair *pair, const int *fds)
{
	pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -ECHILD;
	pair->opener = fork();
	if (!pair->opener) {
		close(state->socket);
		close(ends[1]);
		become_opener(fds, ends[0], parent);
	}
	pair->reader = fork();
	if (!pair->reader)
		become_reader(fds, ends[1]);
	close(ends[0]);
	close(ends[1]);
	if (pair->reader > 0 && pair->opener > 0)
		return 0;
	pair->reader = pair->reader > 0 ? pair->reader : 0;
	pair->opener = pair->opener > 0 ? pair->opener : 0;
	return -ECHILD;
}

static int start_pair(struct state *state, struct pair *pair, const int *fds,
		      struct spawner_pair *ret_pair)
{
	int error;

	if (runs(pair))
		stop(state, pair, ret_pair);
	ret_pair->aside = reap_aside(state);
	if (ret_pair->aside == (UINT32_C(1) << SPAWNER_ASIDE_MAX) - 1)
		return -EBUSY;
	error = start(state, pair, fds);
	if (error)
		stop(state, pair, ret_pair);
	ret_pair->reader = pair->reader;
	ret_pair->opener = pair->opener;
	return error;
}

static bool serve(struct state *state)
{
	struct spawner_reply reply = { .pair.place = -1 };
	struct spawner_request request;
	int fds[SPAWNER_FDS];
	ssize_t got;

	got = message_receive(state->socket, &request, sizeof(request), fds, SPAWNER_FDS, 0);
	if (got != sizeof(request))
		return false;
	reply.number = request.number;
	reply.error = -EINVAL;
	if (request.pair >= SPAWNER_PAIRS) {
		/* No tracer asks for it. */
	} else if (!request.start) {
		stop(state, &state->pairs[request.pair], &reply.pair);
		reply.error = 0;
	} else if (fds[0] >= 0) {
		reply.error = start_pair(state, &state->pairs[request.pair], fds, &reply.pair);
	}
	for (size_t i = 0; i < SPAWNER_FDS; i++)
		cleanup_close(&fds[i]);
	return !message_send(state->socket, &reply, sizeof(reply), NULL, 0);
}

void spawner_run(int socket, pid_t parent)
{
	struct state state = { .socket = 3 };
	struct spawner_pair ignored;

	own_process_end_with(parent);
	if (dup2(socket, state.socket) < 0 || fcntl(state.socket, F_SETFD, FD_CLOEXEC))
		_exit(1);
	own_process_close((unsigned int)state.socket + 1);
	own_process_ignore_signals();
	prctl(PR_SET_NAME, "sigpath-spawner");
	/* execve() would give the reader what root has. */
	if (rights_keep(SPAWNER_RIGHTS) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		_exit(1);
	while (serve(&state))
		;
	for (unsigned int i = 0; i < SPAWNER_PAIRS; i++)
		stop(&state, &state.pairs[i], &ignored);
	_exit(0);
}
