// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens and ends the pipeline, and has the functions for the thread of the source. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"
#include "cleanup.h"
#include "clock.h"
#include "cores.h"
#include "decode.h"
#include "kallsyms.h"
#include "links.h"
#include "log.h"
#include "notify.h"
#include "output.h"
#include "own_cmdline.h"
#include "pipeline_private.h"
#include "receivers.h"
#include "related.h"
#include "procdir.h"
#include "reload.h"
#include "units.h"

#define QUEUE_BYTES (4u << 20)

static bool wants_user_stacks(const struct options *options)
{
	return options->stack != STACK_NONE && options->stack != STACK_KERNEL;
}

int pipeline_prepare(const struct options *options)
{
	char why[512];
	int error = receivers_open(options);

	if (error || !wants_user_stacks(options))
		return error;
	if (stack_prepare_servers(why, sizeof(why)))
		log_warning("DEBUGINFOD_URLS is ignored: %s", why);
	error = stack_start_spawner();
	if (error)
		log_error("cannot start a process: %s", strerror(-error));
	return error;
}

void pipeline_end_prepared(void)
{
	receivers_close();
	stack_stop_spawner();
}

static int open_stacks(struct pipeline *pipeline, bool live)
{
	const struct options *options = pipeline->options;
	const struct stack_options stack = {
		.live = live,
		.proc_root = "/proc",
		.isolated = true,
		.remote_files = options->remote_files,
		.user_limit = live,
	};

	pipeline->enrich.kernel_wanted = options->stack == STACK_ALL ||
					 options->stack == STACK_KERNEL;
	if (pipeline->enrich.kernel_wanted && capture_is_of_this_boot(&pipeline->session) &&
	    kallsyms_new("/proc/kallsyms", &pipeline->enrich.kallsyms))
		return -ENOMEM;
	if (!wants_user_stacks(options))
		return 0;
	return stack_unwinder_new(&stack, &pipeline->unwinder);
}

static int open_state(struct pipeline *pipeline)
{
	int error;

	pthread_mutex_init(&pipeline->finished_lock, NULL);
	pthread_mutex_init(&pipeline->change_lock, NULL);
	pipeline->result_fd = eventfd(0, EFD_CLOEXEC);
	pipeline->ended_fd = eventfd(0, EFD_CLOEXEC);
	if (pipeline->result_fd < 0 || pipeline->ended_fd < 0)
		return -errno;
	error = queue_new(QUEUE_BYTES, &pipeline->queue);
	if (!error)
		error = groups_new(&pipeline->groups);
	if (!error)
		error = related_new(&pipeline->related);
	if (!error)
		error = cores_new(&pipeline->cores);
	if (!error && pipeline->enrich.live)
		error = core_host_new(pipeline->enrich.proc_root,
				      procdir_is_on_the_host() ? "1/root" : NULL,
				      &pipeline->enrich.core_host);
	if (!error)
		error = summary_table_new(&pipeline->table);
	pipeline->view = malloc(sizeof(*pipeline->view));
	if (!pipeline->view)
		error = error ?: -ENOMEM;
	if (!error && pipeline->exits)
		error = follow_new(pipeline->exits, pipeline->enrich.proc_root,
				   pipeline->options->fatal, &pipeline->follow);
	pipeline->work = work_new();
	if (pipeline->options->strip_memory)
		pipeline->stripped = malloc(sizeof(*pipeline->stripped));
	if (!pipeline->work || (pipeline->options->strip_memory && !pipeline->stripped))
		error = error ?: -ENOMEM;
	return error;
}

/* Everything else has been said by who found it. */
static void say_shortage(int error)
{
	if (error == -ENOMEM)
		log_error("out of memory");
	else if (error == -EAGAIN)
		log_error("cannot start a thread: %s", strerror(-error));
}

