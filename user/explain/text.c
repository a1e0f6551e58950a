// SPDX-License-Identifier: GPL-2.0-or-later
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "strbuf.h"

struct text text_in(char *bytes, size_t size)
{
	bytes[0] = '\0';
	return (struct text){ bytes, size, 0 };
}

void text_add(struct text *text, const char *format, ...)
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

void text_add_hostile(struct text *text, const char *before, const char *name)
{
	struct strbuf room;

	text_add(text, "%s", before);
	room = (struct strbuf){ .text = text->bytes + text->length,
				.capacity = text->size - text->length,
				.fixed = true };
	if (!strbuf_has_separator(name, strlen(name), true)) {
		text_add(text, "%s", name);
		return;
	}
	strbuf_add_text(&room, "\"");
	strbuf_add_inside(&room, name, strlen(name), '"');
	strbuf_add_text(&room, "\"");
	text->length += room.length;
}

const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

void text_add_age(struct text *text, bool have, uint64_t ns, enum duration_grain grain)
{
	char duration[DURATION_SIZE];

	if (have)
		text_add(text, " %s before", duration_text(ns, grain, duration));
}

void text_add_bytes(struct text *text, uint64_t bytes)
{
	text_add(text, "%" PRIu64 " byte%s", bytes, plural(bytes));
}

void text_add_size(struct text *text, uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	uint64_t size = bytes;
	size_t unit = 0;

	if (bytes < 1024) {
		text_add_bytes(text, bytes);
		return;
	}
	for (; size >= 1024 * 1024; size /= 1024)
		unit++;
	text_add(text, "%.1f %ciB", (double)size / 1024, units[unit]);
}
