/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stages behind a source, put together, and the counts of what went through them. They run on a
 * thread of their own, so that unwinding and writing never keep the ring buffer from being read.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"
#include "clock.h"
#include "decode.h"
#include "enrich.h"
#include "explain.h"
#include "follow.h"
#include "kallsyms.h"
#include "log.h"
#include "output.h"
#include "pipeline.h"
#include "queue.h"
#include "sink.h"
#include "stack.h"
#include "work.h"

#define QUEUE_BYTES (4u << 20)

/* How often the ends of those followed are asked for. */
#define FOLLOW_TURN_MS 20

/* Nothing to do for so long: what the stacks keep is given back. */
#define REST_MS 30000

#define KINDS 16384 /* a power of two, twice what the kernel side tells apart */

/* The last whole incident of a kind: what repeats are tied to. A later kind may take its place. */
struct kind {
	uint64_t kind;
	uint64_t number;
	struct timespec time;
};

struct pipeline {
	const struct options *options;
	const struct ev_session *session;
	struct enrich_options enrich;
	struct runtimes runtimes;
	struct output *output;
	int output_fd;
	struct output *capture; /* -w; NULL without */
	struct sink *sink;
	struct sink_summary summary;
	uint64_t number; /* of the last incident */
	uint64_t lost_noted;
	struct stack_unwinder *unwinder; /* NULL: no stacks */
	bool is_warm;			 /* it may keep something */
	struct kind *kinds;
	struct queue *queue;
	pthread_t worker;
	bool working;
	atomic_int result;	   /* of the worker: 0, PIPELINE_DONE or -EPIPE */
	int result_fd;		   /* an eventfd that is readable once there is one */
	const struct exits *exits; /* NULL in replay */
	struct follow *follow;	   /* NULL in replay */
	struct work *work;	   /* the incident under way */
	struct snapshot snapshot;
	struct explanation explanation;
};

