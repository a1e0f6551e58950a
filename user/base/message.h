/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages with descriptors, over a unix socket that keeps their borders. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define MESSAGE_FDS_MAX 8

/* FDS stay open here. 0; -errno. */
int message_send(int socket, const void *bytes, size_t size, const int *fds, size_t fd_count);
/*
 * Takes exactly FD_COUNT descriptors, close-on-exec, or sets all of RET_FDS to -1. Waits for the
 * message unless FLAGS (MSG_DONTWAIT) say otherwise. The number of bytes; 0: the other end is
 * closed; -EMSGSIZE: it was longer than SIZE; -errno.
 */
ssize_t message_receive(int socket, void *bytes, size_t size, int *ret_fds, size_t fd_count,
			int flags);
