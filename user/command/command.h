/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands; each returns the exit status of sigpath. */
#pragma once

#include "options.h"

#define EXIT_ERROR 1
#define EXIT_USAGE 2
#define EXIT_FOUND 3 /* what --fail-on is about */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

/* What the parser of OPTIONS does not know: are there such causes? 0, or EXIT_USAGE after a
 * message. */
int command_check_options(const struct options *options);
/* Traces the live kernel: the whole host, some processes, or a command that it runs. */
int command_trace(const struct options *options);
/*
 * Prints to stdio's stdout what this kernel and these privileges allow; 0 if incidents can be
 * traced. With --config only that the file, which was parsed, is right: 0.
 */
int command_check(const struct options *options);
/* Sends the records of a capture file through the same stages, and filters them. */
int command_replay(const struct options *options);
