// SPDX-License-Identifier: GPL-2.0-or-later
/* The log systems that --to names: NAME, or NAME:ADDRESS. */
#include "destinations.h"

#include <errno.h>
#include <string.h>

#include "option_table.h"

const struct destination_row destination_table[] = {
	[DESTINATION_JOURNAL] = { "journal", NULL, NULL },
	[DESTINATION_SYSLOG] = { "syslog", "ADDRESS", "udp:// tcp://" },
	[DESTINATION_OTLP] = { "otlp", "URL", "http:// https://" },
};

const size_t destination_count = sizeof(destination_table) / sizeof(destination_table[0]);

static const struct destination_row *destination_by_name(const char *name, size_t length)
{
	for (size_t i = 0; i < destination_count; i++) {
		const struct destination_row *row = &destination_table[i];

		if (!strncmp(row->name, name, length) && !row->name[length])
			return row;
	}
	return NULL;
}

static bool is_same(const struct options_destination *a, const struct options_destination *b)
{
	if (a->kind != b->kind || !a->address != !b->address)
		return false;
	return !a->address || !strcmp(a->address, b->address);
}

int parse_destination(const struct option_spec *spec, const char *text, struct options *ret_options,
		      struct strbuf *why)
{
	size_t length = strcspn(text, ":");
	const struct destination_row *row = destination_by_name(text, length);
	struct options_destination to = { .address = text[length] ? text + length + 1 : NULL };

	if (!row)
		return parse_refuse_word(spec, text, why);
	if (to.address && !row->address)
		return parse_refuse(why, text, "has an address, and %s takes none", row->name);
	if (to.address && !*to.address)
		return parse_refuse(why, text, "has no %s after the colon", row->address);
	to.kind = (enum destination)(row - destination_table);
	for (size_t i = 0; i < ret_options->to_count; i++) {
		if (is_same(&ret_options->to[i], &to))
			return parse_refuse(why, text, "is already a destination");
	}
	if (ret_options->to_count == OPTIONS_TO_MAX)
		return parse_refuse(why, text, "exceeds the limit of %d destinations",
				    OPTIONS_TO_MAX);
	ret_options->to[ret_options->to_count++] = to;
	return 0;
}
