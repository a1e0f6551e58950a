/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of OTLP over HTTP, by libcurl (otlp_library.h). One request at a time; nothing blocks
 * but otlp_http_wait().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "otlp.h"

/* What became of a request (opentelemetry-proto, docs/specification.md, OTLP/HTTP Response). */
enum otlp_verdict {
	OTLP_DELIVERED, /* all, or all but REJECTED */
	OTLP_RETRY,	/* 429, 502, 503, 504, or no answer */
	OTLP_REFUSED,	/* any other answer: the same request must not be sent again */
};

struct otlp_answer {
	enum otlp_verdict verdict;
	uint64_t rejected;	 /* of the items, by a partial success */
	uint64_t retry_after_ns; /* the collector asks to wait; 0: it does not */
	char text[300];		 /* the reason for people: escaped */
};

struct otlp_http;

/* Why otlp_http_new() returns -ENOSYS. */
extern const char otlp_http_missing[];

/*
 * SETTINGS outlives it. 0; -ENOSYS: libcurl or json-c is not installed; -ENOMEM; -EINVAL: libcurl
 * does not take the settings.
 */
int otlp_http_new(const struct otlp_settings *settings, struct otlp_http **ret_http);
void otlp_http_free(struct otlp_http *http);

/* Begins a request. BODY stays valid until it is over. 0 or -ENOMEM. */
int otlp_http_begin(struct otlp_http *http, const char *body, size_t size);
/*
 * Waits until something happens to the request, FD is readable, or TIMEOUT_MS have passed. True if
 * the request is over: ANSWER says how.
 */
bool otlp_http_wait(struct otlp_http *http, int fd, int timeout_ms, struct otlp_answer *ret_answer);
