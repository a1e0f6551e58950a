/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sink that sends messages to a syslog daemon. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

struct rights_user;
struct sinks;
struct syslog;

/* The most bytes of a message: what rsyslog takes by default, and what a datagram by UDP may have. */
#define SYSLOG_SIZE_DEFAULT 8192
#define SYSLOG_SIZE_UDP 1232

enum syslog_transport {
	SYSLOG_LOCAL, /* the socket of syslog(3): RFC 3164 */
	SYSLOG_UNIX,  /* another unix socket: RFC 5424 */
	SYSLOG_UDP,   /* RFC 5424, a datagram each (RFC 5426) */
	SYSLOG_TCP,   /* RFC 5424, octet counted (RFC 6587) */
};

struct syslog_address {
	enum syslog_transport transport;
	bool is_name;	/* the host is a name, so somebody must be asked for its address */
	char host[256]; /* or the path of the socket */
	char port[6];
	char text[sizeof("syslog:udp://[]:") + 256 + 6]; /* as a person writes it */
};

/*
 * Reads TEXT: "" (or NULL) is /dev/log; "/path" is a unix socket, and one that is called dev-log is
 * journald's, which is like /dev/log; "udp://HOST[:PORT]", by default port 514;
 * "tcp://HOST[:PORT]", by default port 601. An IPv6 address is in brackets. 0; -EINVAL and WHY,
 * which begins with the part that is wrong.
 */
int syslog_address_parse(const char *text, struct syslog_address *ret_address, struct strbuf *why);

/*
 * Starts the process that connects, as USER (NULL: as this one), without capabilities. Call it
 * before rights are given up. Then waits for a connection to a unix socket, for 2 s at most. The
 * other transports are connected by the sink's thread. 0; -errno and WHY, without the name of the
 * destination.
 */
int syslog_open(const struct syslog_address *address, const struct rights_user *user,
		struct syslog **ret_syslog, struct strbuf *why);
/* Ends that process. NULL is allowed. */
void syslog_free(struct syslog *syslog);
/* "syslog:udp://log.example:514" */
const char *syslog_name(const struct syslog *syslog);

/* Takes ownership of SYSLOG, even on failure. 0 or -errno. */
int sinks_add_syslog(struct sinks *sinks, struct syslog *syslog);
