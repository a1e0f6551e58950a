// SPDX-License-Identifier: GPL-2.0-or-later
#include "formats.h"

#include <stdbool.h>
#include <string.h>

#include "units.h"

#define ROW(constant, name, ...) { #name, (const char *const[]){ __VA_ARGS__, NULL }, constant },
const struct format_row format_table[] = { LINE_FORMATS(ROW) };
#undef ROW

const size_t format_count = ARRAY_SIZE(format_table);

const struct format_row *format_by_name(const char *name, size_t length)
{
	for (size_t i = 0; i < format_count; i++) {
		const struct format_row *row = &format_table[i];

		if (strlen(row->name) == length && !memcmp(row->name, name, length))
			return row;
	}
	return NULL;
}

static bool ends_with(const char *text, const char *end)
{
	size_t text_length = strlen(text), end_length = strlen(end);

	return text_length >= end_length && !strcmp(text + text_length - end_length, end);
}

const struct format_row *format_by_suffix(const char *path)
{
	for (size_t i = 0; i < format_count; i++) {
		const char *const *suffix = format_table[i].suffixes;

		for (; *suffix; suffix++) {
			if (ends_with(path, *suffix))
				return &format_table[i];
		}
	}
	return NULL;
}

const char *format_name(size_t index)
{
	return index < format_count ? format_table[index].name : NULL;
}
