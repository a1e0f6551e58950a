/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core dump of a process that a signal killed: whether there is one, and where. A part of
 * incident.h, but for the functions.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

enum core_state {
	CORE_NOT_ASKED, /* no death by a signal */
	CORE_NONE,
	CORE_EXPECTED,
	CORE_BEING_WRITTEN,
	CORE_WRITTEN,
	CORE_UNKNOWN,
};

/* Why there is none, or why it is not known. */
enum core_why {
	CORE_WHY_NONE,
	/* none */
	CORE_WHY_SIGNAL,	  /* this signal writes no core */
	CORE_WHY_NOT_DUMPABLE,	  /* the memory of the process is protected */
	CORE_WHY_LIMIT,		  /* RLIMIT_CORE */
	CORE_WHY_LIMIT_ONE,	  /* the mark of a process that a program for cores must not dump */
	CORE_WHY_RELATIVE,	  /* a protected process needs a path from the root */
	CORE_WHY_NO_PATTERN,	  /* kernel.core_pattern is empty */
	CORE_WHY_NO_PROGRAM,	  /* of the pattern: it does not exist */
	CORE_WHY_NOT_EXECUTABLE,  /* of the pattern */
	CORE_WHY_REFUSED,	  /* it was to be expected, and the end has none */
	CORE_WHY_ENDED_OTHERWISE, /* the process did not end by a signal */
	/* unknown */
	CORE_WHY_NOT_RECORDED,
	CORE_WHY_RUN_ENDED,
	CORE_WHY_TOO_MANY,
	CORE_WHY_TOO_LONG,
	CORE_WHY_UNSEEN,
	CORE_WHY_OVERWRITTEN,
	CORE_WHYS,
};

/* Where the kernel puts cores. */
enum core_target {
	CORE_TARGET_UNKNOWN,
	CORE_TARGET_FILE,
	CORE_TARGET_PROGRAM,
	CORE_TARGET_SYSTEMD, /* the program is systemd-coredump */
	CORE_TARGET_SOCKET,
};

#define CORE_PATH_MAX 512

struct incident_core {
	enum core_state state;
	enum core_why why;
	enum core_target target;
	bool have_pattern;
	char pattern[EV_CORE_PATTERN_MAX + 1];
	/*
	 * A file that is, or may be: its name, relative to the working directory of the process
	 * without a slash at the start. Empty: not known, because the pattern has the time or
	 * something else in it that only the kernel knows.
	 */
	char path[CORE_PATH_MAX];
	bool have_end;
	uint64_t end_ns; /* of the process, CLOCK_MONOTONIC */
};

struct incident;

/* The signal NUMBER writes a core, unless something forbids it. */
bool core_is_dumped_by(uint32_t number);
/* Where cores go, by PATTERN. */
enum core_target core_target_of(const char *pattern);
/*
 * The file of PATTERN, "|program args": without the slashes at its start, because the kernel starts
 * it in its own root. False: there is none, or its name depends on the process.
 */
bool core_program(const char *pattern, char *ret_path, size_t size);
/* From incident->core_facts, if there are any: incident->core. When all is known. */
void core_decide(struct incident *incident);
/* The end of the process of CORE, whose core was expected, with STATUS, or why it is not known. */
void core_end(struct incident_core *core, enum ev_core_given_up given_up, int status);

/* "expected"; NULL: not asked. */
const char *word_core_state(enum core_state state);
/* "not_dumpable"; NULL: there is nothing to say. And a sentence for people. */
const char *word_core_why(enum core_why why);
const char *word_core_why_text(enum core_why why);
/* "file", "program", "socket"; NULL: not known. */
const char *word_core_target(enum core_target target);
