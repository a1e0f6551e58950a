// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What decoys do: other objects, whose memory is used again, and other connections between the same
 * addresses. It is no error if the kernel refuses one.
 */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define CHURN_OBJECTS 8
#define RECONNECT_MS 3

static void churn(bool keep)
{
	int fds[CHURN_OBJECTS][2], pairs[CHURN_OBJECTS][2];

	for (int i = 0; i < CHURN_OBJECTS; i++) {
		if (pipe2(fds[i], O_CLOEXEC))
			return;
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i]))
			return;
	}
	for (int i = 0; i < CHURN_OBJECTS; i++) {
		/* The read ends go with the process. */
		close(fds[i][1]);
		close(pairs[i][1]);
		if (keep)
			continue;
		close(fds[i][0]);
		close(pairs[i][0]);
	}
}

static int socket_at(const struct address *address)
{
	int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (!bind(fd, (const void *)&address->storage, address->size))
		return fd;
	close(fd);
	return -1;
}

/* Both ends of a connection from LOCAL to PEER. One is closed now, the other goes with the process.
 */
static void connection(const struct command *command)
{
	int listener = socket_at(&command->peer), client = -1, accepted;

	if (listener >= 0 && !listen(listener, 1))
		client = socket_at(&command->local);
	if (client < 0 ||
	    connect(client, (const void *)&command->peer.storage, command->peer.size)) {
		close(listener);
		close(client);
		return;
	}
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	close(command->number ? accepted : client);
}

/* From LOCAL, which somebody else has just left, to PEER, which still listens. */
static void reconnect(const struct command *command)
{
	for (int i = 0; i < 2; i++) {
		struct pollfd wait = { .fd = socket_at(&command->local), .events = POLLOUT };

		if (wait.fd < 0)
			return;
		fcntl(wait.fd, F_SETFL, O_NONBLOCK);
		if (!connect(wait.fd, (const void *)&command->peer.storage, command->peer.size) ||
		    errno == EINPROGRESS)
			poll(&wait, 1, RECONNECT_MS);
		/* The last one goes with the process. */
		if (i == 0)
			close(wait.fd);
	}
}

int actor_decoy(const struct command *command, struct answer *answer)
{
	(void)answer;
	if (command->op == OP_CHURN)
		churn(command->number);
	else if (command->op == OP_CONNECTION)
		connection(command);
	else
		reconnect(command);
	return 0;
}
