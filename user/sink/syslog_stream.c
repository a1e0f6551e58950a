// SPDX-License-Identifier: GPL-2.0-or-later
#include "syslog_stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void stream_free(struct syslog_stream *stream)
{
	free(stream->bytes);
	free(stream->sizes);
	*stream = (struct syslog_stream){ 0 };
}

static int make_room(struct syslog_stream *stream)
{
	if (stream->bytes)
		return 0;
	/* Uses only as much memory as is written to. */
	stream->bytes = malloc(STREAM_BYTES);
	stream->sizes = malloc(STREAM_MESSAGES * sizeof(*stream->sizes));
	if (stream->bytes && stream->sizes)
		return 0;
	stream_free(stream);
	return -ENOMEM;
}

int stream_add(struct syslog_stream *stream, const char *message, size_t size, bool counted)
{
	char head[24] = "";
	int head_size = counted ? snprintf(head, sizeof(head), "%zu ", size) : 0;
	size_t whole = (size_t)head_size + size + !counted;
	int error = make_room(stream);
	char *at;

	if (error)
		return error;
	if (whole > STREAM_BYTES - stream->length || stream->count == STREAM_MESSAGES)
		return -ENOBUFS;
	at = stream->bytes + stream->length;
	memcpy(at, head, (size_t)head_size);
	memcpy(at + head_size, message, size);
	if (!counted)
		at[whole - 1] = '\n';
	stream->length += whole;
	stream->sizes[stream->count++] = (uint32_t)whole;
	return 0;
}

int stream_write(struct syslog_stream *stream, int fd)
{
	while (stream->written < stream->length) {
		ssize_t sent = send(fd, stream->bytes + stream->written,
				    stream->length - stream->written, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -errno;
		stream->written += (size_t)sent;
	}
	return 0;
}

void stream_acknowledge(struct syslog_stream *stream, size_t unacknowledged)
{
	size_t arrived = stream->written > unacknowledged ? stream->written - unacknowledged : 0;
	size_t bytes = 0, count = 0;

	while (count < stream->count && bytes + stream->sizes[count] <= arrived)
		bytes += stream->sizes[count++];
	if (!count)
		return;
	stream->length -= bytes;
	stream->written -= bytes;
	stream->count -= count;
	memmove(stream->bytes, stream->bytes + bytes, stream->length);
	memmove(stream->sizes, stream->sizes + count, stream->count * sizeof(*stream->sizes));
}

void stream_rewind(struct syslog_stream *stream)
{
	stream->written = 0;
}
