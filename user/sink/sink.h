/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where incidents go: a list of sinks. Each has a bounded queue and its own thread, which delivers
 * the items. So a reader that hangs costs only the items of its own sink. All calls come from one
 * thread (the worker, and at the end the thread that has joined it), except where a comment says
 * otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "event.h"
#include "ability.h"
#include "session.h"
#include "explain.h"
#include "formats.h"
#include "incident.h"

struct journal;
struct output;
struct sinks;
struct strbuf;
struct summary_view;

#define SINKS_MAX 13 /* 8 times -o, -w, and 4 times --to */

/* How the format text is written. */
struct text_options {
	enum text_time time;
	bool is_replay;		  /* times are not of today */
	bool full;		  /* nothing is cut, folded or said by reference */
	unsigned int stack_depth; /* frames that are shown; 0: a few on a terminal, all elsewhere */
};

struct sinks_options {
	const struct ev_session *session; /* the session of all items; outlives the sinks */
	bool wait; /* for space in a full queue (replay); otherwise its items are dropped (live) */
	struct text_options text;
	bool tables; /* text only: the last lines are the table of the run, which is all that is
			wanted */
	/* Called once, by any thread, when the last reader of incidents has exited. */
	void (*readers_gone)(void *context);
	void *context;
};

/* The first line of a live run. */
struct sink_start {
	struct timespec time;
	const struct incident_cmdline *cmdline; /* of sigpath itself, redacted */
	const struct abilities *abilities;	/* of the hooks of the run */
};

/* Incidents that were counted and not sent. */
struct sink_repeat {
	/* id of the incident in full that they are like; NULL: several, or not known */
	const char *of;
	struct timespec of_time;
	const char *group; /* as explanation.group; NULL if it is not known */
	/* of that incident; CLASS 0: not known */
	enum incident_class class;
	enum severity severity;
	uint64_t count;
	struct timespec first, last;
	enum ev_outcome outcome;
	/* of several groups of one owner, which were not told apart; `process` is the last one */
	bool several;
	const struct incident_named *process; /* NULL: not known */
};

/* What became of a core that was expected when its incident was told. */
struct sink_end {
	const char *id;	      /* of the incident */
	struct timespec time; /* of the end of the process, or of the wait for it */
	bool have_of;	      /* the incident is known: its time, class and severity */
	struct timespec of_time;
	enum incident_class class;
	enum severity severity;
	uint32_t signal;
	const struct incident_named *process;
	bool have_after;
	uint64_t after_ns; /* since the incident */
	const struct incident_core *core;
};

/* The results of the items of one sink. */
struct sink_counts {
	const char *name, *format;
	uint64_t delivered;
	uint64_t dropped; /* the queue was full, or the run ended before the reader took them */
	uint64_t failed;  /* a write failed, or memory ran out */
	bool is_gone; /* its reader has exited: its remaining items are dropped, and that is not an
			 error */
	uint64_t waiting;    /* of the dropped: may still be delivered */
	uint64_t spool_full; /* of the dropped */
	uint64_t rejected;   /* of the failed: by the receiver */
};

/* Why items of a sink were dropped, and why they failed: their sum is that of both counts. */
struct sink_reasons {
	uint64_t queue_full, run_ended, reader_gone, spool_full; /* dropped */
	uint64_t refused, write_failed;				 /* failed */
};

struct sink_reasons sink_reasons(const struct sink_counts *counts);

/* Calls of hooks that nobody saw, by the reason or by what is lost. */
enum sink_unseen {
	SINK_UNSEEN_PREEMPTED, /* the kernel had preempted another call: incidents may be missing */
	SINK_UNSEEN_CPU_ADDED, /* their CPU was added after the start: likewise */
	SINK_UNSEEN_CHILDREN,  /* preempted: a child may not be followed */
	SINK_UNSEEN_HISTORY,   /* preempted: who closed the other end may be unknown */
	SINK_UNSEEN_COUNT,
};

/* "preempted" */
const char *sink_unseen_name(enum sink_unseen unseen);