int pipeline_open(const struct options *options, const struct ev_session *session,
		  const struct exits *exits, bool to_stderr, struct pipeline **ret_pipeline)
{
	const bool live = exits;
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	int error;

	if (!pipeline) {
		log_error("out of memory");
		return -ENOMEM;
	}
	pipeline->result_fd = pipeline->ended_fd = -1;
	pipeline->start = options;
	pipeline->own = *options;
	pipeline->options = &pipeline->own;
	pipeline->session = *session;
	pipeline->number = session->incidents_before;
	pipeline->clock_noted_ns = session->realtime_offset_ns;
	pipeline->exits = exits;
	pipeline->enrich.live = live;
	pipeline->enrich.proc_root = "/proc";
	error = open_state(pipeline);
	if (!error)
		error = pipeline_open_outputs(pipeline, to_stderr);
	if (!error)
		error = open_stacks(pipeline, live);
	if (error) {
		say_shortage(error);
		pipeline_free(pipeline);
		return error;
	}
	*ret_pipeline = pipeline;
	return 0;
}

void pipeline_read_links(struct pipeline *pipeline, struct links *links)
{
	pipeline->enrich.links = links;
	procdir_helper = (struct procdir_helper){ .read = links_read_file, .context = links };
}

void pipeline_read_config(struct pipeline *pipeline, struct config_reader *reader)
{
	pipeline->config_reader = reader;
}

void pipeline_read_containers(struct pipeline *pipeline, struct containers *containers)
{
	pipeline->enrich.containers = containers;
}

static void introduce(struct pipeline *pipeline, const struct abilities *hooks)
{
	struct incident_cmdline cmdline = { 0 };
	struct sink_start start = { .cmdline = &cmdline, .abilities = hooks };

	clock_gettime(CLOCK_REALTIME, &start.time);
	own_cmdline(pipeline->start, &cmdline);
	sinks_start(pipeline->sinks, &start);
}

int pipeline_start(struct pipeline *pipeline, const struct abilities *hooks)
{
	int error = pipeline_start_sinks(pipeline);

	if (!error && hooks) {
		pipeline->abilities = *hooks;
		pipeline->begun_ns = clock_ns(CLOCK_BOOTTIME);
		introduce(pipeline, hooks);
	}
	if (!error && pipeline->config_reader)
		error = reload_start(pipeline->start, pipeline->config_reader, pipeline,
				     &pipeline->reload);
	if (!error)
		error = pipeline_start_metrics(pipeline, hooks);
	if (!error)
		error = pipeline_start_worker(pipeline);
	say_shortage(error);
	return error;
}

size_t pipeline_directories(const struct pipeline *pipeline,
			    struct output_directories *ret_directories)
{
	for (size_t i = 0; i < pipeline->opened.count; i++)
		ret_directories[i] = output_directories(pipeline->opened.list[i].output);
	return pipeline->opened.count;
}

/* patience_ms(). Once a signal has asked for the end, the stages and the sinks learn of it too. */
static int patience_left_ms(struct pipeline *pipeline)
{
	int left_ms = patience_ms(&pipeline->patience);

	if (pipeline->patience.asked && pipeline->unwinder)
		stack_hurry(pipeline->unwinder);
	if (pipeline->patience.asked && pipeline->sinks)
		sinks_stop_waiting(pipeline->sinks);
	return left_ms;
}

/*
 * A number that changes while the worker makes progress: the CPU time of its thread in
 * milliseconds, and that of the child that it may wait for.
 */
static uint64_t progress(const struct pipeline *pipeline)
{
	uint64_t used_ns = 0;
	clockid_t clock;

	if (!pthread_getcpuclockid(pipeline->worker, &clock))
		used_ns = clock_ns(clock);
	return used_ns / NSEC_PER_MSEC +
	       (pipeline->unwinder ? stack_progress(pipeline->unwinder) : 0);
}

/* What is left of the wait for the worker. Its progress since BEFORE renews the time. */
static int wait_left_ms(struct pipeline *pipeline, uint64_t *before)
{
	uint64_t now = progress(pipeline);

	if (now != *before)
		patience_renew(&pipeline->patience, PATIENCE_END_MS);
	*before = now;
	return patience_left_ms(pipeline);
}

