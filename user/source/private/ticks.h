/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's jiffies as CLOCK_MONOTONIC. */
#pragma once

#include <stdint.h>

struct ticks {
	uint64_t tick_ns;
	int64_t origin_ns; /* the time of jiffy 0; INT64_MIN: not known yet */
};

/* NS and JIFFIES are the same moment. */
static inline void ticks_set(struct ticks *ticks, uint64_t ns, uint64_t jiffies)
{
	ticks->origin_ns = (int64_t)(ns - jiffies * ticks->tick_ns);
}

static inline uint64_t ticks_ns(const struct ticks *ticks, uint64_t jiffies)
{
	return jiffies * ticks->tick_ns + (uint64_t)ticks->origin_ns;
}