/* The closing line. */
struct sink_summary {
	uint64_t incidents; /* reported in full */
	uint64_t repeats;   /* only counted */
	uint64_t ungrouped; /* of the repeats: groups were not told apart */
	uint64_t filtered;  /* of both kinds, not shown for --class or --min-severity */
	uint64_t lost;	    /* sum of the counts of sinks_lost() */
	uint64_t unseen;    /* calls of hooks that the kernel skipped: the first two of */
	uint64_t unseen_by[SINK_UNSEEN_COUNT];
	uint64_t malformed;	 /* records that could not be decoded */
	uint64_t skipped_stacks; /* incidents without a stack, because the worker could not keep up */
	struct timespec first, last; /* CLOCK_REALTIME; zero if there was none */
	uint64_t duration_ns; /* of the run, with the time that the host was suspended; 0: a replay */
	const struct abilities *abilities; /* of the hooks of the run; NULL: a replay */
	const struct summary_view *view;   /* NULL: a sink has no room for it */
	/* sinks_summary() fills these in */
	uint64_t dropped,
		unwritten; /* sums of dropped and failed, without readers that have exited */
	size_t output_count;
	struct sink_counts outputs[SINKS_MAX];
};

/* 0 or -ENOMEM. */
int sinks_new(const struct sinks_options *options, struct sinks **ret_sinks);
/*
 * Items that are not delivered are dropped. A thread that hangs is left behind with everything it
 * uses.
 */
void sinks_free(struct sinks *sinks);

/* Both take ownership of OUTPUT, even on failure. 0 or -errno. */
/* Lines of FORMAT. WATCH_FD: see sinks_watch_fd(). */
int sinks_add_lines(struct sinks *sinks, struct output *output, enum line_format format, bool color,
		    int watch_fd);
/* The records themselves (-w), after the session as the header of a capture file. */
int sinks_add_records(struct sinks *sinks, struct output *output);

/*
 * The way to journald, while this process can follow paths. 0; -ENOENT or -ECONNREFUSED: journald
 * does not run; or another -errno. The caller calls journal_free(), or passes it on.
 */
int journal_open(struct journal **ret_journal);
/* That of its socket. It is opened by this descriptor where the process has another root. */
int journal_directory(const struct journal *journal);
/* NULL is allowed. */
void journal_free(struct journal *journal);
/*
 * Entries for journald. Takes ownership of JOURNAL, even on failure. THIS_BOOT: the session is of
 * this boot. Incidents of another host are not put under the units of this one. 0 or -errno.
 */
int sinks_add_journal(struct sinks *sinks, struct journal *journal, bool this_boot);

/* Before all other items. */
void sinks_start(struct sinks *sinks, const struct sink_start *start);
void sinks_incident(struct sinks *sinks, const struct incident *incident,
		    const struct explanation *explanation);
void sinks_record(struct sinks *sinks, const void *record, size_t size);
void sinks_repeat(struct sinks *sinks, const struct sink_repeat *repeat);
void sinks_end(struct sinks *sinks, const struct sink_end *end);
/*
 * COUNT records were lost before TIME (CLOCK_REALTIME). If no sink has such a line, stderr gets the
 * message, with WHY.
 */
void sinks_lost(struct sinks *sinks, uint64_t count, struct timespec time, const char *why);
/* No more items come for now, so the waiting items are delivered. */
void sinks_flush(struct sinks *sinks);

/* Fills in the results of the items. Waiting items count as dropped. Any thread. */
void sinks_count(const struct sinks *sinks, struct sink_summary *summary);
/*
 * Writes the last line. stderr gets it too if no sink has such a line, or if lines were not
 * delivered.
 */
void sinks_summary(struct sinks *sinks, struct sink_summary *summary);

/* A signal has asked for the end: from now on full queues drop items, in a replay too. Any thread. */
void sinks_stop_waiting(struct sinks *sinks);
/* A number that changes while items are delivered. Any thread. */
uint64_t sinks_progress(const struct sinks *sinks);
/*
 * Writes the last line to stderr only, while another thread may still use the sinks. Fills SUMMARY
 * in as sinks_count() does.
 */
void sinks_log_summary(struct sinks *sinks, struct sink_summary *summary);
/* The same of a run that goes on, even with -q: waiting items are not dropped. */
void sinks_log_so_far(const struct sinks *sinks, struct sink_summary *summary);
/*
 * Adds the same as one line: "3 incidents, 0 repeats, 0 lost; journal: 5 dropped (the queue was
 * full)". Any thread.
 */
void sinks_put_so_far(const struct sinks *sinks, struct sink_summary *summary, struct strbuf *line);

/* Waits until everything is delivered, at most TIMEOUT_MS. True if it is. */
bool sinks_wait(struct sinks *sinks, int timeout_ms);

/* Each sink opens its file again by its name, soon. Any thread. */
void sinks_reopen(struct sinks *sinks);
/* A descriptor of sink INDEX that becomes ready (EPOLLERR) when its reader has exited; -1: none. */
int sinks_watch_fd(const struct sinks *sinks, size_t index);
/* Call it when that descriptor is ready. Any thread. */
void sinks_note_gone(struct sinks *sinks, size_t index);
