/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of sigpath with one program. They talk to the runner over pipes, with time limits. */
#pragma once

#include <stddef.h>

#include "cases.h"
#include "expectations.h"
#include "process_start.h"
#include "strbuf.h"

struct settings {
	const char *sigpath;
	const char *directory; /* of the programs */
	const char *json_directory;
	unsigned int slow; /* factor for all time limits */
	bool verbose;
};

struct session {
	const struct settings *settings;
	const struct test_case *test;
	const char *report_path; /* the file of sigpath's -o */
	struct child program, sigpath;
	/* Our ends; -1 once closed. */
	int go, facts, messages, input, output;
	int program_error; /* a file in memory */
	struct strbuf facts_text, messages_text, output_text;
	size_t input_done;
};

enum verdict { VERDICT_OK, VERDICT_FAILED, VERDICT_SKIPPED };

/* Runs TEST. If it fails: one line in WHY, and possibly more lines in DETAILS. */
enum verdict session_run(const struct settings *settings, const struct test_case *test,
			 const char *report_path, struct strbuf *why, struct strbuf *details);

/*
 * Can sigpath trace this host? Skipped if it prints a reason on stderr; failed if it crashes or
 * hangs.
 */
enum verdict session_try(const struct settings *settings, const char *report_path,
			 struct strbuf *why);
