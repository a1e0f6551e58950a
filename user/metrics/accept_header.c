// SPDX-License-Identifier: GPL-2.0-or-later
#include "accept_header.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define QUALITY_FULL 1000

/* A part of the header, without blanks at its ends. */
struct span {
	const char *text;
	size_t length;
};

/* The next part of CURSOR up to SEPARATOR. False behind the last. */
static bool next_part(struct span *cursor, char separator, struct span *ret_part)
{
	const char *end;
	struct span part;

	if (!cursor->text)
		return false;
	end = memchr(cursor->text, separator, cursor->length);
	part = (struct span){ cursor->text, end ? (size_t)(end - cursor->text) : cursor->length };
	cursor->length -= part.length + (end ? 1 : 0);
	cursor->text = end ? end + 1 : NULL;
	while (part.length && isspace((unsigned char)part.text[0])) {
		part.text++;
		part.length--;
	}
	while (part.length && isspace((unsigned char)part.text[part.length - 1]))
		part.length--;
	*ret_part = part;
	return true;
}

static bool equals(struct span span, const char *text)
{
	return span.length == strlen(text) && !strncasecmp(span.text, text, span.length);
}

/* "0.75", in thousandths; what is no number is 0. */
static unsigned int quality_of(struct span value)
{
	unsigned int quality = 0, unit = QUALITY_FULL;

	for (size_t i = 0; i < value.length; i++) {
		if (value.text[i] == '.' && i == 1)
			continue;
		if (!isdigit((unsigned char)value.text[i]))
			return 0;
		quality += (unsigned int)(value.text[i] - '0') * unit;
		unit /= 10;
	}
	return quality > QUALITY_FULL ? QUALITY_FULL : quality;
}

struct range {
	struct span type;
	bool version_fits; /* none, or 1.0.0 */
	unsigned int quality;
};

static struct range read_range(struct span text)
{
	struct range range = { .version_fits = true, .quality = QUALITY_FULL };
	struct span parameter, name, value;

	next_part(&text, ';', &range.type);
	while (next_part(&text, ';', &parameter)) {
		next_part(&parameter, '=', &name);
		if (!next_part(&parameter, '=', &value))
			continue;
		if (equals(name, "q"))
			range.quality = quality_of(value);
		else if (equals(name, "version"))
			range.version_fits = equals(value, "1.0.0") || equals(value, "\"1.0.0\"");
	}
	return range;
}

enum metrics_format accept_header_format(const char *header)
{
	struct span rest = { header, header ? strlen(header) : 0 }, part;
	unsigned int open_quality = 0, text_quality = 0;

	while (next_part(&rest, ',', &part)) {
		struct range range = read_range(part);
		unsigned int *best = NULL;

		if (equals(range.type, "application/openmetrics-text") && range.version_fits)
			best = &open_quality;
		else if (equals(range.type, "text/plain"))
			best = &text_quality;
		if (best && range.quality > *best)
			*best = range.quality;
	}
	return open_quality && open_quality >= text_quality ? METRICS_OPENMETRICS : METRICS_TEXT;
}
