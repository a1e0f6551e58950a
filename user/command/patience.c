// SPDX-License-Identifier: GPL-2.0-or-later
#include "patience.h"

#include "clock.h"
#include "signals.h"
#include "units.h"

/* How often to look for a signal. */
#define SLICE_MS 50

static void start(struct patience *patience)
{
	patience->asked_ns = clock_now_ns();
	patience->end_ns = patience->asked_ns + PATIENCE_END_MS * NSEC_PER_MSEC;
}

void patience_end(struct patience *patience)
{
	if (patience->asked || patience->ending)
		return;
	patience->ending = true;
	start(patience);
}

void patience_ask(struct patience *patience)
{
	if (patience->asked)
		return;
	patience->asked = true;
	start(patience);
}

void patience_restart(struct patience *patience)
{
	if (patience->asked)
		start(patience);
}

void patience_renew(struct patience *patience, int ms)
{
	uint64_t end_ns = clock_now_ns() + (uint64_t)ms * NSEC_PER_MSEC;
	uint64_t limit_ns = patience->asked_ns + PATIENCE_WORK_MS * NSEC_PER_MSEC;

	if (patience->asked && end_ns > limit_ns)
		end_ns = limit_ns;
	if (end_ns > patience->end_ns)
		patience->end_ns = end_ns;
}

int patience_ms(struct patience *patience)
{
	uint64_t now;

	if (!patience->asked && signals_end_is_pending())
		patience_ask(patience);
	now = clock_now_ns();
	if (patience->deadline_ns && now >= patience->deadline_ns)
		patience_end(patience);
	if (!patience->asked && !patience->ending)
		return SLICE_MS;
	if (now >= patience->end_ns)
		return 0;
	if (now + SLICE_MS * NSEC_PER_MSEC < patience->end_ns)
		return SLICE_MS;
	return (int)((patience->end_ns - now) / NSEC_PER_MSEC) + 1;
}
