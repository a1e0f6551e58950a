/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the coordinator and a process of a world talk: over a unix socket, which also carries
 * descriptors, or over two pipes. Each process has a channel of its own, so it is never the object.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One end: a socket, which is both, or an end of each pipe. */
struct channel {
	int in, out;
};

#define CHANNEL_NONE ((struct channel){ -1, -1 })

bool channel_is_socket(const struct channel *channel);
/* Both return 0 or -errno. All descriptors have close-on-exec. */
int channel_make_socket(struct channel *ret_here, struct channel *ret_there);
int channel_make_pipes(struct channel *ret_here, struct channel *ret_there);
void channel_close(struct channel *channel);
/* FD goes along if it is not -1, which needs a socket. Returns 0 or -errno. */
int channel_send(const struct channel *channel, const void *data, size_t size, int fd);
/* Returns the length, 0 if the other side has gone, or -errno. RET_FD becomes -1 if none came. */
ssize_t channel_receive(const struct channel *channel, void *data, size_t size, int *ret_fd);
