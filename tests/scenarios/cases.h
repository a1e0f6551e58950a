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
	/* For sigpath. The program gives the values that replace each {NAME}. */
	const char *options[CASE_OPTIONS_MAX];
	/* An ability of `sigpath check` that the kernel must have, or must lack; else skip. */
	const char *needs, *lacks;
	bool degraded_is_enough; /* "degraded" meets needs, and counts as lacking for lacks */
	/* Labels, separated by commas, of the facts that sigpath's filters must drop. */
	const char *absent;
	/* Would disturb, or be disturbed by, other cases beside the same sigpath. */
	bool alone;
	/* sigpath exits after this number of incidents; 0: the runner stops it after all facts. */
	size_t count;
	/* How sigpath must end if it runs the command. */
	int exit_status;
	int death_signal;
	/* The command copies stdin to stdout. No byte may be lost. */
	bool copies;
};

extern const struct test_case cases[];
extern const size_t case_count;
