// SPDX-License-Identifier: GPL-2.0-or-later
/* What a process does to its end, and how the writer finds that the other one is gone. */
#include "actor.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 10000

static int send_bytes(int fd, size_t count)
{
	static const char bytes[1024];
	ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);

	if (sent < 0)
		return -errno;
	return (size_t)sent == count ? 0 : -EIO;
}

/* Takes the error of a reset in one of three ways. The value is the error. */
static int consume(int fd, enum consume how, struct answer *answer)
{
	socklen_t size = sizeof(int);
	int error = 0;
	char byte;

	switch (how) {
	case CONSUME_WRITE:
		error = write(fd, "x", 1) < 0 ? errno : 0;
		break;
	case CONSUME_READ:
		error = recv(fd, &byte, 1, 0) < 0 ? errno : 0;
		break;
	default:
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
			return -errno;
	}
	answer->value = error;
	return 0;
}

static int wait_for(int fd, int events, struct answer *answer)
{
	struct pollfd wait = { .fd = fd, .events = events };
	int got;

	/* POLLHUP comes unasked. Where only POLLRDHUP counts it comes with it or after it. */
	do {
		wait.revents = 0;
		got = poll(&wait, 1, WAIT_MS);
	} while (got < 0 && errno == EINTR);
	if (got != 1)
		return -ETIMEDOUT;
	answer->value = wait.revents;
	return 0;
}

int actor_break(const struct command *command, struct answer *answer)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	int fd = self.slots[command->slot];

	switch (command->op) {
	case OP_SHUTDOWN:
		return shutdown(fd, command->number) ? -errno : 0;
	case OP_LINGER:
		return setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) ? -errno
											: 0;
	case OP_SEND:
		return send_bytes(fd, command->number);
	case OP_CONSUME:
		return consume(fd, command->number, answer);
	case OP_WAIT:
		return wait_for(fd, command->number, answer);
	default:
		return -ENOSYS;
	}
}
