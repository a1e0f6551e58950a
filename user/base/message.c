// SPDX-License-Identifier: GPL-2.0-or-later
#include "message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union control {
	struct cmsghdr header; /* for its alignment */
	char bytes[CMSG_SPACE(MESSAGE_FDS_MAX * sizeof(int))];
};

int message_send(int socket, const void *bytes, size_t size, const int *fds, size_t fd_count)
{
	struct iovec part = { .iov_base = (void *)bytes, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control = {};

	if (fd_count > MESSAGE_FDS_MAX)
		return -EINVAL;
	if (fd_count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
		control.header = (struct cmsghdr){
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(fd_count * sizeof(int)),
		};
		memcpy(CMSG_DATA(&control.header), fds, fd_count * sizeof(int));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -errno;
}

/* The descriptors in MESSAGE: all of them, or none. */
static void take_fds(struct msghdr *message, int *ret_fds, size_t fd_count)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fds[MESSAGE_FDS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < fd_count; i++)
		ret_fds[i] = -1;
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return;
	count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(header), count * sizeof(int));
	for (size_t i = 0; i < count; i++)
		if (count == fd_count)
			ret_fds[i] = fds[i];
		else
			close(fds[i]);
}

ssize_t message_receive(int socket, void *bytes, size_t size, int *ret_fds, size_t fd_count,
			int flags)
{
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	union control control = {};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got;

	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	take_fds(&message, ret_fds, fd_count);
	if (message.msg_flags & MSG_TRUNC) {
		for (size_t i = 0; i < fd_count; i++)
			if (ret_fds[i] >= 0)
				close(ret_fds[i]);
		return -EMSGSIZE;
	}
	return got;
}
