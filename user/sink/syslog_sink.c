// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sink's side of syslog: messages to the receiver, and a new connection when it has gone. No
 * call waits for longer than TICK_MS, so a run that ends leaves nothing half done behind.
 */
#include "syslog_sink.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "sink_ops.h"
#include "syslog_connector.h"
#include "syslog_message.h"
#include "syslog_stream.h"

#define TICK_MS 100
/* How often it looks whether what was sent has arrived. */
#define ARRIVAL_MS 2
#define LOOKS_MAX 16
/* How long the start waits for a local receiver. */
#define START_MS 2000
/* Between two attempts to connect: doubled each time. */
#define BACK_OFF_FIRST_MS 100
#define BACK_OFF_MOST_MS 10000
/* Above that the kernel is asked what has arrived. */
#define STREAM_ASK_BYTES (STREAM_BYTES / 4)

struct syslog {
	struct syslog_address address;
	struct connector connector;
	struct syslog_format format; /* for the worker; the rest is for the sink's thread */
	int fd;			     /* -1: not connected */
	bool is_stream;
	bool outage_was_said, end_was_said;
	uint64_t back_off_ms, retry_ns;
	struct syslog_stream stream;
	bool is_added; /* the first message of the batch is in the stream */
	/* UDP: the message before this one, which the receiver's host may still refuse */
	struct strbuf last;
	bool last_was_refused;
};

const char *syslog_name(const struct syslog *syslog)
{
	return syslog->address.text;
}

void syslog_free(struct syslog *syslog)
{
	if (!syslog)
		return;
	connector_stop(&syslog->connector);
	cleanup_close(&syslog->fd);
	syslog_format_free(&syslog->format);
	stream_free(&syslog->stream);
	strbuf_free(&syslog->last);
	free(syslog);
}

static void take_connection(struct syslog *syslog, const struct connection *connection)
{
	syslog->fd = connection->fd;
	syslog->is_stream = connection->is_stream;
	stream_rewind(&syslog->stream);
}

static int wait_for_start(struct syslog *syslog, struct strbuf *why)
{
	struct connection connection;
	int error = connector_connect(&syslog->connector, START_MS, &connection);

	if (error) {
		strbuf_add_text(why, error == -EAGAIN ? "it does not answer"
						      : "the process that connects has ended");
		return error == -EAGAIN ? -ETIMEDOUT : error;
	}
	if (connection.fd < 0) {
		strbuf_add_text(why, connection.why);
		return -ENOTCONN;
	}
	take_connection(syslog, &connection);
	return 0;
}

int syslog_open(const struct syslog_address *address, const struct rights_user *user,
		struct syslog **ret_syslog, struct strbuf *why)
{
	struct syslog *syslog = calloc(1, sizeof(*syslog));
	int error;

	if (!syslog) {
		strbuf_add_text(why, strerror(ENOMEM));
		return -ENOMEM;
	}
	syslog->address = *address;
	syslog->fd = -1;
	syslog->format.is_local = address->transport == SYSLOG_LOCAL;
	syslog->format.size = address->transport == SYSLOG_UDP ? SYSLOG_SIZE_UDP
							       : SYSLOG_SIZE_DEFAULT;
	error = connector_start(address, user, &syslog->connector);
	if (error)
		strbuf_printf(why, "cannot start a process: %s", strerror(-error));
	else if (address->transport <= SYSLOG_UNIX)
		error = wait_for_start(syslog, why);
	if (error)
		syslog_free(syslog);
	else
		*ret_syslog = syslog;
	return error;
}

/* --- the connection --- */

/* Not all hosts at once, when a receiver of many comes back: between a half and all of it. */
static uint64_t with_jitter(uint64_t ms)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		return ms;
	return ms / 2 + random % (ms / 2 + 1);
}

/* What TCP of the other host has not acknowledged. */
static size_t unacknowledged(const struct syslog *syslog)
{
	int bytes;

	if (syslog->address.transport != SYSLOG_TCP || ioctl(syslog->fd, SIOCOUTQ, &bytes) ||
	    bytes < 0)
		return 0;
	return (size_t)bytes;
}

static void try_later(struct syslog *syslog, const char *why)
{
	if (!syslog->outage_was_said)
		log_warning("%s: %s; messages wait while sigpath tries again", syslog->address.text,
			    why);
	syslog->outage_was_said = true;
	syslog->retry_ns = clock_now_ns() + with_jitter(syslog->back_off_ms) * NSEC_PER_MSEC;
	syslog->back_off_ms *= 2;
	if (syslog->back_off_ms > BACK_OFF_MOST_MS)
		syslog->back_off_ms = BACK_OFF_MOST_MS;
}

