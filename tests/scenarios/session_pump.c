// SPDX-License-Identifier: GPL-2.0-or-later
/* Moves bytes and waits for exits until a condition is true. */
#include "session_pump.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

long long session_deadline(const struct settings *settings, long long milliseconds)
{
	return now_ms() + milliseconds * settings->slow;
}

static void drain(int *fd, struct strbuf *text)
{
	char bytes[65536];

	while (*fd >= 0) {
		ssize_t got = read(*fd, bytes, sizeof(bytes));

		if (got > 0)
			strbuf_add(text, bytes, got);
		else if (got < 0 && errno == EINTR)
			continue;
		else if (got < 0 && errno == EAGAIN)
			return;
		else
			close(take_fd(fd));
	}
}

/* Bytes in which a loss, a repetition or a swap is visible. */
static char copy_byte(size_t position)
{
	return (char)(position * 7 + position / 251);
}

static void feed(struct session *session)
{
	char bytes[4096];
	size_t count = 0;
	ssize_t written;

	while (count < sizeof(bytes) && session->input_done + count < SESSION_COPY_BYTES) {
		bytes[count] = copy_byte(session->input_done + count);
		count++;
	}
	written = write(session->input, bytes, count);
	if (written > 0)
		session->input_done += written;
	if (session->input_done == SESSION_COPY_BYTES ||
	    (written < 0 && errno != EAGAIN && errno != EINTR))
		close(take_fd(&session->input));
}

int session_pump(struct session *session, session_condition until, long long deadline)
{
	for (;;) {
		struct pollfd pollers[] = {
			{ .fd = session->facts, .events = POLLIN },
			{ .fd = session->messages, .events = POLLIN },
			{ .fd = session->output, .events = POLLIN },
			{ .fd = session->input, .events = POLLOUT },
			{ .fd = session->program.pidfd, .events = POLLIN },
			{ .fd = session->sigpath.pidfd, .events = POLLIN },
		};
		long long left = deadline - now_ms();

		if (until(session))
			return 0;
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(pollers, sizeof(pollers) / sizeof(pollers[0]), (int)left) < 0 &&
		    errno != EINTR)
			return -errno;
		/* Exits first: everything that was written before an exit is then in the pipes. */
		child_poll(&session->program);
		child_poll(&session->sigpath);
		drain(&session->facts, &session->facts_text);
		drain(&session->messages, &session->messages_text);
		drain(&session->output, &session->output_text);
		if (pollers[3].revents)
			feed(session);
	}
}

bool session_program_waits(const struct session *session)
{
	const char *text = session->facts_text.text;

	return session->facts < 0 || session->program.ended ||
	       (text && strstr(text, "\"waiting\":true}\n"));
}

bool session_said_ready(const struct session *session)
{
	static const char ready[] = "sigpath: ready";
	const char *text = session->messages_text.text;

	return text &&
	       (strncmp(text, ready, strlen(ready)) == 0 || strstr(text, "\nsigpath: ready"));
}

bool session_sigpath_is_ready(const struct session *session)
{
	return session->sigpath.ended || session_said_ready(session);
}

/* Its children have the pipe of the facts too: end of file means that all have exited. */
bool session_program_is_done(const struct session *session)
{
	return session->program.ended && session->facts < 0;
}

bool session_sigpath_is_done(const struct session *session)
{
	return session->sigpath.ended && session->facts < 0 && session->messages < 0 &&
	       session->output < 0;
}

bool session_copy_is_whole(const struct session *session)
{
	if (session->output_text.length != SESSION_COPY_BYTES)
		return false;
	for (size_t i = 0; i < SESSION_COPY_BYTES; i++) {
		if (session->output_text.text[i] != copy_byte(i))
			return false;
	}
	return true;
}