/* Waits for the worker, as long as patience.h allows. True if it has ended. */
static bool stop_worker(struct pipeline *pipeline)
{
	struct pollfd ended = { .fd = pipeline->ended_fd, .events = POLLIN };
	uint64_t before;
	int left_ms;

	if (!pipeline->working)
		return true;
	before = progress(pipeline);
	queue_close(pipeline->queue);
	/* A push may have waited until the time was over. */
	patience_renew(&pipeline->patience, PATIENCE_OUTPUT_MS);
	while ((left_ms = wait_left_ms(pipeline, &before)) > 0) {
		if (poll(&ended, 1, left_ms) > 0) {
			pthread_join(pipeline->worker, NULL);
			pipeline->working = false;
			patience_renew(&pipeline->patience, PATIENCE_OUTPUT_MS);
			return true;
		}
	}
	return false;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	reload_stop(pipeline->reload);
	if (!stop_worker(pipeline)) {
		/* The worker still uses all of this, and what the caller closes next. */
		log_error("the run ends while an incident is still under way");
		_exit(EXIT_FAILURE);
	}
	pipeline_free_metrics(pipeline);
	sinks_free(pipeline->sinks);
	pipeline_close_opened(pipeline);
	queue_free(pipeline->queue);
	follow_free(pipeline->follow);
	work_free(pipeline->work);
	free(pipeline->stripped);
	stack_unwinder_free(pipeline->unwinder);
	kallsyms_free(pipeline->enrich.kallsyms);
	groups_free(pipeline->groups);
	related_free(pipeline->related);
	cores_free(pipeline->cores);
	core_host_free(pipeline->enrich.core_host);
	summary_table_free(pipeline->table);
	free(pipeline->view);
	cleanup_close(&pipeline->result_fd);
	cleanup_close(&pipeline->ended_fd);
	pthread_mutex_destroy(&pipeline->finished_lock);
	pthread_mutex_destroy(&pipeline->change_lock);
	free(pipeline);
}

int pipeline_push(struct pipeline *pipeline, const void *record, size_t size)
{
	enum queue_state state = queue_push(pipeline->queue, record, size, 0);
	uint64_t before = 0;
	int left_ms;

	if (state == QUEUE_FULL)
		before = progress(pipeline);
	while (state == QUEUE_FULL && (left_ms = wait_left_ms(pipeline, &before)) > 0)
		state = queue_push(pipeline->queue, record, size, left_ms);
	if (state == QUEUE_OK)
		pipeline->pushed += decode_event_count(record, size);
	else if (state != QUEUE_CLOSED)
		pipeline->unpushed += decode_event_count(record, size);
	return atomic_load(&pipeline->result);
}

void pipeline_reopen(struct pipeline *pipeline)
{
	sinks_reopen(pipeline->sinks);
}

void pipeline_reload(struct pipeline *pipeline)
{
	notify_reloading();
	pipeline_reopen(pipeline);
	if (pipeline->reload)
		reload_ask(pipeline->reload);
	else
		notify_reloaded();
}

bool pipeline_has_files(const struct pipeline *pipeline)
{
	return pipeline->has_files;
}

int pipeline_result_fd(const struct pipeline *pipeline)
{
	return pipeline->result_fd;
}

int pipeline_watch_fd(const struct pipeline *pipeline, size_t output)
{
	return sinks_watch_fd(pipeline->sinks, output);
}

