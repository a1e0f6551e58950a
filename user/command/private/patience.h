/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a wait may last. Before the end there is no limit: a pager may show the first page for
 * an hour. After a signal has asked for the end, all waits together have PATIENCE_END_MS. When a
 * live run ends by itself (-d, --count), each wait has PATIENCE_END_MS, as long as there is no
 * progress.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The whole run must end within 2 s of the signal. Detaching needs a part of this time. */
#define PATIENCE_END_MS 800
/* What the outputs get at least, after the last incident. */
#define PATIENCE_OUTPUT_MS 300
/* On a slow machine the work that is under way may take longer, as long as it makes progress. */
#define PATIENCE_WORK_MS 10000

struct patience {
	bool asked;		   /* by a signal */
	bool ending;		   /* by itself */
	uint64_t deadline_ns;	   /* of -d, CLOCK_MONOTONIC; 0: none */
	uint64_t asked_ns, end_ns; /* CLOCK_MONOTONIC, once asked or ending */
};

/* A signal has asked for the end. */
void patience_ask(struct patience *patience);

/* The run ends by itself. */
void patience_end(struct patience *patience);

/* The time begins only now: what came since the signal was none of the waits. */
void patience_restart(struct patience *patience);

/*
 * There was progress: MS more from now on, but not beyond PATIENCE_WORK_MS after the signal. In a
 * run that ends by itself there is no such limit.
 */
void patience_renew(struct patience *patience, int ms);

/*
 * How many milliseconds to wait until the next call; 0: do not wait any longer. It checks for
 * signals that are blocked and pending, because no thread reads them during a wait, and leaves them
 * pending.
 */
int patience_ms(struct patience *patience);
