// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens the outputs of -o and -w, and makes the list of sinks of them. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "capture.h"
#include "cleanup.h"
#include "log.h"
#include "output.h"
#include "pipeline_private.h"
#include "receivers.h"

_Static_assert(SINKS_MAX == PIPELINE_OUTPUTS_MAX + OPTIONS_TO_MAX,
	       "a sink for each output and destination");

static int open_standard(struct opened_list *outputs, int fd)
{
	const char *name = fd == STDERR_FILENO ? "stderr" : "stdout";
	struct opened *opened = &outputs->list[outputs->count];
	int error = output_from_fd(fd, name, &opened->output);

	opened->watch_fd = fd;
	if (error)
		log_error("%s: %s", name, strerror(-error));
	else
		outputs->count++;
	return error;
}

static struct output_rotation rotation_of(const struct options *options)
{
	return (struct output_rotation){
		.bytes = options->rotation.bytes,
		.period_ns = options->rotation.period_ns,
		.keep = options->rotation.keep,
		.compress = options->rotation.compress,
	};
}

static int open_path(struct opened_list *outputs, const char *path, const struct options *options)
{
	const struct output_rotation rotation = rotation_of(options);
	struct opened *opened = &outputs->list[outputs->count];
	cleanup(strbuf_free) struct strbuf why = { 0 };
	int error;

	if (options_is_standard(path))
		return open_standard(outputs, STDOUT_FILENO);
	opened->watch_fd = -1;
	error = output_open(path, options->output_mode, &opened->output, &why);
	if (!error)
		outputs->count++;
	if (!error && options_rotate(options))
		error = output_rotate_by(opened->output, &rotation);
	if (error)
		log_error("%s: %s", path, why.length ? why.text : strerror(-error));
	return error;
}

static int open_all(const struct options *options, bool to_stderr, struct opened_list *outputs)
{
	int error = 0;

	for (size_t i = 0; !error && i < options->output_count; i++) {
		outputs->list[outputs->count].format = options->outputs[i].format;
		error = open_path(outputs, options->outputs[i].path, options);
	}
	if (!options->output_count && !options->to_count) {
		outputs->list[0].format = options->format;
		error = open_standard(outputs, to_stderr ? STDERR_FILENO : STDOUT_FILENO);
	}
	if (error || !options->write)
		return error;
	outputs->list[outputs->count].is_capture = true;
	return open_path(outputs, options->write, options);
}

/* Two writers of one file would mix their lines. No file was truncated yet. */
static int check_same(const struct opened_list *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		const struct output *output = outputs->list[i].output;

		for (size_t j = 0; j < i; j++) {
			const struct output *other = outputs->list[j].output;

			if (!output_is_same(output, other))
				continue;
			log_error("%s and %s are the same file", output_name(other),
				  output_name(output));
			return -EEXIST;
		}
	}
	return 0;
}

static int truncate_all(const struct opened_list *outputs)
{
	int error = 0;

	for (size_t i = 0; !error && i < outputs->count; i++) {
		struct output *output = outputs->list[i].output;

		error = output_truncate(output);
		if (error)
			log_error("%s: %s", output_name(output), strerror(-error));
	}
	return error;
}

/*
 * A capture begins with its header, so nothing can be before it. Where files are rotated, that of
 * an earlier run becomes an old file.
 */
static int settle_captures(const struct opened_list *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = outputs->list[i].output;

		if (!outputs->list[i].is_capture || !output_refuse_content(output) ||
		    !output_rotate(output))
			continue;
		log_error("%s is not empty, and -w does not append; --truncate empties it first",
			  output_name(output));
		return -EEXIST;
	}
	return 0;
}

static bool has_files(const struct opened_list *outputs)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (output_directories(outputs->list[i].output).of_file >= 0)
			return true;
	return false;
}

static bool wants_color(const struct options *options, const struct output *output)
{
	if (options->color != COLOR_AUTO)
		return options->color == COLOR_ALWAYS;
	return output_is_terminal(output) && !getenv("NO_COLOR");
}

static int add_sink(struct pipeline *pipeline, struct opened *opened)
{
	struct output *output = take_ptr(opened->output);

	if (opened->is_capture)
		return sinks_add_records(pipeline->sinks, output);
	return sinks_add_lines(pipeline->sinks, output, opened->format,
			       wants_color(pipeline->options, output), opened->watch_fd);
}

static void readers_gone(void *context)
{
	pipeline_set_result(context, -EPIPE);
}

static int open_outputs(struct pipeline *pipeline, bool to_stderr)
{
	const struct sinks_options options = {
		.session = &pipeline->session,
		.wait = !pipeline->exits,
		.tables = pipeline->options->summary_only,
		.text = {
			.time = pipeline->options->time,
			.is_replay = pipeline->options->read,
			.full = pipeline->options->full,
			.stack_depth = (unsigned int)pipeline->options->stack_depth,
		},
		.readers_gone = readers_gone,
		.context = pipeline,
	};
	struct opened_list *outputs = &pipeline->opened;
	int error = open_all(pipeline->options, to_stderr, outputs);

	if (!error)
		error = check_same(outputs);
	if (!error && pipeline->options->truncate)
		error = truncate_all(outputs);
	if (!error)
		error = settle_captures(outputs);
	pipeline->has_files = has_files(outputs);
	if (!error && options_rotate(pipeline->options) && !pipeline->has_files) {
		log_error("no output is a file that can be rotated");
		error = -EINVAL;
	}
	if (!error)
		error = pipeline_open_metrics(pipeline);
	return error ?: sinks_new(&options, &pipeline->sinks);
}

int pipeline_start_sinks(struct pipeline *pipeline)
{
	int error = 0;

	for (size_t i = 0; !error && i < pipeline->opened.count; i++) {
		error = output_start(pipeline->opened.list[i].output);
		if (!error)
			error = add_sink(pipeline, &pipeline->opened.list[i]);
	}
	return error ?: receivers_add(pipeline->sinks, capture_is_of_this_boot(&pipeline->session));
}

void pipeline_close_opened(struct pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->opened.count; i++)
		output_free(pipeline->opened.list[i].output);
}

/* A thread, because an open or a truncation hangs where a file system does not answer. */
struct opening {
	struct pipeline *pipeline;
	bool to_stderr;
	int done_fd; /* an eventfd that is readable at the end */
	int error;
};

static void *open_main(void *context)
{
	struct opening *opening = context;

	opening->error = open_outputs(opening->pipeline, opening->to_stderr);
	eventfd_write(opening->done_fd, 1);
	return NULL;
}

int pipeline_open_outputs(struct pipeline *pipeline, bool to_stderr)
{
	cleanup(cleanup_close) int done_fd = eventfd(0, EFD_CLOEXEC);
	struct opening opening = { pipeline, to_stderr, done_fd, 0 };
	struct pollfd done = { .fd = done_fd, .events = POLLIN };
	pthread_t thread;
	int left_ms, error;

	if (done_fd < 0)
		return -errno;
	error = -pthread_create(&thread, NULL, open_main, &opening);
	if (error)
		return error;
	while ((left_ms = patience_ms(&pipeline->patience)) > 0) {
		if (poll(&done, 1, left_ms) > 0) {
			pthread_join(thread, NULL);
			return opening.error;
		}
	}
	/* The thread still uses all of this. */
	log_error("the run ends while an output is still being opened");
	_exit(EXIT_FAILURE);
}