void pipeline_note_gone(struct pipeline *pipeline, size_t output)
{
	sinks_note_gone(pipeline->sinks, output);
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

/* A change of the time of day that is told. */
#define CLOCK_STEP_NS (10 * (int64_t)NSEC_PER_MSEC)

static bool is_new_offset(int64_t offset_ns, int64_t noted_ns)
{
	return llabs(offset_ns - noted_ns) > CLOCK_STEP_NS;
}

int pipeline_note_clock(struct pipeline *pipeline)
{
	struct ev_clock record = {
		.header = { .kind = EV_KIND_CLOCK, .version = EV_VERSION, .size = sizeof(record) },
	};
	struct capture_offsets offsets;
	int64_t rough_ns = (int64_t)(clock_ns(CLOCK_REALTIME) - clock_now_ns());

	/* Often, so by one look at each clock. Only an interruption between them needs the second. */
	if (!is_new_offset(rough_ns, pipeline->clock_noted_ns))
		return 0;
	offsets = capture_read_offsets();
	if (!is_new_offset(offsets.monotonic_ns, pipeline->clock_noted_ns))
		return 0;
	pipeline->clock_noted_ns = offsets.monotonic_ns;
	record.header.time_ns = clock_now_ns();
	record.realtime_offset_ns = offsets.monotonic_ns;
	record.boottime_offset_ns = offsets.boottime_ns;
	return pipeline_push(pipeline, &record, sizeof(record));
}

void pipeline_note_unseen(struct pipeline *pipeline, const uint64_t *unseen)
{
	for (int i = 0; i < SINK_UNSEEN_COUNT; i++)
		pipeline->unseen[i] = unseen[i];
}

void pipeline_stop(struct pipeline *pipeline)
{
	pipeline_set_result(pipeline, -EINTR);
}

void pipeline_end_at(struct pipeline *pipeline, uint64_t time_ns)
{
	pipeline->patience.deadline_ns = time_ns;
}

void pipeline_end_soon(struct pipeline *pipeline)
{
	patience_ask(&pipeline->patience);
	patience_left_ms(pipeline);
}

void pipeline_detached(struct pipeline *pipeline)
{
	patience_restart(&pipeline->patience);
	patience_end(&pipeline->patience);
	if (pipeline->patience.asked)
		atomic_store(&pipeline->end_asked_ns, pipeline->patience.asked_ns);
}

/*
 * Waits for the readers, as long as patience.h allows. While a run ends by itself, items that are
 * taken are progress.
 */
static void wait_for_sinks(struct pipeline *pipeline)
{
	uint64_t before = sinks_progress(pipeline->sinks);
	int left_ms;

	while ((left_ms = patience_left_ms(pipeline)) > 0) {
		uint64_t now;

		if (sinks_wait(pipeline->sinks, left_ms))
			return;
		now = sinks_progress(pipeline->sinks);
		if (now != before && !pipeline->patience.asked)
			patience_renew(&pipeline->patience, PATIENCE_END_MS);
		before = now;
	}
}

/*
 * The worker hangs, and it may still use the sinks. What it has not finished is lost, and stderr
 * gets the closing line.
 */
static void end_without_worker(struct pipeline *pipeline)
{
	struct sink_summary summary;

	pthread_mutex_lock(&pipeline->finished_lock);
	summary = pipeline->finished;
	summary.lost += pipeline->pushed - pipeline->finished_events;
	pthread_mutex_unlock(&pipeline->finished_lock);
	summary.lost += pipeline->unpushed;
	pipeline_complete_summary(pipeline, &summary);
	sinks_log_summary(pipeline->sinks, &summary);
}

/* The worker has ended. */
static void lose_unpushed(struct pipeline *pipeline)
{
	struct timespec now;

	if (!pipeline->unpushed)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	pipeline->summary.lost += pipeline->unpushed;
	sinks_lost(pipeline->sinks, pipeline->unpushed, now, "the run had to end");
}

bool pipeline_finish(struct pipeline *pipeline)
{
	struct sink_summary *summary = &pipeline->summary;

	if (!stop_worker(pipeline)) {
		end_without_worker(pipeline);
		return false;
	}
	lose_unpushed(pipeline);
	pipeline_complete_summary(pipeline, summary);
	wait_for_sinks(pipeline);
	sinks_summary(pipeline->sinks, summary);
	wait_for_sinks(pipeline);
	sinks_count(pipeline->sinks, summary);
	return pipeline_finish_metrics(pipeline) && !summary->dropped && !summary->unwritten &&
	       !pipeline->out_of_memory;
}
