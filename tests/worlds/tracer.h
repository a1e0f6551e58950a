/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of sigpath beside the worlds. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <sys/types.h>

#include "plan.h"

struct tracer {
	pid_t pid;  /* 0: it has ended, or was never started */
	int status; /* how it ended, as of waitpid(); -1 before that */
	char output[64], messages[64];
};

/* Does `sigpath check` report hooks on closes? Also says why sigpath cannot trace at all. */
bool tracer_probe(const char *sigpath, struct sight *ret_sight);
/* Starts sigpath and waits until it is ready. */
bool tracer_start(const char *sigpath, struct tracer *ret_tracer);
/* Ends it. The incidents it wrote are an array; *RET_LOST of them were dropped. NULL: it failed. */
struct json_object *tracer_stop(struct tracer *tracer, unsigned int *ret_lost);
/* Says on stdout how sigpath ended, and the last lines that it wrote to stderr. */
void tracer_tell(const struct tracer *tracer);
