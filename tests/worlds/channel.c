// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of fixed size over a socket or two pipes. */
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool channel_is_socket(const struct channel *channel)
{
	return channel->in == channel->out;
}

int channel_make_socket(struct channel *ret_here, struct channel *ret_there)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	*ret_here = (struct channel){ ends[0], ends[0] };
	*ret_there = (struct channel){ ends[1], ends[1] };
	return 0;
}

int channel_make_pipes(struct channel *ret_here, struct channel *ret_there)
{
	int commands[2], answers[2], err;

	if (pipe2(commands, O_CLOEXEC))
		return -errno;
	if (pipe2(answers, O_CLOEXEC)) {
		err = -errno;
		close(commands[0]);
		close(commands[1]);
		return err;
	}
	*ret_here = (struct channel){ answers[0], commands[1] };
	*ret_there = (struct channel){ commands[0], answers[1] };
	return 0;
}

void channel_close(struct channel *channel)
{
	if (channel->in >= 0)
		close(channel->in);
	if (channel->out >= 0 && channel->out != channel->in)
		close(channel->out);
	*channel = CHANNEL_NONE;
}

int channel_send(const struct channel *channel, const void *data, size_t size, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec vector = { (void *)data, size };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
	struct cmsghdr *header;

	/* A message is shorter than PIPE_BUF, so it goes as a whole. */
	if (!channel_is_socket(channel))
		return fd >= 0 ? -ENOTSOCK : write(channel->out, data, size) < 0 ? -errno : 0;
	if (fd >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	return sendmsg(channel->out, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

ssize_t channel_receive(const struct channel *channel, void *data, size_t size, int *ret_fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec vector = { data, size };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header;
	ssize_t length;

	*ret_fd = -1;
	if (!channel_is_socket(channel)) {
		length = read(channel->in, data, size);
		return length < 0 ? -errno : length;
	}
	length = recvmsg(channel->in, &message, MSG_CMSG_CLOEXEC);
	if (length < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (length > 0 && header && header->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(header), sizeof(*ret_fd));
	return length;
}
