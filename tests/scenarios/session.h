/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: one run of sigpath and the plays beside it. They talk to the runner over pipes, with
 * time limits. Several plays share a sigpath where they may, because it takes seconds to start in
 * an emulated machine.
 */
#pragma once

#include <limits.h>
#include <stddef.h>

#include "play.h"

#define SESSION_PLAYS_MAX 32

struct settings {
	const char *sigpath;
	const char *directory; /* of the programs */
	const char *json_directory;
	unsigned int slow;  /* factor for all time limits */
	unsigned int batch; /* plays that may share a sigpath; at most SESSION_PLAYS_MAX */
	bool verbose;
};

struct session {
	const struct settings *settings;
	struct play plays[SESSION_PLAYS_MAX];
	size_t count;
	char report_path[PATH_MAX]; /* the file of sigpath's -o: named after the first play */
	struct child sigpath;
	int messages, input, output; /* our ends; -1 once closed */
	int report_changes;	     /* inotify(7); -1: not watched */
	bool report_changed;	     /* since somebody last looked */
	struct strbuf messages_text, output_text;
	size_t input_done;
	struct strbuf why; /* sigpath itself failed */
	/* How long sigpath took to start, to report what the last plays left open, and to end. */
	long long start_ms, report_ms, end_ms;
};

void session_init(struct session *session, const struct settings *settings);
void session_free(struct session *session);

/* May TEST share the sigpath of the plays in SESSION, which may be empty? */
bool session_takes(const struct session *session, const struct test_case *test);
void session_add(struct session *session, const struct test_case *test);
/* Runs sigpath beside all plays. Each then has its verdict. */
void session_run(struct session *session);

/* Adds what sigpath wrote to stderr, with the indentation of details. */
void session_tell(const struct session *session, struct strbuf *text);

/*
 * Can sigpath trace this host? Skipped if it prints a reason on stderr; failed if it crashes or
 * hangs.
 */
enum verdict session_try(const struct settings *settings, struct strbuf *why);
