// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics_server.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accept_header.h"
#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "http_library.h"
#include "units.h"

#define CONNECTIONS_MAX 32
#define LIFE_NS (10 * NSEC_PER_SEC)
/* For the request; its body is never read. */
#define CONNECTION_BYTES 16384
/* How many connections are accepted before those that exist are served. */
#define ACCEPT_MAX 16
/* How often libmicrohttpd may run until a connection that was ended has its place free. */
#define END_RUNS_MAX 4
/* How long the kernel holds back a connection that has sent nothing. */
#define SILENT_SECONDS 5
/* After accept() has failed, for lack of descriptors or memory. */
#define PAUSE_MS 200
/* How often to look at the ages of connections. */
#define LOOK_MS 1000
#define LISTEN_MAX 2
/* Nothing else of the run waits for its CPU time. */
#define NICE 10

struct connection {
	int fd; /* owned by libmicrohttpd; -1: the place is free */
	uint64_t end_ns;
};

struct metrics_server {
	struct http_library library;
	struct metrics *metrics;
	struct MHD_Daemon *daemon;
	size_t listen_count;
	int listen_fds[LISTEN_MAX];
	int stop_fd; /* an eventfd */
	pthread_t thread;
	sem_t ready; /* the thread has its priority, which it may not change later */
	bool has_thread;
	size_t count;
	struct connection connections[CONNECTIONS_MAX];
};

/* --- answers --- */

static enum MHD_Result answer(struct metrics_server *server, struct MHD_Connection *connection,
			      unsigned int status, const char *type, struct strbuf *body)
{
	const struct http_library *library = &server->library;
	struct MHD_Response *response;
	enum MHD_Result result;

	/* The response owns the body, and frees it. */
	response = library->MHD_create_response_from_buffer(body->length, body->text,
							    MHD_RESPMEM_MUST_FREE);
	if (!response) {
		strbuf_free(body);
		return MHD_NO;
	}
	library->MHD_add_response_header(response, "Content-Type", type);
	library->MHD_add_response_header(response, "Connection", "close");
	library->MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		library->MHD_add_response_header(response, "Allow", "GET, HEAD");
	result = library->MHD_queue_response(connection, status, response);
	library->MHD_destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct metrics_server *server, struct MHD_Connection *connection,
			      unsigned int status, const char *text)
{
	struct strbuf body = { 0 };

	strbuf_add_text(&body, text);
	return body.failed ? MHD_NO
			   : answer(server, connection, status, "text/plain; charset=utf-8", &body);
}

/* Called when the head of a request is complete. MHD_NO closes the connection. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **request)
{
	static const char *const types[] = {
		[METRICS_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
		[METRICS_OPENMETRICS] =
			"application/openmetrics-text; version=1.0.0; charset=utf-8",
	};
	struct metrics_server *server = context;
	struct strbuf body = { 0 };
	enum metrics_format format;

	if (strcmp(url, "/metrics") != 0)
		return refuse(server, connection, MHD_HTTP_NOT_FOUND, "only /metrics is here\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(server, connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			      "only GET and HEAD\n");
	format = accept_header_format(server->library.MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));
	metrics_render(server->metrics, format, &body);
	if (body.failed) {
		strbuf_free(&body);
		return MHD_NO;
	}
	return answer(server, connection, MHD_HTTP_OK, types[format], &body);
}

/* --- connections --- */

static void on_connection(void *context, struct MHD_Connection *handle, void **place,
			  enum MHD_ConnectionNotificationCode code)
{
	struct metrics_server *server = context;
	struct connection *connection = *place;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (connection) {
			connection->fd = -1;
			server->count--;
		}
		return;
	}
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		connection = &server->connections[i];
		if (connection->fd >= 0)
			continue;
		connection->fd =
			server->library
				.MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD)
				->connect_fd;
		connection->end_ns = clock_now_ns() + LIFE_NS;
		server->count++;
		*place = connection;
		return;
	}
}