static bool is_before(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

static int open_output(const char *path, struct output **ret_output)
{
	int error = options_is_standard(path) ? output_from_fd(STDOUT_FILENO, "stdout", ret_output)
					      : output_open(path, ret_output);

	if (error)
		log_error("%s: %s", path, strerror(-error));
	return error;
}

static int open_outputs(struct pipeline *pipeline, bool to_stderr)
{
	const struct options *options = pipeline->options;
	int error;

	pipeline->output_fd = to_stderr ? STDERR_FILENO : STDOUT_FILENO;
	if (options->output) {
		error = open_output(options->output, &pipeline->output);
		pipeline->output_fd = options_is_standard(options->output) ? STDOUT_FILENO : -1;
	} else {
		error = output_from_fd(pipeline->output_fd, to_stderr ? "stderr" : "stdout",
				       &pipeline->output);
	}
	if (error || !options->write)
		return error;
	error = open_output(options->write, &pipeline->capture);
	return error
		       ?: output_write(pipeline->capture, pipeline->session,
				       sizeof(*pipeline->session));
}

static bool wants_color(const struct options *options, int fd)
{
	if (options->color != COLOR_AUTO)
		return options->color == COLOR_ALWAYS;
	return fd >= 0 && isatty(fd) && !getenv("NO_COLOR");
}

static int open_stacks(struct pipeline *pipeline, bool live)
{
	const struct options *options = pipeline->options;
	const struct stack_options stack = { .live = live, .proc_root = "/proc", .isolated = true };

	if (capture_is_of_this_boot(pipeline->session) && options->stack != STACK_NONE &&
	    options->stack != STACK_USER &&
	    kallsyms_new("/proc/kallsyms", &pipeline->enrich.kallsyms))
		return -ENOMEM;
	if (options->stack == STACK_NONE || options->stack == STACK_KERNEL)
		return 0;
	return stack_unwinder_new(&stack, &pipeline->unwinder);
}

static void *worker_main(void *context);

static int start_worker(struct pipeline *pipeline)
{
	int error = queue_new(QUEUE_BYTES, &pipeline->queue);

	if (error)
		return error;
	pipeline->result_fd = eventfd(0, EFD_CLOEXEC);
	if (pipeline->result_fd < 0)
		return -errno;
	error = pthread_create(&pipeline->worker, NULL, worker_main, pipeline);
	pipeline->working = !error;
	return -error;
}

int pipeline_open(const struct options *options, const struct ev_session *session,
		  const struct exits *exits, bool to_stderr, struct pipeline **ret_pipeline)
{
	const bool live = exits;
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	struct sink_options sink = { 0 };
	int error;

	if (!pipeline)
		return -ENOMEM;
	pipeline->options = options;
	pipeline->session = session;
	pipeline->result_fd = -1;
	pipeline->exits = exits;
	pipeline->kinds = calloc(KINDS, sizeof(*pipeline->kinds));
	pipeline->work = work_new();
	if (!pipeline->kinds || !pipeline->work || (live && follow_new(exits, &pipeline->follow))) {
		pipeline_free(pipeline);
		return -ENOMEM;
	}
	pipeline->enrich.live = live;
	pipeline->enrich.proc_root = "/proc";
	error = open_outputs(pipeline, to_stderr);
	if (!error) {
		sink.format = options->format == FORMAT_JSON ? SINK_JSON : SINK_TEXT;
		sink.color = wants_color(options, pipeline->output_fd);
		error = sink_new(&sink, pipeline->output, &pipeline->sink);
	}
	if (!error)
		error = open_stacks(pipeline, live);
	if (!error)
		error = start_worker(pipeline);
	if (error) {
		pipeline_free(pipeline);
		return error;
	}
	*ret_pipeline = pipeline;
	return 0;
}

static void stop_worker(struct pipeline *pipeline)
{
	if (!pipeline->working)
		return;
	queue_close(pipeline->queue);
	pthread_join(pipeline->worker, NULL);
	pipeline->working = false;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	stop_worker(pipeline);
	queue_free(pipeline->queue);
	follow_free(pipeline->follow);
	work_free(pipeline->work);
	if (pipeline->result_fd >= 0)
		close(pipeline->result_fd);
	stack_unwinder_free(pipeline->unwinder);
	kallsyms_free(pipeline->enrich.kallsyms);
	sink_free(pipeline->sink);
	output_free(pipeline->capture);
	output_free(pipeline->output);
	free(pipeline->kinds);
	free(pipeline);
}

/* In replay the kernel has not filtered for this run's options. */
static bool is_wanted(const struct pipeline *pipeline, const struct incident *incident)
{
	const struct options *options = pipeline->options;

	if (options->outcomes && !(options->outcomes & (1u << incident->outcome)))
		return false;
	if (options->objects && !(options->objects & (1u << incident->object.type)))
		return false;
	return options->signals & (UINT64_C(1) << (incident->signal.number - 1));
}

static struct kind *kind_slot(struct pipeline *pipeline, uint64_t kind)
{
	return &pipeline->kinds[(kind * UINT64_C(0x9e3779b97f4a7c15)) >> 50];
}

static void note_kind(struct pipeline *pipeline, const struct incident *incident)
{
	if (incident->kind)
		*kind_slot(pipeline, incident->kind) = (struct kind){
			.kind = incident->kind,
			.number = incident->number,
			.time = incident->time,
		};
}

/* The last stages, when all is known that will be. */
static int finish(struct pipeline *pipeline, struct work *work)
{
	struct sink_summary *summary = &pipeline->summary;
	struct incident *incident = &work->incident;
	int error;

	if (pipeline->exits)
		exits_add_reader(pipeline->exits, work->record);
	if (decode_late(work->record, incident))
		return 0;
	if (incident->peer.have)
		incident_set_missing(incident, MISSING_PEER, WHY_NONE);
	if (pipeline->capture)
		output_write(pipeline->capture, work->record, work->size);
	explain(incident, &pipeline->explanation);
	if (pipeline->options->advice == ADVICE_NONE)
		pipeline->explanation.advice_count = 0;
	error = sink_incident(pipeline->sink, incident, &pipeline->explanation);
	if (!summary->incidents || is_before(incident->time, summary->first))
		summary->first = incident->time;
	if (!summary->incidents || is_before(summary->last, incident->time))
		summary->last = incident->time;
	summary->incidents++;
	if (error == -EPIPE)
		return error;
	if (pipeline->options->count && summary->incidents >= pipeline->options->count)
		return PIPELINE_DONE;
	return 0;
}

/* The record of the work under way. */
static int push_incident(struct pipeline *pipeline, bool behind)
{
	struct work *work = pipeline->work;
	struct incident *incident = &work->incident;

	if (decode_incident(pipeline->session, pipeline->number + 1, work->record, work->size,
			    incident) ||
	    decode_snapshot(work->record, work->size, &pipeline->snapshot)) {
		pipeline->summary.malformed++;
		return 0;
	}
	pipeline->number++;
	if (!is_wanted(pipeline, incident))
		return 0;
	note_kind(pipeline, incident);
	/* Stacks are what takes time: when the queue fills, incidents go on without. A replay can
	 * wait. */
	behind = behind && pipeline->enrich.live;
	enrich(incident, &pipeline->snapshot, &pipeline->enrich);
	work_find_place(work, pipeline->unwinder, &pipeline->runtimes, &pipeline->snapshot, behind,
			&pipeline->summary.skipped_stacks);
	if (!pipeline->follow || !follow_add(pipeline->follow, work))
		return finish(pipeline, work);
	pipeline->work = work_new();
	return pipeline->work ? 0 : -ENOMEM;
}

/* Those whose end is known by now. FINAL: all. */
static int finish_followed(struct pipeline *pipeline, bool final)
{
	struct work *work;
	int result = 0;

	while (pipeline->follow && !result && (work = follow_take(pipeline->follow, final))) {
		result = finish(pipeline, work);
		work_free(work);
	}
	return result;
}

static int push_repeat(struct pipeline *pipeline, const void *record, size_t size)
{
	struct sink_repeat out = { 0 };
	const struct kind *kind;
	struct repeat repeat;
	char id[32];

	if (decode_repeat(pipeline->session, record, size, &repeat)) {
		pipeline->summary.malformed++;
		return 0;
	}
	kind = kind_slot(pipeline, repeat.kind);
	if (repeat.kind && kind->kind == repeat.kind) {
		decode_id(pipeline->session, kind->number, id, sizeof(id));
		out.of = id;
		out.of_time = kind->time;
	}
	out.count = repeat.count;
	out.first = repeat.first;
	out.last = repeat.last;
	out.outcome = repeat.outcome;
	pipeline->summary.repeats += repeat.count;
	return sink_repeat(pipeline->sink, &out);
}

static int push_lost(struct pipeline *pipeline, const void *record, size_t size)
{
	struct timespec time;
	uint64_t count;

	if (decode_lost(pipeline->session, record, size, &count, &time)) {
		pipeline->summary.malformed++;
		return 0;
	}
	pipeline->summary.lost += count;
	return sink_lost(pipeline->sink, count, time) == -EPIPE ? -EPIPE : 0;
}

/* While records wait, what comes of them is written together. */
static int set_more(struct pipeline *pipeline, bool more)
{
	if (pipeline->capture)
		output_more(pipeline->capture, more);
	return output_more(pipeline->output, more) == -EPIPE ? -EPIPE : 0;
}

static int process(struct pipeline *pipeline, bool behind)
{
	const void *record = pipeline->work->record;
	size_t size = pipeline->work->size;

	if (decode_kind(record, size) == EV_KIND_INCIDENT)
		return push_incident(pipeline, behind);
	if (pipeline->capture)
		output_write(pipeline->capture, record, size);
	switch (decode_kind(record, size)) {
	case EV_KIND_REPEAT:
		return push_repeat(pipeline, record, size);
	case EV_KIND_LOST:
		return push_lost(pipeline, record, size);
	default:
		pipeline->summary.malformed++;
		return 0;
	}
}

/* How long to wait for a record. */
static int wait_ms(const struct pipeline *pipeline)
{
	if (pipeline->follow && !follow_is_empty(pipeline->follow))
		return FOLLOW_TURN_MS;
	return pipeline->is_warm ? REST_MS : -1;
}

static int worker_turn(struct pipeline *pipeline, bool *ret_closed)
{
	int timeout_ms = wait_ms(pipeline);
	struct work *work = pipeline->work;
	bool behind = false;
	int result = 0;

	switch (queue_pop(pipeline->queue, timeout_ms, work->record, &work->size, &behind)) {
	case QUEUE_RECORD:
		pipeline->is_warm = pipeline->unwinder;
		result = set_more(pipeline, !queue_is_empty(pipeline->queue));
		if (!result)
			result = process(pipeline, behind);
		break;
	case QUEUE_CLOSED:
		*ret_closed = true;
		break;
	case QUEUE_TIMEOUT:
		if (timeout_ms == REST_MS) {
			stack_rest(pipeline->unwinder);
			pipeline->is_warm = false;
		}
		break;
	}
	return result ?: finish_followed(pipeline, *ret_closed);
}

static void *worker_main(void *context)
{
	struct pipeline *pipeline = context;
	bool closed = false;

	while (!closed) {
		int result = worker_turn(pipeline, &closed);

		if (!result)
			continue;
		atomic_store(&pipeline->result, result);
		eventfd_write(pipeline->result_fd, 1);
		queue_close(pipeline->queue);
		break;
	}
	set_more(pipeline, false);
	return NULL;
}

int pipeline_push(struct pipeline *pipeline, const void *record, size_t size)
{
	if (!queue_push(pipeline->queue, record, size))
		return atomic_load(&pipeline->result) ?: -ENOMEM;
	return atomic_load(&pipeline->result);
}

void pipeline_reopen(struct pipeline *pipeline)
{
	int error = output_reopen(pipeline->output);

	if (error)
		log_warning("%s: %s; writing on to the old file", pipeline->options->output,
			    strerror(-error));
}

int pipeline_result_fd(const struct pipeline *pipeline)
{
	return pipeline->result_fd;
}

int pipeline_note_lost(struct pipeline *pipeline, uint64_t lost)
{
	struct ev_lost record = {
		.header = { .kind = EV_KIND_LOST, .version = EV_VERSION, .size = sizeof(record) },
	};

	if (lost <= pipeline->lost_noted)
		return 0;
	record.header.time_ns = clock_now_ns();
	record.count = lost - pipeline->lost_noted;
	pipeline->lost_noted = lost;
	return pipeline_push(pipeline, &record, sizeof(record));
}

/* The worker writes other fields of the summary, and not this one. */
void pipeline_note_unseen(struct pipeline *pipeline, uint64_t unseen)
{
	pipeline->summary.unseen = unseen;
}

bool pipeline_finish(struct pipeline *pipeline)
{
	struct sink_summary *summary = &pipeline->summary;

	stop_worker(pipeline);
	summary->unwritten = output_unwritten(pipeline->output);
	if (pipeline->capture)
		summary->unwritten += output_unwritten(pipeline->capture);
	sink_summary(pipeline->sink, summary);
	return !summary->unwritten;
}

int pipeline_output_fd(const struct pipeline *pipeline)
{
	return pipeline->output_fd;
}
