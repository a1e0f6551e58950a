/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of sigpath beside the worlds. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <sys/types.h>

#include "plan.h"

struct tracer {
	pid_t pid; /* 0: none */
	char output[64], messages[64];
};

/* Does `sigpath check` report hooks on closes? Also says why sigpath cannot trace at all. */
bool tracer_probe(const char *sigpath, struct sight *ret_sight);
/* Starts sigpath and waits until it is ready. */
bool tracer_start(const char *sigpath, struct tracer *ret_tracer);
/* Ends it. The incidents it wrote are an array; *RET_LOST of them were dropped. NULL: it failed. */
struct json_object *tracer_stop(struct tracer *tracer, unsigned int *ret_lost);
/* Says on stdout what sigpath wrote to stderr. */
void tracer_tell(const struct tracer *tracer);