static void disconnect(struct syslog *syslog, const char *why)
{
	stream_acknowledge(&syslog->stream, unacknowledged(syslog));
	close(take_fd(&syslog->fd));
	try_later(syslog, why);
}

static void note_delivery(struct syslog *syslog)
{
	syslog->back_off_ms = BACK_OFF_FIRST_MS;
	if (syslog->outage_was_said)
		log_notice("%s: it takes messages again", syslog->address.text);
	syslog->outage_was_said = false;
}

static void pause_ms(uint64_t ms)
{
	poll(NULL, 0, ms < TICK_MS ? (int)ms : TICK_MS);
}

/* 0: connected; -EAGAIN; -ECHILD: there will be no connection any more. */
static int connect_again(struct syslog *syslog)
{
	uint64_t now = clock_now_ns();
	struct connection connection;
	int error;

	if (syslog->fd >= 0)
		return 0;
	if (now < syslog->retry_ns) {
		pause_ms((syslog->retry_ns - now) / NSEC_PER_MSEC + 1);
		return -EAGAIN;
	}
	error = connector_connect(&syslog->connector, TICK_MS, &connection);
	if (error == -ECHILD && !syslog->end_was_said) {
		log_error("%s: the process that connects has ended: messages are lost",
			  syslog->address.text);
		syslog->end_was_said = true;
	}
	if (error)
		return error;
	if (connection.fd < 0) {
		try_later(syslog, connection.why);
		return -EAGAIN;
	}
	take_connection(syslog, &connection);
	return 0;
}

/*
 * A receiver sends nothing, so what can be read is its end, or an error: UDP learns here that
 * nobody was there for an earlier datagram. 0 or -errno.
 */
