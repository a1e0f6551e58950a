/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks in nanoseconds. */
#pragma once

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "units.h"

/* The time of CLOCK in nanoseconds; 0 if it cannot be read. */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now))
		return 0;
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

/* CLOCK_MONOTONIC, the clock of records: what bpf_ktime_get_ns() reads in the kernel. */
static inline uint64_t clock_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static inline struct timespec clock_timespec(uint64_t ns)
{
	return (struct timespec){ (time_t)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC) };
}

/* The end of a wait of TIMEOUT_MS that begins now, for a condition of clock_condition_init(). */
static inline struct timespec clock_after_ms(int timeout_ms)
{
	return clock_timespec(clock_now_ns() + (uint64_t)timeout_ms * NSEC_PER_MSEC);
}

/* A condition whose waits end by CLOCK_MONOTONIC, so that setting the time does not change them. */
static inline void clock_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}
