/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private to the sinks: the operations of a sink, and one sink with its queue and its thread. A new
 * sink is one file that has a struct sink_ops and calls sinks_add().
 */
#pragma once

#include "sink.h"
#include "strbuf.h"

struct sink;

/* The most that is delivered together. With less, no other item waits. */
#define SINK_BATCH_BYTES 65536
#define SINK_BATCH_ITEMS 256

/*
 * The first group of calls runs on the worker's thread. Each makes the bytes of one item and adds
 * them to BUF. If memory runs out, buf->failed is set. If it adds nothing, the sink has no item for
 * it. NULL: the sink takes no such items. The last calls run on the sink's own thread.
 */
struct sink_ops {
	void (*start)(void *state, const struct sink_start *start, struct strbuf *buf);
	void (*incident)(void *state, const struct incident *incident,
			 const struct explanation *explanation, struct strbuf *buf);
	void (*record)(void *state, const void *record, size_t size, struct strbuf *buf);
	void (*repeat)(void *state, const struct sink_repeat *repeat, struct strbuf *buf);
	void (*end)(void *state, const struct sink_end *end, struct strbuf *buf);
	void (*lost)(void *state, uint64_t count, struct timespec time, struct strbuf *buf);
	void (*summary)(void *state, const struct sink_summary *summary, struct strbuf *buf);
	/* The first call of the thread; may be NULL. 0; or -EPIPE if the reader has exited. */
	int (*begin)(void *state);
	/*
	 * Delivers COUNT items; ENDS has the end of each. RET_DELIVERED: how many. 0; -EPIPE if the
	 * reader has exited; -EAGAIN: it is to be called again with the rest; or another -errno,
	 * which the sink has already reported.
	 */
	int (*flush)(void *state, const char *bytes, const size_t *ends, size_t count,
		     size_t *ret_delivered);
	/*
	 * Corrects the results, if the sink learns later what became of items. Any thread; may be
	 * NULL.
	 */
	void (*count)(void *state, struct sink_counts *counts);
	void (*reopen)(void *state); /* may be NULL */
	void (*close)(void *state);
};

/* The name of a sink, and how to watch its reader. The strings live as long as its state. */
struct sink_place {
	const char *name, *format;
	int watch_fd;
	/* How long the first items may wait for more, so that they are delivered together; 0: not. */
	unsigned int linger_ms;
	/*
	 * What is delivered together at most, and one item more; 0: 64 KiB. With 1, `flush` gets
	 * one item at a time, so the counts are exact while it waits.
	 */
	size_t batch_bytes;
};

/* Starts the thread. Takes ownership of STATE, even on failure. 0 or -errno. */
int sink_start(const struct sink_ops *ops, void *state, const struct sink_place *place,
	       struct sinks *sinks, struct sink **ret_sink);
/* No more items come. */
void sink_close(struct sink *sink);
/*
 * After sink_close(). Drops items that are not delivered. A thread that has not ended by END_NS
 * (CLOCK_MONOTONIC) is left behind with everything it uses.
 */
void sink_free(struct sink *sink, uint64_t end_ns);

const struct sink_ops *sink_ops(const struct sink *sink);
void *sink_state(const struct sink *sink);
int sink_watch_fd(const struct sink *sink);
/* The buffer for the next item, empty. */
struct strbuf *sink_buffer(struct sink *sink);
/* Puts the content of the buffer into the queue. WAIT: for space. True if there was something. */
bool sink_put(struct sink *sink, bool wait);
void sink_wake(struct sink *sink);
/* From now on no item waits for space. Any thread. */
void sink_stop_waiting(struct sink *sink);
/* The thread opens the file again after the item under way. Any thread. */
void sink_reopen(struct sink *sink);
/* A number that changes while items are delivered. Any thread. */
uint64_t sink_progress(struct sink *sink);
/* Waits until everything is delivered or the reader has exited, at most TIMEOUT_MS. True if so. */
bool sink_wait(struct sink *sink, int timeout_ms);
void sink_note_gone(struct sink *sink);
void sink_count(struct sink *sink, struct sink_counts *ret_counts);

/* sinks.c */
int sinks_add(struct sinks *sinks, const struct sink_ops *ops, void *state,
	      const struct sink_place *place);
void sinks_reader_gone(struct sinks *sinks);
const struct sinks_options *sinks_options(const struct sinks *sinks);
