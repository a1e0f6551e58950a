/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of sigpath beside one program, as a conversation over pipes with deadlines. */
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
	unsigned int slow; /* all timeouts times this */
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

/* Runs TEST. Unless it is ok: one line in WHY, and perhaps more lines in DETAILS. */
enum verdict session_run(const struct settings *settings, const struct test_case *test,
			 const char *report_path, struct strbuf *why, struct strbuf *details);

/*
 * Whether sigpath can trace the host at all. Skipped if it says on stderr why not; failed if it
 * crashes or hangs.
 */
enum verdict session_try(const struct settings *settings, const char *report_path,
			 struct strbuf *why);
