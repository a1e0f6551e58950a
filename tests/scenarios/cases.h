/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of scenario cases: which program, and how sigpath watches it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CASE_OPTIONS_MAX 6

enum start {
	START_HOST,    /* sigpath OPTIONS; the program waits until sigpath is ready */
	START_ATTACH,  /* sigpath -p PID OPTIONS */
	START_COMMAND, /* sigpath OPTIONS -- PROGRAM */
};

struct test_case {
	const char *name;
	const char *program;
	const char *scenario;
	enum start start;
	/* For sigpath. {NAME} in them becomes the value of that name which the program tells. */
	const char *options[CASE_OPTIONS_MAX];
	/* An ability of `sigpath check` that the kernel must have, or must lack; else it is a skip.
	 */
	const char *needs, *lacks;
	bool degraded_is_enough; /* of what it needs; degraded counts as lacking, too */
	/* Labels, with commas, of facts that sigpath is told to leave out. */
	const char *absent;
	/* sigpath ends by itself after so many incidents; 0: all facts, and until it is told. */
	size_t count;
	/* What a command run by sigpath makes of sigpath's own end. */
	int exit_status;
	int death_signal;
	/* The command copies stdin to stdout and nothing of it may get lost. */
	bool copies;
};

extern const struct test_case cases[];
extern const size_t case_count;
