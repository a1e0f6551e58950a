// SPDX-License-Identifier: GPL-2.0-or-later
/* Where --metrics puts the numbers: FILE.prom, or [ADDRESS]:PORT. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "option_table.h"

#define SUFFIX ".prom"
#define PORT_MAX 65535

static bool is_file(const char *text)
{
	size_t length = strlen(text), suffix = strlen(SUFFIX);

	return length > suffix && !strcmp(text + length - suffix, SUFFIX);
}

static int take_file(const char *text, struct options_metrics *metrics, struct strbuf *why)
{
	if (metrics->file)
		return parse_refuse(why, text, "is the second file; one is enough");
	metrics->file = text;
	return 0;
}

/* "", "127.0.0.1", "[::1]". False: it is no address. */
static bool read_address(const char *text, size_t length, struct options_metrics *metrics)
{
	char address[INET6_ADDRSTRLEN];
	bool v6 = length > 2 && text[0] == '[' && text[length - 1] == ']';

	metrics->family = AF_UNSPEC;
	if (!length)
		return true;
	if (v6) {
		text++;
		length -= 2;
	}
	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	metrics->family = v6 ? AF_INET6 : AF_INET;
	return inet_pton(metrics->family, address,
			 v6 ? (void *)&metrics->v6 : (void *)&metrics->v4) == 1;
}

int parse_metrics(const struct option_spec *spec, const char *text, struct options *ret_options,
		  struct strbuf *why)
{
	struct options_metrics *metrics = &ret_options->metrics;
	const char *colon = strrchr(text, ':');
	uint64_t port;

	if (is_file(text))
		return take_file(text, metrics, why);
	if (!colon)
		return parse_expect(why, text,
				    "a file whose name ends with .prom, or "
				    "[ADDRESS]:PORT");
	if (metrics->port)
		return parse_refuse(why, text, "is the second address; one is enough");
	if (parse_number(colon + 1, &port) || !port || port > PORT_MAX)
		return parse_expect(why, text, "a port from 1 to %d after the colon", PORT_MAX);
	if (!read_address(text, (size_t)(colon - text), metrics))
		return parse_expect(why, text,
				    "a numeric address before the port, such as 192.0.2.1 or "
				    "[2001:db8::1]");
	metrics->port = (in_port_t)port;
	return 0;
}

bool options_have_metrics(const struct options *options)
{
	return options->metrics.file || options->metrics.port;
}
