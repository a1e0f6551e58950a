// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each message is one write to stderr, so that lines of several processes do not mix. A message may
 * quote a name that a traced process chose, so bytes that control a terminal are replaced. "Out of
 * memory" must be said too, so a message needs no memory.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"

/*
 * How long a message waits while stderr is full: once. A reader that is stuck must not keep the run
 * from ending, so the messages after it do not wait.
 */
#define FULL_STDERR_MS 250

/* Messages up to this size never allocate. A longer one, of libbpf, is truncated without memory. */
#define LINE_SIZE 2048
#define PREFIX "sigpath: "

static atomic_bool stderr_is_stuck;
static enum log_level level_limit = LOG_NOTICE;

void log_set_level(enum log_level most_verbose)
{
	level_limit = most_verbose;
}

enum log_level log_get_level(void)
{
	return level_limit;
}

/* Newlines and tabs stay, because messages of libbpf have several lines. */
static void defuse(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		uint8_t byte = (uint8_t)text[i];
		uint8_t next = i + 1 < length ? (uint8_t)text[i + 1] : 0;

		if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f) {
			text[i] = '?';
		} else if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) {
			/* C1 in UTF-8 */
			text[i] = '?';
			text[i + 1] = '?';
		}
	}
}

/* A pipe takes PIPE_BUF bytes without waiting when poll(2) says that it can be written to. */
static bool wait_for_stderr(void)
{
	struct pollfd full = { .fd = STDERR_FILENO, .events = POLLOUT };
	int ready = poll(&full, 1, stderr_is_stuck ? 0 : FULL_STDERR_MS);

	stderr_is_stuck = ready == 0;
	return ready != 0;
}

static void write_stderr(const char *text, size_t length)
{
	while (length && wait_for_stderr()) {
		size_t part = length < PIPE_BUF ? length : PIPE_BUF;
		ssize_t written = write(STDERR_FILENO, text, part);

		if (written > 0) {
			text += written;
			length -= (size_t)written;
		} else if (written == 0 || (errno != EINTR && errno != EAGAIN)) {
			return;
		}
	}
}

/* Adds a newline where there is none. LENGTH bytes are in TEXT, which has space for one more. */
static void write_line(char *text, size_t length)
{
	if (text[length - 1] != '\n')
		text[length++] = '\n';
	defuse(text, length);
	write_stderr(text, length);
}

/*
 * Writes PREFIX and the message to TEXT of SIZE bytes, and leaves space for a newline. Returns the
 * length that the text has with enough space.
 */
__attribute__((format(printf, 3, 0))) static size_t format_line(char *text, size_t size,
								const char *format, va_list args)
{
	const size_t prefix = sizeof(PREFIX) - 1;
	int length;

	memcpy(text, PREFIX, prefix);
	length = vsnprintf(text + prefix, size - prefix - 1, format, args);
	return length < 0 ? prefix : prefix + (size_t)length;
}

__attribute__((format(printf, 1, 0))) static void write_message(const char *format, va_list args)
{
	char line[LINE_SIZE], *longer;
	size_t length;
	va_list again;

	va_copy(again, args);
	length = format_line(line, sizeof(line), format, args);
	if (length < sizeof(line) - 1) {
		write_line(line, length);
	} else if (!(longer = malloc(length + 2))) {
		write_line(line, sizeof(line) - 2);
	} else {
		format_line(longer, length + 2, format, again);
		write_line(longer, length);
		free(longer);
	}
	va_end(again);
}

void log_message(enum log_level level, const char *format, ...)
{
	int saved_errno = errno;
	va_list args;

	if (level > level_limit)
		return;
	va_start(args, format);
	write_message(format, args);
	va_end(args);
	errno = saved_errno;
}

void log_block(enum log_level level, const char *lines)
{
	int saved_errno = errno;

	/* What others chose in it was escaped by who made it. */
	if (level <= level_limit)
		write_stderr(lines, strlen(lines));
	errno = saved_errno;
}
