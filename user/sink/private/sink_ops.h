/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the sinks: what a kind of sink does, and one sink with its queue and its thread. A new
 * kind is one file that has a struct sink_ops and calls sink_start().
 */
#pragma once

#include "sink.h"
#include "strbuf.h"

struct sink;

/*
 * The first calls run on the worker's thread. They turn a thing into the bytes of one item and add
 * them to BUF; memory that runs out shows in buf->failed; nothing added: the sink does not tell of
 * it. NULL: the sink takes none of that kind. The last calls run on the sink's own thread.
 */
struct sink_ops {
	void (*incident)(void *state, const struct incident *incident,
			 const struct explanation *explanation, struct strbuf *buf);
	void (*record)(void *state, const void *record, size_t size, struct strbuf *buf);
	void (*repeat)(void *state, const struct sink_repeat *repeat, struct strbuf *buf);
	void (*lost)(void *state, uint64_t count, struct timespec time, struct strbuf *buf);
	void (*summary)(void *state, const struct sink_summary *summary, struct strbuf *buf);
	/*
	 * Delivers COUNT items, each up to its end in ENDS. RET_DELIVERED: how many. 0; -EPIPE when
	 * the reader has gone; or another -errno after which the sink has said so.
	 */
	int (*flush)(void *state, const char *bytes, const size_t *ends, size_t count,
		     size_t *ret_delivered);
	void (*reopen)(void *state); /* any thread; may be NULL */
	void (*close)(void *state);
};

/* What one sink is called, and how its reader is watched. The strings live as long as its state. */
struct sink_place {
	const char *name, *format;
	int watch_fd;
};

/* Starts the thread. Takes STATE, also on failure. 0 or -errno. */
int sink_start(const struct sink_ops *ops, void *state, const struct sink_place *place,
	       struct sinks *sinks, struct sink **ret_sink);
/* Drops what is not delivered. A thread that hangs is left behind with all it uses. */
void sink_free(struct sink *sink);

const struct sink_ops *sink_ops(const struct sink *sink);
void *sink_state(const struct sink *sink);
int sink_watch_fd(const struct sink *sink);
/* The buffer for the next item, empty. */
struct strbuf *sink_buffer(struct sink *sink);
/* Puts what the buffer holds into the queue. WAIT for room. Whether there was something. */
bool sink_put(struct sink *sink, bool wait);
void sink_wake(struct sink *sink);
/* Waits until all is delivered or the reader has gone, TIMEOUT_MS at the most. Whether it is. */
bool sink_wait(struct sink *sink, int timeout_ms);
void sink_note_gone(struct sink *sink);
void sink_count(struct sink *sink, struct sink_counts *ret_counts);

/* sinks.c */
int sinks_add(struct sinks *sinks, const struct sink_ops *ops, void *state,
	      const struct sink_place *place);
void sinks_reader_gone(struct sinks *sinks);
const struct sinks_options *sinks_options(const struct sinks *sinks);
