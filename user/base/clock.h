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

/* How far the time namespace of this process is ahead of the host's clocks. */
extern struct clock_shift {
	int64_t monotonic_ns, boottime_ns;
} clock_shift;

/* Reads clock_shift, once, before all else. */
void clock_init(void);

/*
 * CLOCK_MONOTONIC of the host, the clock of records: what bpf_ktime_get_ns() reads in the kernel.
 * Not for the end of a wait: waits end by the clock of the time namespace.
 */
static inline uint64_t clock_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC) - (uint64_t)clock_shift.monotonic_ns;
}

/* CLOCK_BOOTTIME of the host, the clock of the start times of processes. */
static inline uint64_t clock_boot_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME) - (uint64_t)clock_shift.boottime_ns;
}

/* The time NS of clock_now_ns(), as the end of a wait. */
static inline struct timespec clock_timespec(uint64_t ns)
{
	ns += (uint64_t)clock_shift.monotonic_ns;
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
