/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The URL to which OTLP is sent. */
#pragma once

#define OTLP_DEFAULT_ENDPOINT "http://localhost:4318"

enum otlp_url_kind {
	OTLP_URL_OPTION,  /* of --to: without a path it gets /v1/logs */
	OTLP_URL_GENERAL, /* of OTEL_EXPORTER_OTLP_ENDPOINT: /v1/logs is appended */
	OTLP_URL_LOGS,	  /* of OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: as it is */
};

/*
 * RET_URL: where to send. RET_NAME: the same without user, password, query and fragment, for
 * people. 0; -EINVAL: RET_WHY says why, without a part of TEXT; -ENOMEM.
 */
int otlp_url_read(const char *text, enum otlp_url_kind kind, char **ret_url, char **ret_name,
		  const char **ret_why);
