// SPDX-License-Identifier: GPL-2.0-or-later
/* Moves bytes and waits for exits until a condition is true. */
#include "session_pump.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"

long long session_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

long long session_deadline(const struct settings *settings, long long milliseconds)
{
	return session_now_ms() + milliseconds * settings->slow;
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

/* Reads all events of an inotify descriptor. Were there any? */
static bool drop_events(int fd)
{
	char bytes[4096];
	bool any = false;

	while (fd >= 0 && read(fd, bytes, sizeof(bytes)) > 0)
		any = true;
	return any;
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

/* All that can happen: POLLERS has room for it. Returns how many they are. */
static size_t events_of(const struct session *session, struct pollfd *pollers)
{
	size_t count = 0;

	pollers[count++] = (struct pollfd){ .fd = session->input, .events = POLLOUT };
	pollers[count++] = (struct pollfd){ .fd = session->messages, .events = POLLIN };
	pollers[count++] = (struct pollfd){ .fd = session->output, .events = POLLIN };
	pollers[count++] = (struct pollfd){ .fd = session->report_changes, .events = POLLIN };
	pollers[count++] = (struct pollfd){ .fd = session->sigpath.pidfd, .events = POLLIN };
	for (size_t i = 0; i < session->count; i++) {
		const struct play *play = &session->plays[i];

		pollers[count++] = (struct pollfd){ .fd = play->facts, .events = POLLIN };
		pollers[count++] = (struct pollfd){ .fd = play->program.pidfd, .events = POLLIN };
	}
	return count;
}

/* Exits first: everything that was written before an exit is then in the pipes. */
static void read_all(struct session *session)
{
	child_poll(&session->sigpath);
	for (size_t i = 0; i < session->count; i++)
		child_poll(&session->plays[i].program);
	for (size_t i = 0; i < session->count; i++)
		drain(&session->plays[i].facts, &session->plays[i].said);
	drain(&session->messages, &session->messages_text);
	drain(&session->output, &session->output_text);
	session->report_changed |= drop_events(session->report_changes);
}

int session_pump(struct session *session, session_condition until, const struct play *play,
		 long long deadline)
{
	struct pollfd pollers[5 + 2 * SESSION_PLAYS_MAX];

	while (!until(session, play)) {
		size_t count = events_of(session, pollers);
		long long left = deadline - session_now_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(pollers, count, (int)left) < 0 && errno != EINTR)
			return -errno;
		read_all(session);
		if (pollers[0].revents)
			feed(session);
	}
	return 0;
}

bool session_said_ready(const struct session *session)
{
	static const char ready[] = "sigpath: ready";
	const char *text = session->messages_text.text;

	return text &&
	       (strncmp(text, ready, strlen(ready)) == 0 || strstr(text, "\nsigpath: ready"));
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
