/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stages behind a source, put together, and the counts of what went through them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "decode.h"
#include "enrich.h"
#include "explain.h"
#include "log.h"
#include "output.h"
#include "pipeline.h"
#include "sink.h"

struct pipeline {
	const struct options *options;
	const struct ev_session *session;
	struct enrich_options enrich;
	struct output *output;
	int output_fd;
	struct output *capture; /* -w; NULL without */
	struct sink *sink;
	struct sink_summary summary;
	uint64_t number; /* of the last incident */
	struct incident incident;
	struct explanation explanation;
};

static int open_outputs(struct pipeline *pipeline, bool to_stderr)
{
	const struct options *options = pipeline->options;
	int error;

	pipeline->output_fd = to_stderr ? STDERR_FILENO : STDOUT_FILENO;
	if (options->output) {
		error = output_open(options->output, &pipeline->output);
		pipeline->output_fd = -1;
		if (error)
			log_error("%s: %s", options->output, strerror(-error));
	} else {
		error = output_from_fd(pipeline->output_fd, to_stderr ? "stderr" : "stdout",
				       &pipeline->output);
	}
	if (error || !options->write)
		return error;
	error = output_open(options->write, &pipeline->capture);
	if (error) {
		log_error("%s: %s", options->write, strerror(-error));
		return error;
	}
	return output_write(pipeline->capture, pipeline->session, sizeof(*pipeline->session));
}

static bool wants_color(const struct options *options, int fd)
{
	if (options->color != COLOR_AUTO)
		return options->color == COLOR_ALWAYS;
	return fd >= 0 && isatty(fd) && !getenv("NO_COLOR");
}

int pipeline_open(const struct options *options, const struct ev_session *session, bool live,
		  bool to_stderr, struct pipeline **ret_pipeline)
{
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	struct sink_options sink = { 0 };
	int error;

	if (!pipeline)
		return -ENOMEM;
	pipeline->options = options;
	pipeline->session = session;
	pipeline->enrich.live = live;
	pipeline->enrich.proc_root = "/proc";
	error = open_outputs(pipeline, to_stderr);
	if (!error) {
		sink.format = options->format == FORMAT_JSON ? SINK_JSON : SINK_TEXT;
		sink.color = wants_color(options, pipeline->output_fd);
		error = sink_new(&sink, pipeline->output, &pipeline->sink);
	}
	if (error) {
		pipeline_free(pipeline);
		return error;
	}
	*ret_pipeline = pipeline;
	return 0;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	sink_free(pipeline->sink);
	output_free(pipeline->capture);
	output_free(pipeline->output);
	free(pipeline);
}

/* In replay the kernel has not filtered for this run's options. */
static bool is_wanted(const struct pipeline *pipeline)
{
	const struct options *options = pipeline->options;
	const struct incident *incident = &pipeline->incident;

	if (options->outcomes && !(options->outcomes & (1u << incident->outcome)))
		return false;
	if (options->objects && !(options->objects & (1u << incident->object.type)))
		return false;
	return options->signals & (UINT64_C(1) << (incident->signal.number - 1));
}

static int push_incident(struct pipeline *pipeline, const void *record, size_t size)
{
	struct sink_summary *summary = &pipeline->summary;
	int error;

	if (decode_incident(pipeline->session, pipeline->number + 1, record, size,
			    &pipeline->incident)) {
		summary->malformed++;
		return 0;
	}
	pipeline->number++;
	if (!is_wanted(pipeline))
		return 0;
	enrich(&pipeline->incident, &pipeline->enrich);
	explain(&pipeline->incident, &pipeline->explanation);
	error = sink_incident(pipeline->sink, &pipeline->incident, &pipeline->explanation);
	if (!summary->incidents)
		summary->first = pipeline->incident.time;
	summary->last = pipeline->incident.time;
	summary->incidents++;
	if (error == -EPIPE)
		return error;
	if (pipeline->options->count && summary->incidents >= pipeline->options->count)
		return PIPELINE_DONE;
	return 0;
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

int pipeline_push(struct pipeline *pipeline, const void *record, size_t size)
{
	if (pipeline->capture)
		output_write(pipeline->capture, record, size);
	switch (decode_kind(record, size)) {
	case EV_KIND_INCIDENT:
		return push_incident(pipeline, record, size);
	case EV_KIND_LOST:
		return push_lost(pipeline, record, size);
	}
	pipeline->summary.malformed++;
	return 0;
}

int pipeline_note_lost(struct pipeline *pipeline, uint64_t lost)
{
	struct ev_lost record = {
		.header = { .kind = EV_KIND_LOST, .version = EV_VERSION, .size = sizeof(record) },
	};
	struct timespec now;

	if (lost <= pipeline->summary.lost)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	record.header.time_ns = now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
	record.count = lost - pipeline->summary.lost;
	return pipeline_push(pipeline, &record, sizeof(record));
}

bool pipeline_finish(struct pipeline *pipeline)
{
	struct sink_summary *summary = &pipeline->summary;

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
