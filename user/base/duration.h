/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Durations as text. This is the only place that formats them. */
#pragma once

#include <stdint.h>

#define DURATION_SIZE 32

/* How exact a duration is. This decides its number of digits. */
enum duration_grain {
	DURATION_FINE,	  /* microseconds */
	DURATION_JIFFIES, /* ticks of the kernel: up to 10 ms each (HZ=100) */
};

/*
 * 31 us, 20.5 ms, 4.000 s, 12 min 5 s, 3 h 20 min; in jiffies: "less than 10 ms", 40 ms, 4.00 s and
 * on as before. Rounded to nearest. Returns BUFFER.
 */
const char *duration_text(uint64_t ns, enum duration_grain grain, char buffer[DURATION_SIZE]);

/* Whole microseconds, rounded to nearest: the unit of JSON. */
uint64_t duration_us(uint64_t ns);
