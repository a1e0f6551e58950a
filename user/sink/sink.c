// SPDX-License-Identifier: GPL-2.0-or-later
/* One sink: a queue that the worker fills, and a thread that delivers its items. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "queue.h"
#include "sink_ops.h"
#include "units.h"

#define QUEUE_BYTES (4u << 20)

struct sink {
	const struct sink_ops *ops;
	void *state;
	struct sink_place place;
	struct sinks *sinks;
	struct queue *queue;
	pthread_t thread;
	/* for the worker */
	struct strbuf buf;
	bool full_was_said, memory_was_said;
	/* for the sink's thread: space for the largest item after a batch that is nearly full */
	char *bytes;
	size_t ends[SINK_BATCH_ITEMS];
	size_t batch_begin, batch_count;
	atomic_bool reopen_asked;
	atomic_bool hurried; /* somebody waits until everything is delivered */
	/* for both */
	pthread_mutex_t lock;
	pthread_cond_t progress;
	uint64_t offered, refused, delivered, failed;
	bool gone, ended;
	bool left_behind; /* the thread hangs, and only the thread still uses this */
};

/* True if the result of an item is not known yet. */
static bool is_pending(const struct sink *sink)
{
	return !sink->gone && sink->offered != sink->refused + sink->delivered + sink->failed;
}

static void note_gone(struct sink *sink)
{
	bool is_news = !sink->gone;

	sink->gone = true;
	queue_close(sink->queue);
	pthread_cond_broadcast(&sink->progress);
	if (is_news && sink->ops->incident && !sink->left_behind)
		sinks_reader_gone(sink->sinks);
}

/* How long a batch that is not full may wait for more items. */
static int linger_ms(const struct sink *sink, uint64_t begin_ns)
{
	uint64_t waited_ms = (clock_now_ns() - begin_ns) / NSEC_PER_MSEC;

	if (sink->hurried || waited_ms >= sink->place.linger_ms)
		return 0;
	return (int)(sink->place.linger_ms - waited_ms);
}

/*
 * Takes the waiting items, up to a batch; none if the wait was interrupted. False: the queue is
 * closed and empty.
 */
static bool take_batch(struct sink *sink)
{
	size_t most = sink->place.batch_bytes ?: SINK_BATCH_BYTES, used = 0, size;
	enum queue_state state = queue_pop(sink->queue, -1, sink->bytes, QUEUE_BYTES, &size, NULL);
	uint64_t begin_ns = sink->place.linger_ms ? clock_now_ns() : 0;

	sink->batch_count = 0;
	while (state == QUEUE_OK) {
		used += size;
		sink->ends[sink->batch_count++] = used;
		if (sink->batch_count == SINK_BATCH_ITEMS || used >= most)
			break;
		state = queue_pop(sink->queue,
				  sink->place.linger_ms ? linger_ms(sink, begin_ns) : 0,
				  sink->bytes + used, QUEUE_BYTES - used, &size, NULL);
	}
	return sink->batch_count || state != QUEUE_CLOSED;
}

static void release(struct sink *sink)
{
	sink->ops->close(sink->state);
	queue_free(sink->queue);
	strbuf_free(&sink->buf);
	pthread_cond_destroy(&sink->progress);
	pthread_mutex_destroy(&sink->lock);
	free(sink->bytes);
	free(sink);
}

/* The first COUNT items of the batch are done. */
static void shorten_batch(struct sink *sink, size_t count)
{
	size_t begin = count ? sink->ends[count - 1] : 0;

	sink->batch_begin += begin;
	sink->batch_count -= count;
	for (size_t i = 0; i < sink->batch_count; i++)
		sink->ends[i] = sink->ends[i + count] - begin;
}

/* 0 or -errno of the flush. -EAGAIN: items are left. */
static int deliver_some(struct sink *sink)
{
	size_t delivered = 0;
	int error = sink->ops->flush(sink->state, sink->bytes + sink->batch_begin, sink->ends,
				     sink->batch_count, &delivered);

	pthread_mutex_lock(&sink->lock);
	sink->delivered += delivered;
	if (error != -EPIPE && error != -EAGAIN)
		sink->failed += sink->batch_count - delivered;
	if (error == -EAGAIN && sink->left_behind)
		error = -ECANCELED;
	pthread_cond_broadcast(&sink->progress);
	pthread_mutex_unlock(&sink->lock);
	shorten_batch(sink, delivered);
	return error;
}

/* Delivers the batch. 0 or -errno. */
static int deliver_batch(struct sink *sink)
{
	int error = 0;

	sink->batch_begin = 0;
	do {
		if (sink->batch_count)
			error = deliver_some(sink);
	} while (error == -EAGAIN);
	return error;
}

static void *sink_main(void *context)
{
	struct sink *sink = context;
	bool left_behind;
	int error = sink->ops->begin ? sink->ops->begin(sink->state) : 0;

	while (error != -EPIPE && error != -ECANCELED && take_batch(sink)) {
		error = deliver_batch(sink);
		if (atomic_exchange(&sink->reopen_asked, false))
			sink->ops->reopen(sink->state);
	}
	pthread_mutex_lock(&sink->lock);
	if (error == -EPIPE)
		note_gone(sink);
	sink->ended = true;
	left_behind = sink->left_behind;
	pthread_cond_broadcast(&sink->progress);
	pthread_mutex_unlock(&sink->lock);
	if (left_behind)
		release(sink);
	return NULL;
}

int sink_start(const struct sink_ops *ops, void *state, const struct sink_place *place,
	       struct sinks *sinks, struct sink **ret_sink)
{
	struct sink *sink = calloc(1, sizeof(*sink));
	int error;

