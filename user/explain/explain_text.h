/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to explain: sentences in fixed buffers, cut off when they are too long. */
#pragma once

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "duration.h"
#include "units.h"

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

static inline void text_add_duration(struct text *text, uint64_t ns, enum duration_grain grain)
{
	char duration[DURATION_SIZE];

	text_add(text, "%s", duration_text(ns, grain, duration));
}

static inline void text_add_age(struct text *text, bool have, uint64_t ns,
				enum duration_grain grain)
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
