// SPDX-License-Identifier: GPL-2.0-or-later
#include "arguments.h"

#include <ctype.h>
#include <string.h>

void arguments_hide(struct arguments *arguments, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++)
		arguments->hidden[i] = arguments->bytes[i];
}

bool arguments_begin_at(const struct arguments *arguments, size_t at)
{
	return !at || !arguments->bytes[at - 1];
}

size_t arguments_end(const struct arguments *arguments, size_t at)
{
	return at + strlen(arguments->bytes + at);
}

/* -c, -lc, -ec: the options of shells before a program. */
static bool is_option_for_script(const char *argument)
{
	size_t length = strlen(argument);

	return argument[0] == '-' && length > 1 && argument[length - 1] == 'c' &&
	       strspn(argument + 1, "abcdefghijklmnopqrstuvwxyz") == length - 1;
}

bool arguments_is_script(const struct arguments *arguments, size_t at)
{
	size_t before;

	while (!arguments_begin_at(arguments, at))
		at--;
	if (!at)
		return false;
	for (before = at - 1; !arguments_begin_at(arguments, before);)
		before--;
	return is_option_for_script(arguments->bytes + before);
}

size_t arguments_value_end(const struct arguments *arguments, size_t start, bool whole,
			   const char *stops, size_t *ret_start)
{
	const char *value = arguments->bytes + start;
	size_t length = 0;

	*ret_start = start;
	if (whole)
		return arguments_end(arguments, start);
	if (*value == '\\' && (value[1] == '"' || value[1] == '\''))
		value++;
	if (*value == '"' || *value == '\'') {
		const char *end = strchr(value + 1, *value);

		*ret_start = value + 1 - arguments->bytes;
		return end ? (size_t)(end - arguments->bytes) : arguments_end(arguments, start);
	}
	while (value[length] && !isspace((unsigned char)value[length]) &&
	       !strchr("\"'", value[length]) && !strchr(stops, value[length]))
		length++;
	return start + length;
}
