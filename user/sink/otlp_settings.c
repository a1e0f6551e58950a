// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "otlp.h"
#include "otlp_library.h"
#include "otlp_list.h"
#include "otlp_request.h"
#include "otlp_url.h"

#define PREFIX "OTEL_EXPORTER_OTLP_"
#define LOGS PREFIX "LOGS_"

#define TIMEOUT_MS 10000
#define TIMEOUT_MOST_MS 600000

/* Of OTEL_EXPORTER_OTLP_NAME and its twin for logs: the text, and which of them has it. */
struct variable {
	char name[64];
	const char *text; /* NULL: neither is set. An empty one counts as not set */
};

static struct variable variable(const char *name)
{
	static const char *const prefixes[] = { LOGS, PREFIX };
	struct variable found = { .text = NULL };

	for (size_t i = 0; i < 2; i++) {
		snprintf(found.name, sizeof(found.name), "%s%s", prefixes[i], name);
		found.text = getenv(found.name);
		if (found.text && found.text[0])
			return found;
	}
	found.text = NULL;
	return found;
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* Adds "NAME: WHAT" and a newline. */
static void warn(struct strbuf *warnings, const char *name, const char *what)
{
	strbuf_printf(warnings, "%s: %s\n", name, what);
}

static int read_url(const char *option, struct otlp_settings *settings, struct strbuf *warnings)
{
	struct variable found = variable("ENDPOINT");
	enum otlp_url_kind kind = OTLP_URL_OPTION;
	char *name = NULL;
	const char *why;
	int error;

	if (option) {
		snprintf(found.name, sizeof(found.name), "--to otlp");
		found.text = option;
	} else if (found.text) {
		kind = strncmp(found.name, LOGS, strlen(LOGS)) ? OTLP_URL_GENERAL : OTLP_URL_LOGS;
	}
	error = otlp_url_read(found.text ?: OTLP_DEFAULT_ENDPOINT, kind, &settings->url, &name,
			      &why);
	if (error == -EINVAL)
		warn(warnings, found.name, why);
	if (error)
		return error;
	if (asprintf(&settings->name, "otlp:%s", name) < 0) {
		settings->name = NULL;
		error = -ENOMEM;
	}
	free(name);
	return error;
}

/* Those that describe the body are ours. */
static bool is_own_header(const char *key)
{
	static const char *const own[] = { "content-type",   "content-encoding",
					   "content-length", "transfer-encoding",
					   "host",	     "expect" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcasecmp(key, own[i]))
			return true;
	return false;
}

static int add_header(struct otlp_settings *settings, const struct otlp_pair *pair)
{
	char **headers =
		reallocarray(settings->headers, settings->header_count + 1, sizeof(*headers));

	if (!headers)
		return -ENOMEM;
	settings->headers = headers;
	/* libcurl drops a header without a value, unless it ends with a semicolon. */
	if (asprintf(&headers[settings->header_count], pair->value[0] ? "%s: %s" : "%s;", pair->key,
		     pair->value) < 0)
		return -ENOMEM;
	settings->header_count++;
	return 0;
}

/* One that is wrong is left out. Its text may be a secret. */
static int read_headers(struct otlp_settings *settings, struct strbuf *warnings)
{
	struct variable found = variable("HEADERS");
	const char *at = found.text ?: "";
	struct otlp_pair pair;
	unsigned int number = 0;
	int error;

	while ((error = otlp_next_pair(&at, &pair))) {
		bool is_wrong = error == -EINVAL;

		number++;
		if (error > 0) {
			is_wrong = !otlp_is_header(&pair) || is_own_header(pair.key);
			error = is_wrong ? 0 : add_header(settings, &pair);
			otlp_pair_free(&pair);
		}
		if (error == -ENOMEM)
			return error;
		if (is_wrong)
			strbuf_printf(warnings, "%s: header %u is wrong and is not sent\n",
				      found.name, number);
	}
	return 0;
}

static int read_timeout(struct otlp_settings *settings, struct strbuf *warnings)
{
	struct variable found = variable("TIMEOUT");
	unsigned long value;
	char *end;

	settings->timeout_ms = TIMEOUT_MS;
	if (!found.text)
		return 0;
	errno = 0;
	value = strtoul(found.text, &end, 10);
	if (errno || *end || found.text[0] < '0' || found.text[0] > '9' || !value ||
	    value > TIMEOUT_MOST_MS)
		strbuf_printf(warnings,
			      "%s: not a number of milliseconds from 1 to %u; %u are used\n",
			      found.name, TIMEOUT_MOST_MS, TIMEOUT_MS);
	else
		settings->timeout_ms = (unsigned int)value;
	return 0;
}

static int read_choices(struct otlp_settings *settings, struct strbuf *warnings)
{
	struct variable compression = variable("COMPRESSION"), protocol = variable("PROTOCOL");

	if (compression.text && !strcmp(compression.text, "gzip"))
		settings->compress = true;
	else if (compression.text && strcmp(compression.text, "none"))
		warn(warnings, compression.name, "neither gzip nor none; none is used");
	if (protocol.text && strcmp(protocol.text, "http/json"))
		warn(warnings, protocol.name, "sigpath sends http/json only");
	return 0;
}

/* The reason to check at the start: later nobody looks. */
static int take_file(const char *name, const char *path, char **ret_path, struct strbuf *warnings)
{
	*ret_path = strdup(path);
	if (!*ret_path)
		return -ENOMEM;
	if (!access(path, R_OK))
		return 0;
	strbuf_printf(warnings, "%s: ", name);
	strbuf_add_escaped(warnings, path, strlen(path));
	strbuf_printf(warnings, ": %s\n", strerror(errno));
	return -EINVAL;
}

static int read_file(const char *name, char **ret_path, struct strbuf *warnings)
{
	struct variable found = variable(name);

	return found.text ? take_file(found.name, found.text, ret_path, warnings) : 0;
}

/* Whom TLS trusts: as OpenTelemetry, else OpenSSL, is told to, else as the library does. */
static int read_authorities(struct otlp_settings *settings, struct strbuf *warnings)
{
	const char *path = getenv("SSL_CERT_FILE");
	int error = read_file("CERTIFICATE", &settings->certificate, warnings);

	if (error || settings->certificate || strncmp(settings->url, "https:", 6))
		return error;
	if (path && path[0])
		return take_file("SSL_CERT_FILE", path, &settings->certificate, warnings);
	if (otlp_library_authorities(&path)) {
		warn(warnings, settings->name,
		     "no file with certificates of authorities; set SSL_CERT_FILE");
		return -EINVAL;
	}
	return path ? take_file(settings->name, path, &settings->certificate, warnings) : 0;
}

static int read_files(struct otlp_settings *settings, struct strbuf *warnings)
{
	int error = read_authorities(settings, warnings);

	if (!error)
		error = read_file("CLIENT_KEY", &settings->client_key, warnings);
	if (!error)
		error = read_file("CLIENT_CERTIFICATE", &settings->client_certificate, warnings);
	if (error || !settings->client_key == !settings->client_certificate)
		return error;
	warn(warnings, PREFIX "CLIENT_KEY, " PREFIX "CLIENT_CERTIFICATE",
	     "only one of them is set");
	return -EINVAL;
}

static int add_attribute(struct otlp_settings *settings, struct otlp_pair *pair)
{
	struct otlp_attribute *attributes = reallocarray(
		settings->attributes, settings->attribute_count + 1, sizeof(*attributes));

	if (!attributes)
		return -ENOMEM;
	settings->attributes = attributes;
	attributes[settings->attribute_count++] =
		(struct otlp_attribute){ .key = pair->key, .value = pair->value };
	*pair = (struct otlp_pair){ 0 };
	return 0;
}

static void free_attributes(struct otlp_settings *settings)
{
	for (size_t i = 0; i < settings->attribute_count; i++) {
		free(settings->attributes[i].key);
		free(settings->attributes[i].value);
	}
	free(settings->attributes);
	settings->attributes = NULL;
	settings->attribute_count = 0;
}

/* The specification: if one is wrong, all are left out. */
static int read_attributes(struct otlp_settings *settings, struct strbuf *warnings)
{
	const char *at = getenv("OTEL_RESOURCE_ATTRIBUTES") ?: "";
	struct otlp_pair pair;
	int error;

	while ((error = otlp_next_pair(&at, &pair)) > 0) {
		error = add_attribute(settings, &pair);
		otlp_pair_free(&pair);
		if (error)
			return error;
	}
	if (error == -EINVAL) {
		free_attributes(settings);
		warn(warnings, "OTEL_RESOURCE_ATTRIBUTES",
		     "not a list of key=value; it is not used");
		error = 0;
	}
	return error;
}

static int read_service(struct otlp_settings *settings)
{
	const char *name = getenv("OTEL_SERVICE_NAME");

	if (!name || !name[0]) {
		name = "sigpath";
		for (size_t i = 0; i < settings->attribute_count; i++)
			if (!strcmp(settings->attributes[i].key, "service.name"))
				name = settings->attributes[i].value;
	}
	settings->service_name = strdup(name);
	return settings->service_name ? 0 : -ENOMEM;
}

int otlp_settings_read(const char *url, const char *spool, struct otlp_settings *ret_settings,
		       struct strbuf *warnings)
{
	struct otlp_settings *settings = ret_settings;
	int error;

	*settings = (struct otlp_settings){ .spool = copy(spool) };
	error = spool && !settings->spool ? -ENOMEM : read_url(url, settings, warnings);
	error = error ?: read_headers(settings, warnings);
	error = error ?: read_timeout(settings, warnings);
	error = error ?: read_choices(settings, warnings);
	error = error ?: read_files(settings, warnings);
	error = error ?: read_attributes(settings, warnings);
	error = error ?: read_service(settings);
	if (error)
		otlp_settings_free(settings);
	return error;
}

void otlp_settings_free(struct otlp_settings *settings)
{
	free(settings->url);
	free(settings->name);
	for (size_t i = 0; i < settings->header_count; i++)
		free(settings->headers[i]);
	free(settings->headers);
	free(settings->certificate);
	free(settings->client_key);
	free(settings->client_certificate);
	free(settings->service_name);
	free_attributes(settings);
	free(settings->spool);
	*settings = (struct otlp_settings){ 0 };
}
