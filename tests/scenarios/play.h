/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One scenario program of a session: what it said, how it ended, and the verdict on sigpath's
 * report about it. Nothing here waits; session.h does.
 */
#pragma once

#include <stdbool.h>

#include "cases.h"
#include "expectations.h"
#include "process_start.h"
#include "strbuf.h"

enum verdict {
	VERDICT_OPEN, /* not known yet: the play goes on */
	VERDICT_OK,
	VERDICT_FAILED,
	VERDICT_SKIPPED,
};

struct play {
	const struct test_case *test;
	struct child program; /* none if sigpath starts it */
	int go, facts;	      /* our ends; -1 once closed */
	int error;	      /* its stderr: a file in memory */
	struct strbuf said;   /* its lines so far */
	enum verdict verdict;
	struct strbuf why;     /* one line, unless it is OK */
	struct strbuf details; /* more lines, each with its end */
	long long spent_ms;    /* for this play alone */
};

void play_init(struct play *play, const struct test_case *test);
/* Kills what still runs. */
void play_free(struct play *play);

/* Closes the play with this verdict, for this reason. The first verdict stays. */
void play_fail(struct play *play, const char *format, ...) __attribute__((format(printf, 2, 3)));
void play_skip(struct play *play, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Starts the program from DIRECTORY. It may read sigpath's REPORT_PATH. */
void play_start(struct play *play, const char *directory, const char *report_path);
/* Reads what the program said. False: it was no JSON, and the play has failed. */
bool play_told(struct play *play, struct expectations *ret_told);
/* The program waits, or has ended: can the play go on? */
void play_check_waiting(struct play *play);
void play_send_go(struct play *play);
/* The program has ended: did it end as expected, with status 0 or killed by SIGPIPE? */
void play_check_end(struct play *play);
/* Compares sigpath's report with what the program said. */
void play_judge(struct play *play, const char *report_path);

/*
 * The play has failed, and the incident nearest to what it expected says that the kernel left out a
 * hook. Some kernels do while a certain process runs (docs/not-seen.md), so this is by chance.
 */
bool play_missed_hook(const struct play *play);

/* Conditions to wait for. Each one is also true if its event can no longer happen. */
bool play_waits(const struct play *play);
bool play_is_done(const struct play *play);
