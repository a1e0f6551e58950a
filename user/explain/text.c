// SPDX-License-Identifier: GPL-2.0-or-later
#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "strbuf.h"

#define CUT "..."

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
	cleanup(strbuf_free) struct strbuf escaped = { 0 };
	size_t room;

	strbuf_add_name(&escaped, name, strlen(name));
	text_add(text, "%s", before);
	room = text->size - text->length - 1;
	if (escaped.failed || (escaped.length > room && room < strlen(CUT)))
		text_add(text, "?");
	else if (escaped.length > room)
		text_add(text, "%.*s" CUT, (int)(room - strlen(CUT)), escaped.text);
	else
		text_add(text, "%s", escaped.text);
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
