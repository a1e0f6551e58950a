// SPDX-License-Identifier: GPL-2.0-or-later
/* The tracer's end of the spawner. No wait is without a limit. */
#include "spawner.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "message.h"
#include "spawner_process.h"
#include "units.h"

/* For a reply: the spawner itself waits 0.2 s at most. */
#define REPLY_NS (5 * NSEC_PER_SEC)
#define END_MS 500

int spawner_start(struct spawner *ret_spawner)
{
	sigset_t all, before;
	pid_t tracer = getpid(), pid;
	int ends[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	/* The tracer's signal handlers must not run in the child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		spawner_run(ends[1], tracer);
	error = pid < 0 ? -errno : 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		return error;
	}
	*ret_spawner = (struct spawner){ .pid = pid, .socket = ends[0] };
	return 0;
}

void spawner_stop(struct spawner *spawner)
{
	if (!spawner->pid)
		return;
	if (spawner->socket >= 0)
		close(spawner->socket);
	for (unsigned int i = 0; i < END_MS && !waitpid(spawner->pid, NULL, WNOHANG); i++)
		usleep(1000);
	*spawner = (struct spawner){ .socket = -1 };
}

/* One that does not answer will not be asked again. */
static int give_up(struct spawner *spawner)
{
	close(spawner->socket);
	spawner->socket = -1;
	return -ECHILD;
}

static int transact(struct spawner *spawner, struct spawner_request *request, const int *fds,
		    size_t fd_count, struct spawner_pair *ret_pair)
{
	struct pollfd wait = { .fd = spawner->socket, .events = POLLIN };
	uint64_t begin = clock_now_ns();
	struct spawner_reply reply;

	*ret_pair = (struct spawner_pair){ .place = -1 };
	if (spawner->socket < 0)
		return -ECHILD;
	request->number = ++spawner->number;
	if (message_send(spawner->socket, request, sizeof(*request), fds, fd_count))
		return give_up(spawner);
	while (clock_now_ns() - begin < REPLY_NS) {
		if (poll(&wait, 1, 100) <= 0)
			continue;
		if (message_receive(spawner->socket, &reply, sizeof(reply), NULL, 0,
				    MSG_DONTWAIT) != sizeof(reply))
			return give_up(spawner);
		if (reply.number != request->number)
			continue;
		*ret_pair = reply.pair;
		return reply.error;
	}
	return give_up(spawner);
}

int spawner_start_pair(struct spawner *spawner, unsigned int number,
		       const struct spawner_ends *ends, struct spawner_pair *ret_pair)
{
	struct spawner_request request = { .pair = number, .start = true };
	const int fds[SPAWNER_FDS] = {
		[SPAWNER_READER] = ends->reader,     [SPAWNER_OPENER] = ends->opener,
		[SPAWNER_QUESTION] = ends->question, [SPAWNER_ANSWER] = ends->answer,
		[SPAWNER_NOTES] = ends->notes,
	};

	return transact(spawner, &request, fds, SPAWNER_FDS, ret_pair);
}

int spawner_stop_pair(struct spawner *spawner, unsigned int number, struct spawner_pair *ret_pair)
{
	struct spawner_request request = { .pair = number };

	return transact(spawner, &request, NULL, 0, ret_pair);
}