	if (!sink) {
		ops->close(state);
		return -ENOMEM;
	}
	sink->ops = ops;
	sink->state = state;
	sink->place = *place;
	sink->sinks = sinks;
	pthread_mutex_init(&sink->lock, NULL);
	clock_condition_init(&sink->progress);
	/* Both use only as much memory as the waiting items need. */
	sink->bytes = malloc(QUEUE_BYTES);
	error = sink->bytes ? queue_new(QUEUE_BYTES, &sink->queue) : -ENOMEM;
	if (!error)
		error = -pthread_create(&sink->thread, NULL, sink_main, sink);
	if (error) {
		release(sink);
		return error;
	}
	*ret_sink = sink;
	return 0;
}

/* Waits until CONDITION is true for the sink, or until END. Returns whether it is. */
static bool wait_until(struct sink *sink, bool (*condition)(const struct sink *),
		       struct timespec end)
{
	bool holds;

	pthread_mutex_lock(&sink->lock);
	while (!(holds = condition(sink)))
		if (pthread_cond_timedwait(&sink->progress, &sink->lock, &end))
			break;
	pthread_mutex_unlock(&sink->lock);
	return holds;
}

static bool has_ended(const struct sink *sink)
{
	return sink->ended;
}

static bool is_done(const struct sink *sink)
{
	return !is_pending(sink);
}

/* From here on only the thread uses it. False: the thread has ended in the meantime. */
static bool leave_behind(struct sink *sink)
{
	pthread_t thread = sink->thread;
	bool left_behind;

	pthread_mutex_lock(&sink->lock);
	left_behind = sink->left_behind = !sink->ended;
	pthread_mutex_unlock(&sink->lock);
	if (left_behind)
		pthread_detach(thread);
	return left_behind;
}

void sink_close(struct sink *sink)
{
	queue_close(sink->queue);
}

void sink_free(struct sink *sink, uint64_t end_ns)
{
	if (!wait_until(sink, has_ended, clock_timespec(end_ns)) && leave_behind(sink))
		return;
	pthread_join(sink->thread, NULL);
	release(sink);
}

const struct sink_ops *sink_ops(const struct sink *sink)
{
	return sink->ops;
}

void *sink_state(const struct sink *sink)
{
	return sink->state;
}

int sink_watch_fd(const struct sink *sink)
{
	return sink->place.watch_fd;
}

struct strbuf *sink_buffer(struct sink *sink)
{
	strbuf_reset(&sink->buf);
	return &sink->buf;
}

static void count_one(struct sink *sink, uint64_t *counter)
{
	pthread_mutex_lock(&sink->lock);
	(*counter)++;
	pthread_mutex_unlock(&sink->lock);
}

static void count_failure(struct sink *sink)
{
	count_one(sink, &sink->failed);
	if (!sink->memory_was_said)
		log_error("out of memory: an item for %s was not written", sink->place.name);
	sink->memory_was_said = true;
}

static void count_refusal(struct sink *sink)
{
	count_one(sink, &sink->refused);
	if (!sink->full_was_said)
		log_warning("%s is read too slowly: items are dropped while %u MiB wait",
			    sink->place.name, QUEUE_BYTES >> 20);
	sink->full_was_said = true;
}

bool sink_put(struct sink *sink, bool wait)
{
	struct strbuf *buf = &sink->buf;
	enum queue_state state;

	if (!buf->failed && !buf->length)
		return false;
	count_one(sink, &sink->offered);
	if (buf->failed) {
		count_failure(sink);
		return true;
	}
	state = queue_push_quietly(sink->queue, buf->text, buf->length, wait ? -1 : 0);
	if (state == QUEUE_CLOSED)
		count_one(sink, &sink->refused);
	else if (state != QUEUE_OK)
		count_refusal(sink);
	return true;
}

void sink_wake(struct sink *sink)
{
	queue_wake(sink->queue);
}

void sink_stop_waiting(struct sink *sink)
{
	queue_stop_waiting(sink->queue);
}

void sink_reopen(struct sink *sink)
{
	if (!sink->ops->reopen)
		return;
	atomic_store(&sink->reopen_asked, true);
	queue_interrupt(sink->queue);
}

uint64_t sink_progress(struct sink *sink)
{
	uint64_t progress;

	pthread_mutex_lock(&sink->lock);
	progress = sink->delivered + sink->failed;
	pthread_mutex_unlock(&sink->lock);
	return progress;
}

bool sink_wait(struct sink *sink, int timeout_ms)
{
	atomic_store(&sink->hurried, true);
	if (sink->place.linger_ms)
		queue_interrupt(sink->queue);
	queue_wake(sink->queue);
	return wait_until(sink, is_done, clock_after_ms(timeout_ms));
}

void sink_note_gone(struct sink *sink)
{
	pthread_mutex_lock(&sink->lock);
	note_gone(sink);
	pthread_mutex_unlock(&sink->lock);
}

void sink_count(struct sink *sink, struct sink_counts *ret_counts)
{
	pthread_mutex_lock(&sink->lock);
	*ret_counts = (struct sink_counts){
		.name = sink->place.name,
		.format = sink->place.format,
		.delivered = sink->delivered,
		.dropped = sink->offered - sink->delivered - sink->failed,
		.waiting = sink->offered - sink->refused - sink->delivered - sink->failed,
		.failed = sink->failed,
		.is_gone = sink->gone,
	};
	pthread_mutex_unlock(&sink->lock);
	if (sink->ops->count)
		sink->ops->count(sink->state, ret_counts);
}
