// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The worker thread takes records from the queue and runs the stages. So unwinding and writing
 * never stop the ring buffer from being read.
 */
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include "clock.h"
#include "cores.h"
#include "decode.h"
#include "event.h"
#include "pipeline_private.h"
#include "units.h"

/* How often to check the processes that are followed. */
#define FOLLOW_TURN_MS 20
/* And the least time between two checks while records come. */
#define FOLLOW_CHECK_NS NSEC_PER_MSEC

/* After this idle time the memory of the stacks is freed. */
#define REST_MS 30000

/* The longest time that lines wait to be written together. */
#define FLUSH_NS (100 * NSEC_PER_MSEC)

/* The state of the thread. */
struct worker {
	struct pipeline *pipeline;
	bool is_warm;	   /* the unwinder may keep something */
	bool is_closed;	   /* no more records will come */
	uint64_t flush_ns; /* of the last flush, CLOCK_MONOTONIC */
	uint64_t check_ns; /* of the last check of the processes that are followed */
	uint64_t events;   /* in the records so far */
};

void pipeline_set_result(struct pipeline *pipeline, int result)
{
	int none = 0;

	/* The first one stays. */
	if (!atomic_compare_exchange_strong(&pipeline->result, &none, result))
		return;
	eventfd_write(pipeline->result_fd, 1);
	queue_close(pipeline->queue);
}

/* How long to wait for a record. */
static int wait_ms(const struct worker *worker)
{
	const struct pipeline *pipeline = worker->pipeline;

	if (pipeline->follow && !follow_is_empty(pipeline->follow))
		return FOLLOW_TURN_MS;
	if (pipeline->exits && !cores_is_empty(pipeline->cores))
		return CORES_TURN_MS;
	return worker->is_warm ? REST_MS : -1;
}

/* While records wait, their output is written together. */
static void flush(struct worker *worker)
{
	struct pipeline *pipeline = worker->pipeline;
	uint64_t now = clock_now_ns();

	if (!queue_is_empty(pipeline->queue) && now - worker->flush_ns < FLUSH_NS)
		return;
	worker->flush_ns = now;
	sinks_flush(pipeline->sinks);
}

static int finish_followed(struct worker *worker)
{
	struct pipeline *pipeline = worker->pipeline;
	uint64_t now = clock_now_ns();

	if (!worker->is_closed && !queue_is_empty(pipeline->queue) &&
	    now - worker->check_ns < FOLLOW_CHECK_NS)
		return 0;
	worker->check_ns = now;
	pipeline_finish_cores(pipeline, false);
	return pipeline_finish_followed(pipeline, worker->is_closed);
}

/* After each turn: what a run tells that ends without this thread. */
static void note_finished(struct worker *worker)
{
	struct pipeline *pipeline = worker->pipeline;
	uint64_t waiting = pipeline->follow ? follow_events(pipeline->follow) : 0;

	pthread_mutex_lock(&pipeline->finished_lock);
	pipeline->finished = pipeline->summary;
	pipeline->finished_events = worker->events - waiting;
	pthread_mutex_unlock(&pipeline->finished_lock);
}

static int turn(struct worker *worker)
{
	struct pipeline *pipeline = worker->pipeline;
	struct work *work = pipeline->work;
	int timeout_ms = wait_ms(worker), result = 0;
	bool behind = false;

	enum queue_state state = queue_pop(pipeline->queue, timeout_ms, work->record, EV_RECORD_MAX,
					   &work->size, &behind);

	pipeline->steps++;
	switch (state) {
	case QUEUE_OK:
		worker->is_warm = pipeline->unwinder;
		worker->events += decode_event_count(work->record, work->size);
		pipeline_take_change(pipeline);
		result = pipeline_process(pipeline, behind);
		break;
	case QUEUE_CLOSED:
		worker->is_closed = true;
		break;
	default:
		if (timeout_ms == REST_MS) {
			stack_rest(pipeline->unwinder);
			worker->is_warm = false;
		}
		break;
	}
	if (!result)
		result = finish_followed(worker);
	note_finished(worker);
	flush(worker);
	pipeline->steps++;
	return result;
}

static void *worker_main(void *context)
{
	struct worker worker = { .pipeline = context };
	int result = 0;

	prctl(PR_SET_NAME, "sigpath-worker");
	while (!worker.is_closed && !result)
		result = turn(&worker);
	if (result)
		pipeline_set_result(worker.pipeline, result);
	pipeline_finish_cores(worker.pipeline, true);
	sinks_flush(worker.pipeline->sinks);
	eventfd_write(worker.pipeline->ended_fd, 1);
	return NULL;
}

void pipeline_change(struct pipeline *pipeline, const struct options *options)
{
	pthread_mutex_lock(&pipeline->change_lock);
	pipeline->change = *options;
	pipeline->has_change = true;
	pthread_mutex_unlock(&pipeline->change_lock);
}

void pipeline_take_change(struct pipeline *pipeline)
{
	if (!pipeline->has_change)
		return;
	pthread_mutex_lock(&pipeline->change_lock);
	pipeline->has_change = false;
	pipeline->own.classes = pipeline->change.classes;
	pipeline->own.classes_not = pipeline->change.classes_not;
	pipeline->own.min_severity = pipeline->change.min_severity;
	pipeline->own.advice = pipeline->change.advice;
	pipeline->own.redact = pipeline->change.redact;
	pthread_mutex_unlock(&pipeline->change_lock);
}

int pipeline_start_worker(struct pipeline *pipeline)
{
	int error = pthread_create(&pipeline->worker, NULL, worker_main, pipeline);

	pipeline->working = !error;
	return -error;
}
