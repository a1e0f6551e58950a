// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A wss:// server on libwebsockets. While a client is connected it sends pairs of messages: a head
 * and a body. Its argument says how it handles a failed write:
 *   return    the callback returns -1
 *   timeout   lws_set_timeout() closes the connection
 *   again     continues with 1000 longer messages on the same connection
 *   shorter   continues with 1000 shorter messages
 * With TIMEOUT_MS it listens on every address, and a client may be silent for that time. kept: the
 * library sets the signal's action; default: the default action. The certificate "-" means ws://.
 * usage: server CERTIFICATE KEY WAY kept|default [TIMEOUT_MS]
 */
#include <errno.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MORE 1000
#define PREPARATION_US 20000

static const char *way;
static unsigned int timeout_ms;
static unsigned long broken; /* lws_write() calls that failed with EPIPE */
static volatile sig_atomic_t over;

static void stop(int signal)
{
	(void)signal;
	over = 1;
}

static int send_message(struct lws *wsi, const char *text)
{
	unsigned char buffer[LWS_PRE + 256];
	size_t size = strlen(text);
	int sent;

	memcpy(buffer + LWS_PRE, text, size);
	sent = lws_write(wsi, buffer + LWS_PRE, size, LWS_WRITE_TEXT);
	if (sent < 0 && errno == EPIPE)
		broken++;
	return sent;
}

static int on_failure(struct lws *wsi)
{
	if (!strcmp(way, "timeout")) {
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
		return 0;
	}
	for (int i = 0; !strcmp(way, "again") && i < MORE; i++)
		send_message(wsi, "an apology that is longer");
	for (int i = 0; !strcmp(way, "shorter") && i < MORE; i++)
		send_message(wsi, "x");
	return -1;
}

static int send_report(struct lws *wsi)
{
	/* Stands for the work of a real server: a database query, rendering. */
	usleep(PREPARATION_US);
	if (send_message(wsi, "head") < 0 || send_message(wsi, "body") < 0)
		return on_failure(wsi);
	lws_callback_on_writable(wsi);
	return 0;
}

static int callback_report(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
			   size_t length)
{
	(void)user;
	(void)in;
	(void)length;
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		puts("client connected");
		if (timeout_ms)
			setsockopt(lws_get_socket_fd(wsi), IPPROTO_TCP, TCP_USER_TIMEOUT,
				   &timeout_ms, sizeof(timeout_ms));
		lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return send_report(wsi);
	case LWS_CALLBACK_CLOSED:
		printf("client gone, %lu met EPIPE\n", broken);
		return 0;
	default:
		return 0;
	}
}

int main(int argc, char **argv)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "report", .callback = callback_report },
		{ .name = NULL },
	};
	struct lws_context_creation_info info = {
		.port = 0,
		.iface = "lo",
		.protocols = protocols,
		/* Without DISABLE_IPV6, version 4.1 listens by IPv6 and 4.3 by IPv4. */
		.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_IPV6,
		.gid = -1,
		.uid = -1,
	};
	struct lws_context *context;

	if (argc != 5 && argc != 6)
		return 2;
	if (argc == 6) {
		timeout_ms = strtoul(argv[5], NULL, 10);
		info.iface = NULL;
	}
	setlinebuf(stdout);
	lws_set_log_level(0, NULL);
	signal(SIGTERM, stop);
	way = argv[3];
	if (strcmp(argv[1], "-")) {
		info.ssl_cert_filepath = argv[1];
		info.ssl_private_key_filepath = argv[2];
	}
	context = lws_create_context(&info);
	if (!context)
		return 1;
	if (!strcmp(argv[4], "default"))
		signal(SIGPIPE, SIG_DFL);
	printf("listening on port %d\n",
	       lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "default")));
	while (!over && lws_service(context, 0) >= 0)
		;
	lws_context_destroy(context);
	return 0;
}
