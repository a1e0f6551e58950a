// SPDX-License-Identifier: GPL-2.0-or-later
/* The numbers of a run for Prometheus: what --metrics asks for. */
#include "metrics.h"

#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "metrics_file.h"
#include "metrics_server.h"
#include "pipeline_private.h"

/* How long the end of a run waits for the last file. */
#define FINISH_MS 200

/* Any thread, after the sinks have started. */
static void read_numbers(void *context, struct metrics_numbers *ret_numbers)
{
	struct pipeline *pipeline = context;
	uint64_t pushed, finished;

	pthread_mutex_lock(&pipeline->finished_lock);
	ret_numbers->summary = pipeline->finished;
	finished = pipeline->finished_events;
	pthread_mutex_unlock(&pipeline->finished_lock);
	/* A record is counted after the worker can see it. */
	pushed = atomic_load(&pipeline->pushed);
	ret_numbers->waiting = pushed > finished ? pushed - finished : 0;
	ret_numbers->summary.unseen = atomic_load(&pipeline->unseen[SINK_UNSEEN_PREEMPTED]) +
				      atomic_load(&pipeline->unseen[SINK_UNSEEN_CPU_ADDED]);
	sinks_count(pipeline->sinks, &ret_numbers->summary);
}

static int open_file(struct pipeline *pipeline, const char *path)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	int error = metrics_file_open(path, &pipeline->metrics_file, &why);

	if (error)
		log_error("%s: %s", path, why.length ? why.text : strerror(-error));
	return error;
}

static int open_server(struct pipeline *pipeline, const struct options_metrics *options)
{
	const struct metrics_address address = {
		.family = options->family,
		.port = options->port,
		.v4 = options->v4,
		.v6 = options->v6,
	};
	cleanup(strbuf_free) struct strbuf why = { 0 };
	int error = metrics_server_open(&address, &pipeline->metrics_server, &why);

	if (error)
		log_error("--metrics: %s", why.length ? why.text : strerror(-error));
	return error;
}

int pipeline_open_metrics(struct pipeline *pipeline)
{
	const struct options_metrics *options = &pipeline->options->metrics;
	const struct metrics_options wanted = {
		.by_unit = options->label == METRICS_LABEL_UNIT,
		.read = read_numbers,
		.context = pipeline,
	};
	int error;

	if (!options_have_metrics(pipeline->options))
		return 0;
	error = metrics_new(&wanted, &pipeline->metrics);
	if (!error && options->file)
		error = open_file(pipeline, options->file);
	if (!error && options->port)
		error = open_server(pipeline, options);
	return error;
}

int pipeline_metrics_directory(const struct pipeline *pipeline)
{
	return pipeline->metrics_file ? metrics_file_directory(pipeline->metrics_file) : -1;
}

int pipeline_start_metrics(struct pipeline *pipeline, const struct abilities *hooks)
{
	int error = 0;

	if (pipeline->metrics && hooks)
		metrics_note_hooks(pipeline->metrics, hooks);
	if (pipeline->metrics_file)
		error = metrics_file_start(pipeline->metrics_file, pipeline->metrics);
	if (!error && pipeline->metrics_server)
		error = metrics_server_start(pipeline->metrics_server, pipeline->metrics);
	return error;
}

bool pipeline_finish_metrics(struct pipeline *pipeline)
{
	if (!pipeline->metrics)
		return true;
	/* With what was lost at the end. */
	pthread_mutex_lock(&pipeline->finished_lock);
	pipeline->finished = pipeline->summary;
	pthread_mutex_unlock(&pipeline->finished_lock);
	metrics_note_end(pipeline->metrics);
	return !pipeline->metrics_file || metrics_file_finish(pipeline->metrics_file, FINISH_MS);
}

void pipeline_free_metrics(struct pipeline *pipeline)
{
	metrics_server_free(pipeline->metrics_server);
	metrics_file_free(pipeline->metrics_file);
	metrics_free(pipeline->metrics);
}
