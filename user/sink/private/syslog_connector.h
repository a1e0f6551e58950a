/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that connects to the receiver, again and again, and passes the sockets on. So the
 * tracer can make no socket, and resolves no name. The address does not come from the tracer: the
 * process has had it since its start.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "syslog_sink.h"

struct connector {
	pid_t pid;
	int socket;   /* -1: the process has ended */
	bool waiting; /* for the answer to a question */
};

/* What came of one attempt. */
struct connection {
	int fd; /* non-blocking, connected; -1: WHY says why not */
	bool is_stream;
	char why[128];
};

/* Starts the process: see syslog_open(). 0 or -errno. */
int connector_start(const struct syslog_address *address, const struct rights_user *user,
		    struct connector *ret_connector);
void connector_stop(struct connector *connector);
/*
 * Asks for a connection, if nobody did yet, and waits at most TIMEOUT_MS. 0: RET_CONNECTION has the
 * result; -EAGAIN: it takes longer; -ECHILD: the process has ended.
 */
int connector_connect(struct connector *connector, int timeout_ms,
		      struct connection *ret_connection);