/* libmicrohttpd sees that the connection has ended, and closes it. */
static void end_connection(struct metrics_server *server, struct connection *connection)
{
	shutdown(connection->fd, SHUT_RDWR);
	connection->end_ns = UINT64_MAX;
	server->library.MHD_run(server->daemon);
}

/* NULL: there is none. */
static struct connection *find_oldest(struct metrics_server *server)
{
	struct connection *oldest = NULL;

	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = &server->connections[i];

		if (connection->fd >= 0 && (!oldest || connection->end_ns < oldest->end_ns))
			oldest = connection;
	}
	return oldest;
}

static void end_old_ones(struct metrics_server *server)
{
	uint64_t now = clock_now_ns();
	struct connection *oldest;

	while ((oldest = find_oldest(server)) && oldest->end_ns <= now)
		end_connection(server, oldest);
}

static bool is_waiting(int listen_fd)
{
	struct pollfd polled = { .fd = listen_fd, .events = POLLIN };

	return poll(&polled, 1, 0) > 0;
}

/* Ends the oldest connection if there is no room. But first it may get the answer that it has just
 * asked for. */
static bool make_room(struct metrics_server *server)
{
	struct connection *oldest;

	server->library.MHD_run(server->daemon);
	if (server->count < CONNECTIONS_MAX)
		return true;
	oldest = find_oldest(server);
	end_connection(server, oldest);
	for (int i = 1; i < END_RUNS_MAX && oldest->fd >= 0; i++)
		server->library.MHD_run(server->daemon);
	return server->count < CONNECTIONS_MAX;
}

/* False: accept() cannot succeed for now. */
static bool accept_some(struct metrics_server *server, int listen_fd)
{
	for (int i = 0; i < ACCEPT_MAX; i++) {
		struct sockaddr_storage address;
		socklen_t size = sizeof(address);
		size_t before;
		int fd;

		/* Without room, whoever waits goes on waiting: to be accepted and closed is worse. */
		if (server->count == CONNECTIONS_MAX &&
		    (!is_waiting(listen_fd) || !make_room(server)))
			return true;
		fd = accept4(listen_fd, (struct sockaddr *)&address, &size,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
		before = server->count;
		/* It closes the descriptor if it fails. */
		server->library.MHD_add_connection(server->daemon, fd,
						   (const struct sockaddr *)&address, size);
		/* libmicrohttpd 1.0 takes it, and so it is counted, only here. */
		if (server->count == before)
			server->library.MHD_run(server->daemon);
	}
	return true;
}

/* --- the thread --- */

/* How long poll() may wait. */
static int wait_ms(struct metrics_server *server, bool is_paused)
{
	MHD_UNSIGNED_LONG_LONG library_ms = 0;
	int limit_ms = is_paused ? PAUSE_MS : server->count ? LOOK_MS : -1;

	if (server->library.MHD_get_timeout(server->daemon, &library_ms) != MHD_YES)
		return limit_ms;
	return limit_ms < 0 || library_ms < (MHD_UNSIGNED_LONG_LONG)limit_ms ? (int)library_ms
									     : limit_ms;
}

static void *serve_main(void *context)
{
	struct metrics_server *server = context;
	struct pollfd polled[2 + LISTEN_MAX] = {
		{ .fd = server->stop_fd, .events = POLLIN },
		{ .fd = server->library
				.MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)
				->listen_fd,
		  .events = POLLIN },
	};
	bool is_paused = false;

	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	sem_post(&server->ready);
	while (!(polled[0].revents & POLLIN)) {
		for (size_t i = 0; i < server->listen_count; i++)
			polled[2 + i] =
				(struct pollfd){ .fd = is_paused ? -1 : server->listen_fds[i],
						 .events = POLLIN };
		poll(polled, 2 + server->listen_count, wait_ms(server, is_paused));
		is_paused = false;
		for (size_t i = 0; i < server->listen_count; i++)
			if (polled[2 + i].revents && !accept_some(server, server->listen_fds[i]))
				is_paused = true;
		server->library.MHD_run(server->daemon);
		end_old_ones(server);
	}
	return NULL;
}

