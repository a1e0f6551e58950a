/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where incidents go: a list of sinks. Each has a bounded queue and a thread of its own that
 * delivers, so a reader that is stuck costs its own items and nobody else's. All calls come from
 * one thread (the worker's, and at the end the one that has joined it), but for those that say
 * otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "event.h"
#include "explain.h"
#include "formats.h"
#include "incident.h"

struct output;
struct sinks;

#define SINKS_MAX 17 /* 16 times -o, and -w */

struct sinks_options {
	const struct ev_session *session; /* of all that comes; outlives the sinks */
	bool wait; /* for room in a full queue (replay); else its items are dropped (live) */
	bool utc;  /* text only: times in UTC instead of local time */
	/* The last reader of incidents has gone; called once, by any thread. */
	void (*readers_gone)(void *context);
	void *context;
};

/* Incidents that were counted and not sent. */
struct sink_repeat {
	const char *of; /* id of the whole incident that they are like; NULL: of several, or not
			   known */
	struct timespec of_time;
	const char *group; /* as explanation.group; NULL where `of` is */
	uint64_t count;
	struct timespec first, last;
	enum ev_outcome outcome;
};

/* What became of the items of one sink. */
struct sink_counts {
	const char *name, *format;
	uint64_t delivered;
	uint64_t dropped; /* the queue was full, or the run ended before the reader took them */
	uint64_t failed;  /* a write failed, or memory ran out */
	bool is_gone;	  /* its reader has gone: what it did not take is dropped, and no error */
};

/* The closing line. */
struct sink_summary {
	uint64_t incidents;	     /* whole */
	uint64_t repeats;	     /* counted but not shown whole */
	uint64_t lost;		     /* the kernel had no room for the record */
	uint64_t unseen;	     /* calls of hooks that the kernel passed over */
	uint64_t malformed;	     /* records that could not be decoded */
	uint64_t skipped_stacks;     /* incidents whose stack was left out to keep up */
	struct timespec first, last; /* CLOCK_REALTIME; zero if there was none */
	/* filled in by sinks_summary() */
	uint64_t dropped,
		unwritten; /* sums of dropped and failed, without readers that have gone */
	size_t output_count;
	struct sink_counts outputs[SINKS_MAX];
};

/* 0 or -ENOMEM. */
int sinks_new(const struct sinks_options *options, struct sinks **ret_sinks);
/* What is not delivered is dropped, and a thread that hangs is left behind with all it uses. */
void sinks_free(struct sinks *sinks);

/* Both take OUTPUT, also on failure. 0 or -errno. */
/* Lines of FORMAT. WATCH_FD: see sinks_watch_fd(). */
int sinks_add_lines(struct sinks *sinks, struct output *output, enum line_format format, bool color,
		    int watch_fd);
/* The records themselves (-w), behind the HEADER of a capture file. */
int sinks_add_records(struct sinks *sinks, struct output *output, const void *header, size_t size);

void sinks_incident(struct sinks *sinks, const struct incident *incident,
		    const struct explanation *explanation);
void sinks_record(struct sinks *sinks, const void *record, size_t size);
void sinks_repeat(struct sinks *sinks, const struct sink_repeat *repeat);
/* COUNT records were lost before TIME (CLOCK_REALTIME). Said on stderr where no line says it. */
void sinks_lost(struct sinks *sinks, uint64_t count, struct timespec time);
/* Nothing more comes for now: what waits to be delivered together is delivered. */
void sinks_flush(struct sinks *sinks);

/* Fills in what became of the items; those that still wait count as dropped. Any thread. */
void sinks_count(struct sinks *sinks, struct sink_summary *summary);
/* The closing line; on stderr too where no line says it, or where lines were not delivered. */
void sinks_summary(struct sinks *sinks, struct sink_summary *summary);

/* Waits until all is delivered, TIMEOUT_MS at the most. Whether it is. */
bool sinks_wait(struct sinks *sinks, int timeout_ms);

/* The files are opened anew by their names. Any thread. */
void sinks_reopen(struct sinks *sinks);
/* A descriptor of sink INDEX that tells (EPOLLERR) when its reader has gone; -1: none. */
int sinks_watch_fd(const struct sinks *sinks, size_t index);
/* It has told so. Any thread. */
void sinks_note_gone(struct sinks *sinks, size_t index);
