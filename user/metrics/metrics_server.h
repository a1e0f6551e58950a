/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --metrics [ADDRESS]:PORT: an HTTP server for Prometheus, by libmicrohttpd. It answers GET and
 * HEAD of /metrics, one request on each connection. A thread of its own serves all clients and
 * never waits for one of them: a connection has a limited life, and the oldest one ends when there
 * are too many.
 */
#pragma once

#include <netinet/in.h>

#include "metrics.h"
#include "strbuf.h"

struct metrics_server;

struct metrics_address {
	int family; /* AF_INET, AF_INET6; AF_UNSPEC: loopback of both */
	in_port_t port;
	struct in_addr v4;
	struct in6_addr v6;
};

/*
 * Loads libmicrohttpd and listens. 0; -errno, and WHY, as it reads after "--metrics: ". The caller
 * calls metrics_server_free().
 */
int metrics_server_open(const struct metrics_address *address, struct metrics_server **ret_server,
			struct strbuf *why);
/* Starts the thread, with the rights of the calling one. 0 or -errno. METRICS outlives it. */
int metrics_server_start(struct metrics_server *server, struct metrics *metrics);
/* Closes all connections, whatever their clients do. NULL is allowed. */
void metrics_server_free(struct metrics_server *server);
