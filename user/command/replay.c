/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sigpath -r FILE: sends a capture file through the same stages as live records. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "cleanup.h"
#include "command.h"
#include "log.h"
#include "patience.h"
#include "pipeline.h"
#include "signals.h"
#include "stack.h"

static int push(void *context, const void *record, size_t size)
{
	return pipeline_push(context, record, size);
}

/* What is read must not grow, even if the output has another name for it. */
static int check_outputs(const struct options *options)
{
	struct stat capture, output;

	if (stat(options->read, &capture) || !S_ISREG(capture.st_mode))
		return 0;
	for (size_t i = 0; i < options->output_count; i++) {
		const char *path = options->outputs[i].path;

		if (options_is_standard(path) || stat(path, &output) ||
		    output.st_dev != capture.st_dev || output.st_ino != capture.st_ino)
			continue;
		log_error("%s and %s are the same file", options->read, path);
		return -EINVAL;
	}
	return 0;
}

/* How often to look for a signal. */
#define TURN_MS 50
/* How long the thread that reads gets to end after a signal. */
#define STOP_MS 200

/* A thread reads the capture, because a pipe or a file system may give nothing for ever. */
struct reading {
	struct replay *replay;
	struct pipeline *pipeline;
	pthread_t thread;
	int done_fd; /* an eventfd that is readable at the end */
	int error;   /* of replay_run() */
};

static void *read_main(void *context)
{
	struct reading *reading = context;

	reading->error = replay_run(reading->replay, push, reading->pipeline);
	eventfd_write(reading->done_fd, 1);
	return NULL;
}

static int start_reading(struct reading *reading)
{
	int error;

	reading->done_fd = eventfd(0, EFD_CLOEXEC);
	if (reading->done_fd < 0)
		return -errno;
	error = -pthread_create(&reading->thread, NULL, read_main, reading);
	if (error)
		close(reading->done_fd);
	return error;
}

static void answer_signals(struct pipeline *pipeline)
{
	enum signals_request request;

	while ((request = signals_take()) != SIGNALS_NOTHING) {
		if (request == SIGNALS_SUMMARY)
			pipeline_log_so_far(pipeline);
		else
			pipeline_reopen(pipeline);
	}
}

/* Waits until all is read, or for a signal. False: the thread hangs and still uses everything. */
static bool finish_reading(struct reading *reading)
{
	struct pollfd done = { .fd = reading->done_fd, .events = POLLIN };

	while (poll(&done, 1, TURN_MS) <= 0) {
		answer_signals(reading->pipeline);
		if (!signals_end_is_pending())
			continue;
		pipeline_stop(reading->pipeline);
		if (poll(&done, 1, STOP_MS) <= 0)
			return false;
	}
	pthread_join(reading->thread, NULL);
	close(reading->done_fd);
	return true;
}

/* Says what went wrong. True if the records were all read, or as many as are wanted. */
static bool was_read(const struct options *options, const struct reading *reading)
{
	if (reading->error == -EBADMSG)
		log_error("%s: %s; the records before it are shown", options->read,
			  replay_error(reading->replay));
	else if (reading->error == -EINTR)
		log_error("a signal ended the run before all of %s was read", options->read);
	return reading->error != -EBADMSG && reading->error != -EINTR;
}

static int replay(const struct options *options, struct replay *replay)
{
	struct reading reading = { .replay = replay };
	struct pipeline *pipeline;
	int error, status = 0;

	if (check_outputs(options))
		return EXIT_ERROR;
	if (pipeline_open(options, replay_session(replay), NULL, false, &pipeline))
		return EXIT_ERROR;
	if (pipeline_start(pipeline, NULL)) {
		pipeline_free(pipeline);
		return EXIT_ERROR;
	}
	reading.pipeline = pipeline;
	error = start_reading(&reading);
	if (error) {
		log_error("cannot start a thread: %s", strerror(-error));
		status = EXIT_ERROR;
	} else if (!finish_reading(&reading)) {
		log_error("the run ends while %s is still being read", options->read);
		pipeline_finish(pipeline);
		_exit(EXIT_ERROR);
	}
	if (!pipeline_finish(pipeline))
		status = EXIT_ERROR;
	if (pipeline_has_failed(pipeline))
		status = status ?: EXIT_FOUND;
	pipeline_free(pipeline);
	return was_read(options, &reading) ? status : EXIT_ERROR;
}

int command_replay(const struct options *options)
{
	struct replay *file = NULL;
	int error, status;

	signal(SIGPIPE, SIG_IGN);
	error = replay_open(options_is_standard(options->read) ? "/dev/stdin" : options->read,
			    &file);
	if (error) {
		log_error("%s: %s", options->read, file ? replay_error(file) : strerror(-error));
		status = EXIT_ERROR;
	} else {
		/* Until here a signal ends the run by itself. */
		signals_block(false);
		status = pipeline_prepare(options) ? EXIT_ERROR : replay(options, file);
		pipeline_end_prepared();
	}
	replay_close(file);
	return status;
}
