/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a wait may last. As long as nobody asks for the end, it has no limit: a pager may show
 * the first page for an hour. Once a signal has asked, all waits together get PATIENCE_END_MS.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The whole run must end within 2 s of the signal; detaching takes its share. */
#define PATIENCE_END_MS 1500

struct patience {
	bool asked;
	uint64_t end_ns; /* CLOCK_MONOTONIC, once asked */
};

/* A signal has asked for the end. */
void patience_ask(struct patience *patience);

/*
 * How many milliseconds to wait before asking again; 0: not any longer. Sees signals that are
 * blocked and pending, which nobody reads while somebody waits, and leaves them pending.
 */
int patience_ms(struct patience *patience);
