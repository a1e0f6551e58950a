// SPDX-License-Identifier: GPL-2.0-or-later
/* The address of a syslog daemon. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "syslog_sink.h"
#include "units.h"

#define LOCAL_PATH "/dev/log"
/* What systemd has behind it, also for a namespace: /run/systemd/journal.NAME/dev-log. */
#define LOCAL_NAME "/dev-log"

static int refuse(struct strbuf *why, const char *text, size_t length, const char *what)
{
	strbuf_add_text(why, "'");
	strbuf_add_escaped(why, text, length);
	strbuf_printf(why, "' %s", what);
	return -EINVAL;
}

static int parse_path(const char *text, struct syslog_address *address, struct strbuf *why)
{
	const struct sockaddr_un *longest = NULL;
	bool is_local;

	if (strlen(text) >= sizeof(longest->sun_path))
		return refuse(why, text, strlen(text), "is too long for a socket");
	is_local = !strcmp(text, LOCAL_PATH) || !strcmp(strrchr(text, '/'), LOCAL_NAME);
	address->transport = is_local ? SYSLOG_LOCAL : SYSLOG_UNIX;
	strcpy(address->host, text);
	snprintf(address->text, sizeof(address->text), "syslog:%s", text);
	return 0;
}

static int parse_port(const char *text, struct syslog_address *address, struct strbuf *why)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long port = digits && digits < sizeof(address->port) ? strtoul(text, NULL, 10) : 0;

	if (text[digits] || !port || port > UINT16_MAX)
		return refuse(why, text, strlen(text), "is not a port (1 to 65535)");
	snprintf(address->port, sizeof(address->port), "%lu", port);
	return 0;
}

/* [2001:db8::1], [fe80::1%eth0] */
static int parse_ipv6(const char *text, size_t length, struct syslog_address *address,
		      struct strbuf *why)
{
	struct in6_addr bytes;
	char *scope;

	memcpy(address->host, text, length);
	scope = strchr(address->host, '%');
	if (scope)
		*scope = '\0';
	if (inet_pton(AF_INET6, address->host, &bytes) != 1)
		return refuse(why, text, length, "is not an IPv6 address");
	if (scope)
		*scope = '%';
	return 0;
}

/* A name of letters, digits, '-', '_' and '.'; or an IPv4 address. */
static int parse_name(const char *text, size_t length, struct syslog_address *address,
		      struct strbuf *why)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	struct in_addr bytes;

	memcpy(address->host, text, length);
	if (strspn(address->host, allowed) != length || address->host[0] == '-')
		return refuse(why, text, length, "is not the name or the address of a host");
	address->is_name = inet_pton(AF_INET, address->host, &bytes) != 1;
	return 0;
}

static int parse_host(const char *text, struct syslog_address *address, struct strbuf *why)
{
	bool in_brackets = text[0] == '[';
	const char *host = text + in_brackets;
	size_t length = strcspn(host, in_brackets ? "]" : ":");
	const char *rest = host + length + (in_brackets && host[length]);
	int error;

	if (in_brackets && !host[length])
		return refuse(why, text, strlen(text), "has no ']'");
	if (*rest == ':' && strchr(rest + 1, ':'))
		return refuse(why, text, strlen(text),
			      "has several colons: put an IPv6 address in brackets");
	if (!length)
		return refuse(why, text, strlen(text), "has no host");
	if (length >= sizeof(address->host))
		return refuse(why, text, strlen(text), "is too long for a host");
	if (*rest && *rest != ':')
		return refuse(why, text, strlen(text), "has something behind the host");
	error = in_brackets ? parse_ipv6(host, length, address, why)
			    : parse_name(host, length, address, why);
	return error ?: *rest ? parse_port(rest + 1, address, why) : 0;
}

int syslog_address_parse(const char *text, struct syslog_address *ret_address, struct strbuf *why)
{
	static const char udp[] = "udp://", tcp[] = "tcp://";
	bool is_udp;
	int error;

	*ret_address = (struct syslog_address){ 0 };
	if (!text || !*text) {
		error = parse_path(LOCAL_PATH, ret_address, why);
		strcpy(ret_address->text, "syslog");
		return error;
	}
	if (text[0] == '/')
		return parse_path(text, ret_address, why);
	is_udp = !strncmp(text, udp, strlen(udp));
	if (!is_udp && strncmp(text, tcp, strlen(tcp)))
		return refuse(why, text, strlen(text),
			      "is neither a /path, nor udp://HOST, nor tcp://HOST");
	ret_address->transport = is_udp ? SYSLOG_UDP : SYSLOG_TCP;
	/* RFC 5426; and for TCP the port of IANA's "syslog-conn". 514 by TCP is that of rsh. */
	strcpy(ret_address->port, is_udp ? "514" : "601");
	error = parse_host(text + strlen(udp), ret_address, why);
	snprintf(ret_address->text, sizeof(ret_address->text),
		 strchr(ret_address->host, ':') ? "syslog:%.6s[%s]:%s" : "syslog:%.6s%s:%s", text,
		 ret_address->host, ret_address->port);
	return error;
}
