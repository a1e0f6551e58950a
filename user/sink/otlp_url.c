// SPDX-License-Identifier: GPL-2.0-or-later
#include "otlp_url.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PATH "/v1/logs"

/* What is between "//" and the path; libcurl checks the rest. */
struct parts {
	const char *scheme; /* "http", "https" */
	const char *host;   /* and the port, without the user and the password */
	const char *path;   /* up to the end, or to a query or a fragment */
	size_t host_length, path_length;
	const char *rest; /* the query and the fragment */
};

static const char *split(const char *text, struct parts *parts)
{
	const char *authority, *end, *at;

	parts->scheme = !strncasecmp(text, "http://", 7)    ? "http"
			: !strncasecmp(text, "https://", 8) ? "https"
							    : NULL;
	if (!parts->scheme)
		return "the URL does not begin with http:// or https://";
	for (at = text; *at; at++)
		if ((unsigned char)*at <= ' ' || *at == 0x7f)
			return "the URL has a blank or a control character";
	authority = text + strlen(parts->scheme) + 3;
	end = authority + strcspn(authority, "/?#");
	parts->host = authority;
	for (at = authority; at < end; at++)
		if (*at == '@')
			parts->host = at + 1;
	parts->host_length = (size_t)(end - parts->host);
	parts->path = end;
	parts->path_length = strcspn(end, "?#");
	parts->rest = end + parts->path_length;
	if (!parts->host_length || parts->host[0] == ':')
		return "the URL has no host";
	return NULL;
}

int otlp_url_read(const char *text, enum otlp_url_kind kind, char **ret_url, char **ret_name,
		  const char **ret_why)
{
	struct parts parts;
	const char *suffix = "";
	size_t length;

	*ret_why = split(text, &parts);
	if (!*ret_why && kind == OTLP_URL_GENERAL && parts.rest[0])
		*ret_why = "the URL has a query, and the path of logs cannot be appended";
	if (*ret_why)
		return -EINVAL;
	/* Only the slashes at the end go. */
	length = parts.path_length;
	if (kind == OTLP_URL_GENERAL || (kind == OTLP_URL_OPTION && parts.path_length <= 1)) {
		while (length && parts.path[length - 1] == '/')
			length--;
		suffix = PATH;
	}
	if (asprintf(ret_url, "%.*s%.*s%s%s", (int)(parts.path - text), text, (int)length,
		     parts.path, suffix, parts.rest) < 0) {
		*ret_url = NULL;
		return -ENOMEM;
	}
	if (asprintf(ret_name, "%s://%.*s%.*s%s", parts.scheme, (int)parts.host_length, parts.host,
		     (int)length, parts.path, suffix) >= 0)
		return 0;
	free(*ret_url);
	*ret_url = NULL;
	return -ENOMEM;
}