int metrics_server_start(struct metrics_server *server, struct metrics *metrics)
{
	int error;

	server->metrics = metrics;
	server->daemon = server->library.MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, on_request, server,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned int)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_BYTES, MHD_OPTION_END);
	if (!server->daemon)
		return -ENOMEM;
	error = pthread_create(&server->thread, NULL, serve_main, server);
	server->has_thread = !error;
	while (!error && sem_wait(&server->ready))
		continue;
	return -error;
}

void metrics_server_free(struct metrics_server *server)
{
	if (!server)
		return;
	if (server->has_thread) {
		eventfd_write(server->stop_fd, 1);
		pthread_join(server->thread, NULL);
	}
	if (server->daemon)
		server->library.MHD_stop_daemon(server->daemon);
	for (size_t i = 0; i < server->listen_count; i++)
		close(server->listen_fds[i]);
	cleanup_close(&server->stop_fd);
	sem_destroy(&server->ready);
	free(server);
}

/* --- listening --- */

static int listen_at(struct metrics_server *server, const struct sockaddr *address, socklen_t size,
		     bool v6_alone)
{
	cleanup(cleanup_close) int fd = -1;
	int on = 1, off = 0, silent = SILENT_SECONDS;

	fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Whoever connects and asks for nothing takes no place from those who ask. */
	setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &silent, sizeof(silent));
	if (address->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6_alone ? &on : &off, sizeof(on));
	if (bind(fd, address, size) || listen(fd, SOMAXCONN))
		return -errno;
	server->listen_fds[server->listen_count++] = take_fd(&fd);
	return 0;
}

static int listen_v4(struct metrics_server *server, in_port_t port, struct in_addr address)
{
	const struct sockaddr_in name = { .sin_family = AF_INET,
					  .sin_port = htons(port),
					  .sin_addr = address };

	return listen_at(server, (const struct sockaddr *)&name, sizeof(name), false);
}

static int listen_v6(struct metrics_server *server, in_port_t port, struct in6_addr address,
		     bool alone)
{
	const struct sockaddr_in6 name = { .sin6_family = AF_INET6,
					   .sin6_port = htons(port),
					   .sin6_addr = address };

	return listen_at(server, (const struct sockaddr *)&name, sizeof(name), alone);
}

/* A host may be without one of the two. */
static bool is_absent(int error)
{
	return error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL;
}

static int listen_on_loopback(struct metrics_server *server, in_port_t port)
{
	const struct in_addr v4 = { htonl(INADDR_LOOPBACK) };
	int error = listen_v4(server, port, v4), error_v6;

	if (error && !is_absent(error))
		return error;
	error_v6 = listen_v6(server, port, in6addr_loopback, true);
	if (error_v6 && !is_absent(error_v6))
		return error_v6;
	return server->listen_count ? 0 : error;
}

static int listen_on(struct metrics_server *server, const struct metrics_address *address)
{
	switch (address->family) {
	case AF_INET:
		return listen_v4(server, address->port, address->v4);
	case AF_INET6:
		return listen_v6(server, address->port, address->v6, false);
	default:
		return listen_on_loopback(server, address->port);
	}
}

int metrics_server_open(const struct metrics_address *address, struct metrics_server **ret_server,
			struct strbuf *why)
{
	struct metrics_server *server = calloc(1, sizeof(*server));
	int error;

	if (!server)
		return -ENOMEM;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		server->connections[i].fd = -1;
	sem_init(&server->ready, 0, 0);
	server->stop_fd = eventfd(0, EFD_CLOEXEC);
	error = server->stop_fd < 0 ? -errno : http_library_load(&server->library, why);
	if (!error) {
		error = listen_on(server, address);
		if (error)
			strbuf_printf(why, "cannot listen on port %u: %s", address->port,
				      strerror(-error));
	}
	if (error) {
		metrics_server_free(server);
		return error;
	}
	*ret_server = server;
	return 0;
}
