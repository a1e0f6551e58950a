/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to explain: sentences in fixed buffers, cut off when they are too long. */
#pragma once

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC 1000000000ull

struct text {
	char *bytes;
	size_t size; /* with the NUL */
	size_t length;
};

static inline struct text text_in(char *bytes, size_t size)
{
	bytes[0] = '\0';
	return (struct text){ bytes, size, 0 };
}

__attribute__((format(printf, 2, 3))) static inline void text_add(struct text *text,
								  const char *format, ...)
{
	size_t room = text->size - text->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->bytes + text->length, room, format, args);
	va_end(args);
	if (length > 0)
		text->length += (size_t)length < room ? (size_t)length : room - 1;
}

static inline const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* How exact a time is, and so with how many digits it is told. */
enum grain {
	GRAIN_FINE,    /* microseconds */
	GRAIN_JIFFIES, /* up to 10 ms each (HZ=100) */
};

static inline void text_add_duration(struct text *text, uint64_t ns, enum grain grain)
{
	double seconds = (double)ns / (double)NSEC_PER_SEC;

	if (ns >= 7200 * NSEC_PER_SEC)
		text_add(text, "%.1f h", seconds / 3600);
	else if (ns >= 600 * NSEC_PER_SEC)
		text_add(text, "%.0f min", seconds / 60);
	else if (ns >= NSEC_PER_SEC)
		text_add(text, "%.*f s", grain == GRAIN_FINE ? 3 : 2, seconds);
	else if (grain == GRAIN_FINE && ns >= NSEC_PER_MSEC)
		text_add(text, "%.1f ms", seconds * 1000);
	else if (grain == GRAIN_FINE)
		text_add(text, "%" PRIu64 " us", ns / NSEC_PER_USEC);
	else if (ns >= 10 * NSEC_PER_MSEC)
		text_add(text, "%.0f ms", seconds * 1000);
	else
		text_add(text, "less than 10 ms");
}

static inline void text_add_age(struct text *text, bool have, uint64_t ns, enum grain grain)
{
	if (!have)
		return;
	text_add(text, " ");
	text_add_duration(text, ns, grain);
	text_add(text, " before");
}

static inline void text_add_bytes(struct text *text, uint64_t bytes)
{
	text_add(text, "%" PRIu64 " byte%s", bytes, plural(bytes));
}
