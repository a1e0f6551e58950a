/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sigpath -r FILE: sends a capture file through the same stages as live records. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "capture.h"
#include "command.h"
#include "log.h"
#include "pipeline.h"

static int push(void *context, const void *record, size_t size)
{
	return pipeline_push(context, record, size);
}

/* Opening an output truncates it, even if it is the capture under another name. */
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

static int replay(const struct options *options, struct replay *replay)
{
	struct pipeline *pipeline;
	int error, status = 0;

	if (check_outputs(options))
		return EXIT_ERROR;
	if (pipeline_open(options, replay_session(replay), NULL, false, &pipeline))
		return EXIT_ERROR;
	error = replay_run(replay, push, pipeline);
	if (!pipeline_finish(pipeline))
		status = EXIT_ERROR;
	pipeline_free(pipeline);
	if (error == -EBADMSG) {
		log_error("%s: %s; the records before it are shown", options->read,
			  replay_error(replay));
		status = EXIT_ERROR;
	}
	return status;
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
		status = replay(options, file);
	}
	replay_close(file);
	return status;
}
