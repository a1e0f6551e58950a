/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time that one stack may take: asked in every loop whose length a traced program decides. It
 * is time of the CPU, so that a host that is busy with other things loses no stacks; and some times
 * as much of the clock, so that what waits ends as well.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "units.h"

#define DEADLINE_STRETCH 5

struct deadline {
	uint64_t at_ns;	 /* CLOCK_MONOTONIC: not over before, */
	uint64_t cpu_ns; /* nor before the thread has run so long (CLOCK_THREAD_CPUTIME_ID), */
	uint64_t end_ns; /* unless it is this late; 0: nothing is waited for beyond at_ns */
};

static inline uint64_t deadline_cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * NSEC_PER_SEC + (uint64_t)used.tv_nsec;
}

static inline struct deadline deadline_in_ms(unsigned int milliseconds)
{
	uint64_t limit_ns = milliseconds * NSEC_PER_MSEC, now_ns = clock_now_ns();

	return (struct deadline){
		.at_ns = now_ns + limit_ns,
		.cpu_ns = deadline_cpu_ns() + limit_ns,
		.end_ns = now_ns + DEADLINE_STRETCH * limit_ns,
	};
}

static inline bool deadline_is_over(const struct deadline *deadline)
{
	uint64_t now_ns = clock_now_ns();

	return now_ns >= deadline->at_ns &&
	       (now_ns >= deadline->end_ns || deadline_cpu_ns() >= deadline->cpu_ns);
}
