// SPDX-License-Identifier: GPL-2.0-or-later
/* How a process makes its ends of an object. */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 8
#define CONNECT_MS 5000

/* Takes over FD, or passes its error on. */
static int put(int slot, int fd)
{
	if (fd < 0)
		return -errno;
	fd = actor_place_fd(fd);
	self.slots[slot] = fd;
	return fd < 0 ? fd : 0;
}

static int make_pair(const struct command *command)
{
	int ends[2], err;

	if (command->op == OP_PIPE ? pipe2(ends, O_CLOEXEC)
				   : socketpair(AF_UNIX, command->number | SOCK_CLOEXEC, 0, ends))
		return -errno;
	err = put(SLOT_PEER, ends[0]);
	return err ? err : put(SLOT_WRITER, ends[1]);
}

static int reuse(int fd)
{
	int yes = 1;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

static int make_listener(const struct command *command)
{
	const struct sockaddr *address = (const void *)&command->local.storage;
	int fd = socket(address->sa_family, command->number | SOCK_CLOEXEC, 0), no = 0, err;

	if (fd < 0)
		return -errno;
	if (address->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
	reuse(fd);
	if (bind(fd, address, command->local.size) || listen(fd, BACKLOG)) {
		err = -errno;
		close(fd);
		return err;
	}
	/* Other users of this world may connect. */
	if (address->sa_family == AF_UNIX && ((const struct sockaddr_un *)address)->sun_path[0])
		chmod(((const struct sockaddr_un *)address)->sun_path, 0666);
	return put(command->slot, fd);
}

static int make_connection(const struct command *command)
{
	const struct sockaddr *peer = (const void *)&command->peer.storage;
	int fd = socket(peer->sa_family, command->number | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	reuse(fd);
	if ((command->local.size &&
	     bind(fd, (const void *)&command->local.storage, command->local.size)) ||
	    connect(fd, peer, command->peer.size)) {
		err = -errno;
		close(fd);
		return err;
	}
	return put(command->slot, fd);
}

static int take_connection(const struct command *command)
{
	struct pollfd wait = { .fd = self.slots[command->slot2], .events = POLLIN };

	/* Whoever made the connection has told so, and only decoys take another one's place. */
	if (poll(&wait, 1, CONNECT_MS) != 1)
		return -ETIMEDOUT;
	return put(command->slot, accept4(wait.fd, NULL, NULL, SOCK_CLOEXEC));
}

static int open_fifo(const struct command *command)
{
	if (command->number & O_CREAT) {
		unlink(command->path);
		return mkfifo(command->path, 0666) ? -errno : 0;
	}
	return put(command->slot, open(command->path, command->number | O_CLOEXEC));
}

static void tell_address(int fd, struct answer *answer)
{
	answer->local.size = answer->peer.size = sizeof(answer->local.storage);
	if (getsockname(fd, (void *)&answer->local.storage, &answer->local.size))
		answer->local.size = 0;
	if (getpeername(fd, (void *)&answer->peer.storage, &answer->peer.size))
		answer->peer.size = 0;
}

int actor_object(const struct command *command, struct answer *answer)
{
	int err = 0;

	switch (command->op) {
	case OP_PIPE:
	case OP_SOCKETPAIR:
		return make_pair(command);
	case OP_OPEN:
		return open_fifo(command);
	case OP_LISTEN:
		err = make_listener(command);
		break;
	case OP_CONNECT:
		err = make_connection(command);
		break;
	case OP_ACCEPT:
		err = take_connection(command);
		break;
	case OP_DUP:
		return put(command->slot2, fcntl(self.slots[command->slot], F_DUPFD_CLOEXEC, 3));
	default:
		return -ENOSYS;
	}
	if (!err)
		tell_address(self.slots[command->slot], answer);
	return err;
}
