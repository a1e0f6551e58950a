/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "command.h"
#include "log.h"
#include "options.h"
#include "stack.h"

/* STATUS, or EXIT_ERROR with a message if a write to stdout failed. */
static int end_stdout(int status)
{
	if (!ferror(stdout) && !fflush(stdout))
		return status;
	log_error("stdout: %s", strerror(errno));
	return EXIT_ERROR;
}

static int run(const struct options *options)
{
	switch (options->command) {
	case COMMAND_HELP:
		options_print_help();
		return end_stdout(0);
	case COMMAND_VERSION:
		puts("sigpath " SIGPATH_VERSION);
		return end_stdout(0);
	case COMMAND_CHECK:
		return end_stdout(command_check(options));
	case COMMAND_TRACE:
		return options->read ? command_replay(options) : command_trace(options);
	}
	return EXIT_USAGE;
}

/* Larger blocks, such as an incident that waits, go back to the system when they are freed. */
#define MAP_FROM (64 * 1024)

int main(int argc, char **argv)
{
	struct options options;
	int status, error;

	/* Otherwise glibc raises this limit, and a run of months keeps holes between small blocks. */
	mallopt(M_MMAP_THRESHOLD, MAP_FROM);
	clock_init();
	stack_run_child(argc, argv);
	error = options_parse(argc, argv, &options);
	if (error)
		return error == -ENOMEM ? EXIT_ERROR : EXIT_USAGE;
	if (options.quiet)
		log_set_level(LOG_WARNING);
	else if (options.verbose)
		log_set_level(LOG_DEBUG);
	status = command_check_options(&options) ?: run(&options);
	options_free(&options);
	return status;
}
