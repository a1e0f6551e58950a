/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where incidents go: text or JSON lines on one stream. A sink renders one thing into a buffer and
 * hands it to its output (output.h), which owns the file and the errors of writing it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "explain.h"
#include "incident.h"

struct output;
struct sink;

enum sink_format { SINK_TEXT, SINK_JSON };

struct sink_options {
	enum sink_format format;
	bool color; /* text only */
	bool utc;   /* text only: times in UTC instead of local time (golden tests, replay) */
};

/* The closing line. */
struct sink_summary {
	uint64_t incidents;	     /* whole */
	uint64_t repeats;	     /* counted but not shown whole */
	uint64_t lost;		     /* the kernel had no room for the record */
	uint64_t unseen;	     /* calls of hooks that the kernel passed over */
	uint64_t malformed;	     /* records that could not be decoded */
	uint64_t skipped_stacks;     /* incidents whose stack was left out to keep up */
	uint64_t unwritten;	     /* incidents that the output could not take */
	struct timespec first, last; /* CLOCK_REALTIME; zero if there was none */
};

/*
 * Creates a sink that writes to OUTPUT, which the caller keeps and frees after it. 0 or -ENOMEM.
 * Each sink_* call below returns 0, or -EPIPE when the reader of a pipe has gone and the run should
 * end quietly; every other write error is the output's business (said once, counted, retried).
 */
int sink_new(const struct sink_options *options, struct output *output, struct sink **ret_sink);
void sink_free(struct sink *sink);

int sink_incident(struct sink *sink, const struct incident *incident,
		  const struct explanation *explanation);
/* Incidents that were counted and not sent. */
struct sink_repeat {
	const char *of; /* id of the whole incident that they are like; NULL: of several, or not
			   known */
	struct timespec of_time;
	uint64_t count;
	struct timespec first, last;
	enum ev_outcome outcome;
};

int sink_repeat(struct sink *sink, const struct sink_repeat *repeat);
/* COUNT records were lost before TIME (CLOCK_REALTIME). */
int sink_lost(struct sink *sink, uint64_t count, struct timespec time);
int sink_summary(struct sink *sink, const struct sink_summary *summary);
