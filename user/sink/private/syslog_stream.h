/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was sent on a stream and may not have arrived. When the connection breaks, a new one gets
 * all of it again, each message whole.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_BYTES (1u << 20)
#define STREAM_MESSAGES 8192

struct syslog_stream {
	char *bytes; /* STREAM_BYTES; NULL: nothing was added yet */
	size_t length, written;
	uint32_t *sizes; /* of the messages in `bytes`, with their frames */
	size_t count;
};

void stream_free(struct syslog_stream *stream);
/*
 * Adds a message. COUNTED: its length and a blank come before it (RFC 6587, 3.4.1); else a newline
 * comes after it (3.4.2). 0; -ENOBUFS: no room; -ENOMEM.
 */
int stream_add(struct syslog_stream *stream, const char *message, size_t size, bool counted);
/* Writes what FD takes now. 0: all is written; -EAGAIN; another -errno: the connection is broken. */
int stream_write(struct syslog_stream *stream, int fd);
/* Of the bytes that are written, all but the last UNACKNOWLEDGED have arrived. */
void stream_acknowledge(struct syslog_stream *stream, size_t unacknowledged);
/* All that is left begins again on a new connection. */
void stream_rewind(struct syslog_stream *stream);