static int look_at_receiver(const struct syslog *syslog)
{
	char bytes[4096];

	/* One that does send is read for a while, and is not worth more. */
	for (int turn = 0; turn < LOOKS_MAX; turn++) {
		ssize_t got = recv(syslog->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (!got && syslog->is_stream)
			return -EPIPE;
		if (got < 0 && errno == EAGAIN)
			return 0;
		if (got < 0 && errno != EINTR)
			return -errno;
	}
	return 0;
}

/* The receiver is full: it gets time. */
static int wait_for_receiver(const struct syslog *syslog)
{
	struct pollfd receiver = { .fd = syslog->fd, .events = POLLOUT };

	poll(&receiver, 1, TICK_MS);
	return -EAGAIN;
}

/* --- messages --- */

static int disconnected(struct syslog *syslog, int error)
{
	disconnect(syslog, error == -EPIPE ? "it has closed the connection" : strerror(-error));
	return -EAGAIN;
}

/*
 * The last message that waits is delivered when TCP of the other host has all of them. So a
 * connection that breaks is noticed while there is somebody who can send them again.
 */
static int wait_for_arrival(const struct syslog *syslog)
{
	struct pollfd receiver = { .fd = syslog->fd, .events = POLLIN };

	if (!unacknowledged(syslog))
		return 0;
	poll(&receiver, 1, ARRIVAL_MS);
	return -EAGAIN;
}

static int send_on_stream(struct syslog *syslog, const char *message, size_t size, bool is_last)
{
	struct syslog_stream *stream = &syslog->stream;
	int error = look_at_receiver(syslog);

	if (error)
		return disconnected(syslog, error);
	if (stream->length > STREAM_ASK_BYTES)
		stream_acknowledge(stream, unacknowledged(syslog));
	if (!syslog->is_added) {
		error = stream_add(stream, message, size, syslog->address.transport == SYSLOG_TCP);
		if (error == -ENOBUFS) {
			pause_ms(TICK_MS);
			return -EAGAIN;
		}
		if (error)
			return error;
		syslog->is_added = true;
	}
	error = stream_write(stream, syslog->fd);
	if (error == -EAGAIN)
		return wait_for_receiver(syslog);
	if (error)
		return disconnected(syslog, error);
	error = is_last ? wait_for_arrival(syslog) : 0;
	if (error)
		return error;
	syslog->is_added = false;
	if (syslog->address.transport != SYSLOG_TCP)
		stream_acknowledge(stream, 0);
	return 0;
}

static int send_datagram(struct syslog *syslog, const char *message, size_t size)
{
	ssize_t sent;

	do
		sent = send(syslog->fd, message, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return 0;
	if (errno == EAGAIN)
		return wait_for_receiver(syslog);
	if (errno == ENOBUFS) {
		pause_ms(TICK_MS);
		return -EAGAIN;
	}
	if (errno == EMSGSIZE)
		return -EMSGSIZE;
	return disconnected(syslog, -errno);
}

static int refused(struct syslog *syslog, int error, bool is_last)
{
	syslog->last_was_refused = is_last && syslog->last.length;
	return disconnected(syslog, error);
}

/* The kernel says with the next call that the other host refused a datagram. */
static int send_by_udp(struct syslog *syslog, const char *message, size_t size)
{
	int error = look_at_receiver(syslog);

	if (error)
		return refused(syslog, error, true);
	if (syslog->last_was_refused) {
		error = send_datagram(syslog, syslog->last.text, syslog->last.length);
		if (error)
			return error;
		error = look_at_receiver(syslog);
		if (error)
			return refused(syslog, error, true);
		syslog->last_was_refused = false;
	}
	error = send_datagram(syslog, message, size);
	if (error)
		return error;
	/* At once, if it is on this host. */
	error = look_at_receiver(syslog);
	if (error)
		return refused(syslog, error, false);
	strbuf_reset(&syslog->last);
	strbuf_add(&syslog->last, message, size);
	return 0;
}

/* IS_LAST: no other message waits. 0; -EAGAIN: again, soon; another -errno: the message is lost. */
static int send_message(struct syslog *syslog, const char *message, size_t size, bool is_last)
{
	int error = connect_again(syslog);

	if (error)
		return error;
	if (syslog->is_stream)
		error = send_on_stream(syslog, message, size, is_last);
	else if (syslog->address.transport == SYSLOG_UDP)
		error = send_by_udp(syslog, message, size);
	else
		error = send_datagram(syslog, message, size);
	if (!error)
		note_delivery(syslog);
	else if (error != -EAGAIN && error != -ECHILD && !syslog->end_was_said)
		log_error("%s: %s", syslog->address.text, strerror(-error));
	return error;
}

static int syslog_flush(void *state, const char *bytes, const size_t *ends, size_t count,
			size_t *ret_delivered)
{
	struct syslog *syslog = state;
	bool is_full = count == SINK_BATCH_ITEMS || ends[count - 1] >= SINK_BATCH_BYTES;
	size_t begin = 0;

	for (size_t i = 0; i < count; i++) {
		int error = send_message(syslog, bytes + begin, ends[i] - begin,
					 !is_full && i == count - 1);

		*ret_delivered = i + !error;
		if (error)
			return error;
		begin = ends[i];
	}
	return 0;
}

static void syslog_close(void *state)
{
	syslog_free(state);
}

/* --- items --- */

static void start_item(void *state, const struct sink_start *start, struct strbuf *buf)
{
	struct syslog *syslog = state;

	syslog_add_start(&syslog->format, start, buf);
}

static void incident_item(void *state, const struct incident *incident,
			  const struct explanation *explanation, struct strbuf *buf)
{
	struct syslog *syslog = state;

	syslog_add_incident(&syslog->format, incident, explanation, buf);
}

static void repeat_item(void *state, const struct sink_repeat *repeat, struct strbuf *buf)
{
	struct syslog *syslog = state;

	syslog_add_repeat(&syslog->format, repeat, buf);
}

static void end_item(void *state, const struct sink_end *end, struct strbuf *buf)
{
	struct syslog *syslog = state;

	syslog_add_end(&syslog->format, end, buf);
}

static void lost_item(void *state, uint64_t count, struct timespec time, struct strbuf *buf)
{
	struct syslog *syslog = state;

	syslog_add_lost(&syslog->format, count, time, buf);
}

static void summary_item(void *state, const struct sink_summary *summary, struct strbuf *buf)
{
	struct syslog *syslog = state;

	syslog_add_summary(&syslog->format, summary, buf);
}

int sinks_add_syslog(struct sinks *sinks, struct syslog *syslog)
{
	static const struct sink_ops ops = {
		.start = start_item,
		.incident = incident_item,
		.repeat = repeat_item,
		.end = end_item,
		.lost = lost_item,
		.summary = summary_item,
		.flush = syslog_flush,
		.close = syslog_close,
	};
	const struct sink_place place = {
		.name = syslog->address.text,
		.format = "syslog",
		.watch_fd = -1,
	};

	syslog->format.session = sinks_options(sinks)->session;
	syslog->back_off_ms = BACK_OFF_FIRST_MS;
	return sinks_add(sinks, &ops, syslog, &place);
}
