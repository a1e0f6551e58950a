/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time limit of one question. It is checked in every loop whose length a traced program
 * controls. It limits CPU time, so that a busy host loses no stacks, and several times as much
 * clock time, so that waiting ends too.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "units.h"

#define DEADLINE_STRETCH 5

struct deadline {
	uint64_t at_ns;	 /* CLOCK_MONOTONIC: not over before, */
	uint64_t cpu_ns; /* nor before the thread has used so much CPU time
			    (CLOCK_THREAD_CPUTIME_ID), */
	uint64_t end_ns; /* unless it is this late; 0: over at at_ns */
};

static inline uint64_t deadline_cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
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
