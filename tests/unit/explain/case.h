/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one state must be explained as. The letters in the names are the rows of docs/causes.md. */
#pragma once

#include "explain.h"

struct test_case {
	const char *name;
	void (*prepare)(struct incident *incident);
	const char *code;
	enum confidence confidence;
	const char *text;	 /* a part of it */
	const char *timeline[9]; /* the whole of it */
	const char *advice;	 /* a part of the first one; NULL: none at all */
};

#define CERTAIN CONFIDENCE_CERTAIN
#define LIKELY CONFIDENCE_LIKELY
#define UNKNOWN CONFIDENCE_UNKNOWN
#define IGNORE_IT "ignore SIGPIPE at start-up"
#define SILENCE "TCP_USER_TIMEOUT limits"
#define PROBES "TCP_KEEPIDLE"
#define PEER_LEFT "watch for the peer's close"
#define CONNECT "check the result of connect()"
