// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sink of OpenTelemetry, in the tracer: it joins records to requests, and hands these to the
 * process that sends (otlp_exporter.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "otlp_exporter.h"
#include "otlp_record.h"
#include "otlp_request.h"
#include "sink_ops.h"

#define HELLO_MS 10000
#define END_MS 200
#define BATCH_BYTES (1u << 20) /* collectors take 20 MiB */
#define LINGER_MS 1000	       /* as OTEL_BLRP_SCHEDULE_DELAY of the specification */

struct otlp {
	struct otlp_settings settings;
	const struct ev_session *session;
	pid_t pid;
	int socket;
	/* for the sink's thread */
	struct strbuf request;
	bool end_was_said;
	/* for both */
	pthread_mutex_t lock;
	struct otlp_result last; /* its sums */
	uint64_t rejected;
};

/* --- the process --- */

/* In the child: descriptors 3 (the socket) and 4 (the directory), and stderr. */
_Noreturn static void run_child(const struct otlp *otlp, const struct rights_user *user, int socket,
				int directory_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t all;

	/* The signals of the terminal are for the tracer. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	prctl(PR_SET_NAME, "sigpath-otlp");
	socket = fcntl(socket, F_DUPFD, 10);
	directory_fd = directory_fd < 0 ? -1 : fcntl(directory_fd, F_DUPFD, 10);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(socket, 3);
	if (directory_fd >= 0)
		dup2(directory_fd, 4);
	syscall(SYS_close_range, directory_fd < 0 ? 4u : 5u, ~0u, 0u);
	otlp_exporter_run(&otlp->settings, user, 3, directory_fd < 0 ? -1 : 4);
}

/* A directory that is missing is made, as others make theirs. */
static int open_directory(const char *path, struct strbuf *why, int *ret_fd)
{
	*ret_fd = -1;
	if (!path)
		return 0;
	if (!mkdir(path, 0700) || errno == EEXIST)
		*ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*ret_fd >= 0)
		return 0;
	strbuf_printf(why, "%s", strerror(errno));
	return -errno;
}

/* What the process says of its start. */
static int read_hello(int socket, struct strbuf *why)
{
	struct pollfd wait = { .fd = socket, .events = POLLIN };
	struct otlp_hello hello = { 0 };

	if (poll(&wait, 1, HELLO_MS) <= 0 ||
	    recv(socket, &hello, sizeof(hello), MSG_WAITALL) != sizeof(hello)) {
		strbuf_add_text(why, "the process that sends does not start");
		return -EIO;
	}
	hello.text[sizeof(hello.text) - 1] = '\0';
	strbuf_add_text(why, hello.text);
	return hello.error;
}

static int fork_child(struct otlp *otlp, const struct rights_user *user, struct strbuf *why)
{
	cleanup(cleanup_close) int directory_fd = -1;
	int ends[2], error;

	error = open_directory(otlp->settings.spool, why, &directory_fd);
	if (error)
		return error;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	otlp->pid = fork();
	if (!otlp->pid) {
		close(ends[0]);
		run_child(otlp, user, ends[1], directory_fd);
	}
	close(ends[1]);
	otlp->socket = ends[0];
	if (otlp->pid < 0)
		return -errno;
	return read_hello(otlp->socket, why);
}

/* One warning for each line. */
static void log_lines(struct strbuf *lines)
{
	char *rest = lines->text;

	while (rest && *rest)
		log_warning("%s", strsep(&rest, "\n"));
}

int otlp_start(const char *url, const char *spool, const struct rights_user *user,
	       struct strbuf *why, struct otlp **ret_otlp)
{
	cleanup(strbuf_free) struct strbuf warnings = { 0 };
	struct otlp *otlp = calloc(1, sizeof(*otlp));
	int error;

	if (!otlp)
		return -ENOMEM;
	otlp->socket = -1;
	pthread_mutex_init(&otlp->lock, NULL);
	error = otlp_settings_read(url, spool, &otlp->settings, &warnings);
	log_lines(&warnings);
	if (error == -EINVAL)
		strbuf_add_text(why, "the settings above are wrong");
	error = error ?: fork_child(otlp, user, why);
	if (error)
		otlp_stop(otlp);
	else
		*ret_otlp = otlp;
	return error;
}

/* It ends when it sees the end of the socket. The spool is free then for the next run. */
static void wait_for_end(pid_t pid)
{
	uint64_t end_ns = clock_now_ns() + END_MS * NSEC_PER_MSEC;

	while (!waitpid(pid, NULL, WNOHANG) && clock_now_ns() < end_ns)
		poll(NULL, 0, 2);
}

void otlp_stop(struct otlp *otlp)
{
	if (!otlp)
		return;
	if (otlp->socket >= 0)
		close(otlp->socket);
	if (otlp->pid > 0)
		wait_for_end(otlp->pid);
	otlp_settings_free(&otlp->settings);
	strbuf_free(&otlp->request);
	pthread_mutex_destroy(&otlp->lock);
	free(otlp);
}

/* --- the sink --- */

static void add_incident(void *state, const struct incident *incident,
			 const struct explanation *explanation, struct strbuf *buf)
{
	struct otlp *otlp = state;

	otlp_add_incident(otlp->session, incident, explanation, buf);
}

static void add_repeat(void *state, const struct sink_repeat *repeat, struct strbuf *buf)
{
	struct otlp *otlp = state;

	otlp_add_repeat(otlp->session, repeat, buf);
}

static void add_end(void *state, const struct sink_end *end, struct strbuf *buf)
{
	struct otlp *otlp = state;

	otlp_add_end(otlp->session, end, buf);
}

static void add_lost(void *state, uint64_t count, struct timespec time, struct strbuf *buf)
{
	struct otlp *otlp = state;

	otlp_add_lost(otlp->session, count, time, buf);
}

static bool send_all(int socket, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t sent = send(socket, at, size, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		at += sent;
		size -= (size_t)sent;
	}
	return true;
}

/* The process meets the network, so what it says is checked. */
static bool is_possible(const struct otlp_result *result, uint32_t items)
{
	return (uint64_t)result->delivered + result->rejected + result->spooled == items;
}

static int exchange(struct otlp *otlp, uint32_t items, struct otlp_result *ret_result)
{
	const struct otlp_order order = { .size = (uint32_t)otlp->request.length, .items = items };

	if (send_all(otlp->socket, &order, sizeof(order)) &&
	    send_all(otlp->socket, otlp->request.text, otlp->request.length) &&
	    recv(otlp->socket, ret_result, sizeof(*ret_result), MSG_WAITALL) ==
		    sizeof(*ret_result) &&
	    is_possible(ret_result, items))
		return 0;
	if (!otlp->end_was_said)
		log_error("%s: the process that sends has ended: nothing more is delivered",
			  otlp->settings.name);
	otlp->end_was_said = true;
	return -EIO;
}

static int flush(void *state, const char *bytes, const size_t *ends, size_t count,
		 size_t *ret_delivered)
{
	struct otlp *otlp = state;
	const struct otlp_resource resource = {
		.host = otlp->session->host,
		.service_name = otlp->settings.service_name,
		.attributes = otlp->settings.attributes,
		.attribute_count = otlp->settings.attribute_count,
	};
	struct otlp_result result;
	int error;

	strbuf_reset(&otlp->request);
	otlp_add_request(&resource, bytes, ends, count, &otlp->request);
	if (otlp->request.failed) {
		log_error("%s: out of memory", otlp->settings.name);
		strbuf_free(&otlp->request);
		otlp->request = (struct strbuf){ 0 };
		return -ENOMEM;
	}
	error = exchange(otlp, (uint32_t)count, &result);
	if (error)
		return error;
	*ret_delivered = result.delivered + result.spooled;
	pthread_mutex_lock(&otlp->lock);
	otlp->last = result;
	otlp->rejected += result.rejected;
	pthread_mutex_unlock(&otlp->lock);
	/* The process has reported it. */
	return result.rejected ? -EBADMSG : 0;
}

/* Items that were spooled count as delivered, until it is known that they are not. */
static void count(void *state, struct sink_counts *counts)
{
	struct otlp *otlp = state;
	uint64_t dropped, rejected;

	pthread_mutex_lock(&otlp->lock);
	counts->rejected = otlp->rejected;
	dropped = otlp->last.spool_dropped;
	rejected = otlp->last.spool_rejected;
	pthread_mutex_unlock(&otlp->lock);
	if (dropped > counts->delivered)
		dropped = counts->delivered;
	counts->delivered -= dropped;
	counts->dropped += dropped;
	counts->spool_full = dropped;
	if (rejected > counts->delivered)
		rejected = counts->delivered;
	counts->delivered -= rejected;
	counts->failed += rejected;
	counts->rejected += rejected;
}

static void close_sink(void *state)
{
	struct otlp *otlp = state;

	if (otlp->last.waiting)
		log_notice("%s: %" PRIu64 " %s in the spool for the next run", otlp->settings.name,
			   otlp->last.waiting, otlp->last.waiting == 1 ? "item is" : "items are");
	otlp_stop(otlp);
}

int sinks_add_otlp(struct sinks *sinks, struct otlp *otlp)
{
	static const struct sink_ops ops = {
		.incident = add_incident,
		.repeat = add_repeat,
		.end = add_end,
		.lost = add_lost,
		.flush = flush,
		.count = count,
		.close = close_sink,
	};
	const struct sink_place place = {
		.name = otlp->settings.name,
		.format = "otlp",
		.watch_fd = -1,
		.linger_ms = LINGER_MS,
		.batch_bytes = BATCH_BYTES,
	};

	otlp->session = sinks_options(sinks)->session;
	return sinks_add(sinks, &ops, otlp, &place);
}
