// SPDX-License-Identifier: GPL-2.0-or-later
/* What a process does to its end, and how the writer finds that the other one is gone. */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 10000

static int send_bytes(int fd, size_t count)
{
	static const char bytes[1024];
	ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);

	if (sent < 0 && errno == ENOTSOCK)
		sent = write(fd, bytes, count);
	if (sent < 0)
		return -errno;
	return (size_t)sent == count ? 0 : -EIO;
}

static int read_bytes(int fd, size_t count)
{
	char bytes[1024];

	return read(fd, bytes, count) < 0 ? -errno : 0;
}

/* Bytes that are sent but not acknowledged, or not even sent: the other end's window is shut. */
static int fill(int fd)
{
	static const char bytes[4096];
	int size = sizeof(bytes), flags = fcntl(fd, F_GETFL);

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK))
		return -errno;
	while (write(fd, bytes, sizeof(bytes)) > 0)
		;
	if (errno != EAGAIN)
		return -errno;
	return fcntl(fd, F_SETFL, flags) ? -errno : 0;
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

/*
 * Sends the end over a pair of sockets, and closes it. The pair goes with this process, or, where
 * the message also holds the socket that it waits at, is garbage from now on.
 */
static int leave_in_queue(const struct command *command)
{
	char control[CMSG_SPACE(2 * sizeof(int))] = { 0 };
	struct iovec data = { "x", 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control };
	bool cycle = command->number == QUEUE_CYCLE;
	int ends[2], fds[2] = { self.slots[command->slot], -1 };
	size_t size = (cycle ? 2 : 1) * sizeof(int);
	struct cmsghdr *header;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	fds[1] = ends[1];
	message.msg_controllen = CMSG_SPACE(size);
	header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), fds, size);
	if (sendmsg(ends[0], &message, MSG_NOSIGNAL) != 1)
		return -errno;
	close(fds[0]);
	self.slots[command->slot] = -1;
	if (cycle) {
		close(ends[1]);
		close(ends[0]);
	}
	return 0;
}

int actor_break(const struct command *command, struct answer *answer)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	int fd = self.slots[command->slot];

	switch (command->op) {
	case OP_SHUTDOWN:
		return shutdown(fd, command->number) ? -errno : 0;
	case OP_QUEUE:
		return leave_in_queue(command);
	case OP_LINGER:
		return setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) ? -errno
											: 0;
	case OP_SEND:
		return send_bytes(fd, command->number);
	case OP_READ:
		return read_bytes(fd, command->number);
	case OP_FILL:
		return fill(fd);
	case OP_CONSUME:
		return consume(fd, command->number, answer);
	case OP_WAIT:
		return wait_for(fd, command->number, answer);
	default:
		return -ENOSYS;
	}
}
