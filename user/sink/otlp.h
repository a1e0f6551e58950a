/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The OpenTelemetry destination (--to otlp[:URL]): what is set for it. The variables are those of
 * OpenTelemetry's specification (protocol/exporter, resource/sdk); those for logs win over the
 * general ones.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "strbuf.h"

struct otlp;
struct otlp_attribute;
struct rights_user;
struct sinks;

struct otlp_settings {
	char *url;  /* with all that is in it: secret */
	char *name; /* "otlp:http://host:4318/v1/logs": the URL without user, password and query */
	char **headers; /* "name: value": secret */
	size_t header_count;
	char *certificate, *client_key, *client_certificate; /* paths of files; NULL: none */
	char *service_name;
	struct otlp_attribute *attributes; /* of the resource */
	size_t attribute_count;
	char *spool;		 /* the directory of --spool; NULL: none */
	unsigned int timeout_ms; /* of one request */
	bool compress;		 /* gzip */
};

/*
 * Reads the environment. URL: of the option, NULL if it has none. SPOOL: of --spool, or NULL. A
 * value of the environment that is wrong, and that can be done without, adds a line to WARNINGS;
 * with -EINVAL the reason is in WARNINGS, too. No value of a header and no password is in it. 0;
 * -EINVAL; -ENOMEM. The caller calls otlp_settings_free().
 */
int otlp_settings_read(const char *url, const char *spool, struct otlp_settings *ret_settings,
		       struct strbuf *warnings);
void otlp_settings_free(struct otlp_settings *settings);

/*
 * The libraries that send, with their versions: "libcurl/7.88.1 OpenSSL/3.0.19 ...". It loads them.
 * The text is static. NULL: they are not installed.
 */
const char *otlp_libraries(void);

/*
 * Starts the process that sends (docs/security.md), while the caller has all of its rights. URL and
 * SPOOL as above; USER is whom the process becomes, NULL: it stays who it is. Prints warnings. 0;
 * -errno: WHY says why, if the number does not. The caller calls otlp_stop(), or gives it to
 * sinks_add_otlp().
 */
int otlp_start(const char *url, const char *spool, const struct rights_user *user,
	       struct strbuf *why, struct otlp **ret_otlp);
/* Ends the process. What it has not delivered and not kept on disk is gone. */
void otlp_stop(struct otlp *otlp);
/* The sink. Takes ownership of OTLP, even on failure. 0 or -errno. */
int sinks_add_otlp(struct sinks *sinks, struct otlp *otlp);
