// SPDX-License-Identifier: GPL-2.0-or-later
#include "duration.h"

#include <inttypes.h>
#include <stdio.h>

#include "units.h"

/* NS in units of UNIT, rounded to nearest; without overflow for any NS. */
static uint64_t rounded(uint64_t ns, uint64_t unit)
{
	return ns / unit + (ns % unit >= unit - unit / 2);
}

uint64_t duration_us(uint64_t ns)
{
	return rounded(ns, NSEC_PER_USEC);
}

static void below_a_second(uint64_t ns, enum duration_grain grain, char buffer[DURATION_SIZE])
{
	uint64_t tenths = rounded(ns, NSEC_PER_MSEC / 10);

	if (grain == DURATION_JIFFIES && ns < 10 * NSEC_PER_MSEC)
		snprintf(buffer, DURATION_SIZE, "less than 10 ms");
	else if (grain == DURATION_JIFFIES)
		snprintf(buffer, DURATION_SIZE, "%" PRIu64 " ms", rounded(ns, NSEC_PER_MSEC));
	else if (duration_us(ns) < 1000)
		snprintf(buffer, DURATION_SIZE, "%" PRIu64 " us", duration_us(ns));
	else
		snprintf(buffer, DURATION_SIZE, "%" PRIu64 ".%" PRIu64 " ms", tenths / 10,
			 tenths % 10);
}

/* Each test uses the rounded value: 59.9996 s is a minute. */
const char *duration_text(uint64_t ns, enum duration_grain grain, char buffer[DURATION_SIZE])
{
	uint64_t ms = rounded(ns, NSEC_PER_MSEC), seconds = rounded(ns, NSEC_PER_SEC);
	uint64_t minutes = rounded(ns, 60 * NSEC_PER_SEC);

	if (rounded(ns, NSEC_PER_MSEC / 10) < 10000)
		below_a_second(ns, grain, buffer);
	else if (ms < 60000 && grain == DURATION_FINE)
		snprintf(buffer, DURATION_SIZE, "%" PRIu64 ".%03" PRIu64 " s", ms / 1000,
			 ms % 1000);
	else if (ms < 60000)
		snprintf(buffer, DURATION_SIZE, "%" PRIu64 ".%02" PRIu64 " s",
			 rounded(ns, 10 * NSEC_PER_MSEC) / 100,
			 rounded(ns, 10 * NSEC_PER_MSEC) % 100);
	else if (seconds < 3600)
		snprintf(buffer, DURATION_SIZE, "%" PRIu64 " min %" PRIu64 " s", seconds / 60,
			 seconds % 60);
	else
		snprintf(buffer, DURATION_SIZE, "%" PRIu64 " h %" PRIu64 " min", minutes / 60,
			 minutes % 60);
	return buffer;
}
