// SPDX-License-Identifier: GPL-2.0-or-later
#include "json_strings.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 32

struct scanner {
	const char *at, *end;
	char kinds[DEPTH_MAX]; /* '{' or '[' */
	struct json_place place;
	char text[JSON_TEXT_MAX];
	json_string_fn *take;
	void *context;
};

static void skip_blanks(struct scanner *scanner)
{
	while (scanner->at < scanner->end && memchr(" \t\r\n", *scanner->at, 4))
		scanner->at++;
}

static bool take_byte(struct scanner *scanner, char byte)
{
	skip_blanks(scanner);
	if (scanner->at == scanner->end || *scanner->at != byte)
		return false;
	scanner->at++;
	return true;
}

/* --- texts --- */

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/*
 * What follows \u, as one byte. No name that is looked for has others than ASCII, so those become
 * a byte that no name has.
 */
static int take_unicode(struct scanner *scanner)
{
	uint32_t value = 0;

	if (scanner->end - scanner->at < 4)
		return -EBADMSG;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(*scanner->at++);

		if (digit < 0)
			return -EBADMSG;
		value = value << 4 | (uint32_t)digit;
	}
	return value < 0x80 ? (int)value : 0xff;
}

/* A byte of a text, 0 to 255; -EBADMSG. */
static int take_character(struct scanner *scanner)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *escape;
	char byte = *scanner->at++;

	if ((unsigned char)byte < ' ')
		return -EBADMSG;
	if (byte != '\\')
		return (unsigned char)byte;
	if (scanner->at == scanner->end)
		return -EBADMSG;
	byte = *scanner->at++;
	if (byte == 'u')
		return take_unicode(scanner);
	escape = byte ? strchr(from, byte) : NULL;
	return escape ? to[escape - from] : -EBADMSG;
}

/* After the first quote. 1: into BUFFER; 0: it does not fit, or has a NUL; -EBADMSG. */
static int take_text(struct scanner *scanner, char *buffer, size_t size)
{
	bool fits = true;
	size_t length = 0;

	while (scanner->at < scanner->end && *scanner->at != '"') {
		int byte = take_character(scanner);

		if (byte < 0)
			return byte;
		fits = fits && byte && length + 1 < size;
		if (fits)
			buffer[length++] = (char)byte;
	}
	if (scanner->at == scanner->end)
		return -EBADMSG;
	scanner->at++;
	buffer[fits ? length : 0] = '\0';
	return fits;
}

/* --- values --- */

/* A number, true, false, null: they are not looked at. */
static int skip_word(struct scanner *scanner)
{
	const char *start = scanner->at;

	while (scanner->at < scanner->end && memchr("+-.0123456789Eaeflnrstu", *scanner->at, 23))
		scanner->at++;
	return scanner->at == start ? -EBADMSG : 0;
}

/* The key of the next member of the innermost object, and the colon. */
static int take_key(struct scanner *scanner)
{
	size_t level = scanner->place.depth - 1;
	char unused[2], *key = level < JSON_KEYS_MAX ? scanner->place.keys[level] : unused;
	size_t size = level < JSON_KEYS_MAX ? sizeof(scanner->place.keys[0]) : sizeof(unused);

	if (!take_byte(scanner, '"') || take_text(scanner, key, size) < 0)
		return -EBADMSG;
	/* Not the mark of an element. */
	if (!key[0])
		memcpy(key, "\xff", 2);
	return take_byte(scanner, ':') ? 0 : -EBADMSG;
}

static int begin(struct scanner *scanner, char kind)
{
	size_t level = scanner->place.depth;

	if (level == DEPTH_MAX)
		return -E2BIG;
	scanner->kinds[level] = kind;
	scanner->place.depth++;
	if (level < JSON_KEYS_MAX)
		scanner->place.keys[level][0] = '\0';
	return 0;
}

/* 1: something has begun, so that a member follows, or its end; 0: a whole value; -errno. */
static int take_value(struct scanner *scanner)
{
	int result;

	if (take_byte(scanner, '{'))
		return begin(scanner, '{') ?: 1;
	if (take_byte(scanner, '['))
		return begin(scanner, '[') ?: 1;
	if (!take_byte(scanner, '"'))
		return skip_word(scanner);
	result = take_text(scanner, scanner->text, sizeof(scanner->text));
	if (result < 0)
		return result;
	scanner->take(scanner->context, &scanner->place, result ? scanner->text : NULL);
	return 0;
}

/* After a value: the ends, and the comma before the next one. 1: all has ended; 0; -EBADMSG. */
static int take_ends(struct scanner *scanner)
{
	while (scanner->place.depth) {
		char kind = scanner->kinds[scanner->place.depth - 1];

		if (take_byte(scanner, ',')) {
			if (scanner->place.depth == 1)
				scanner->place.first_index++;
			return 0;
		}
		if (!take_byte(scanner, kind == '{' ? '}' : ']'))
			return -EBADMSG;
		scanner->place.depth--;
	}
	skip_blanks(scanner);
	return scanner->at == scanner->end ? 1 : -EBADMSG;
}

/* One value, with what comes before and behind it. 1: all has ended; 0; -errno. */
static int step(struct scanner *scanner, bool *has_begun)
{
	size_t depth = scanner->place.depth;
	char kind = depth ? scanner->kinds[depth - 1] : '\0';
	int result = 0;

	if (*has_begun && take_byte(scanner, kind == '{' ? '}' : ']')) {
		*has_begun = false;
		scanner->place.depth--;
		return take_ends(scanner);
	}
	if (kind == '{')
		result = take_key(scanner);
	if (!result)
		result = take_value(scanner);
	*has_begun = result > 0;
	return result ? (result > 0 ? 0 : result) : take_ends(scanner);
}

int json_strings(const char *bytes, size_t size, json_string_fn *take, void *context)
{
	struct scanner scanner = {
		.at = bytes, .end = bytes + size, .take = take, .context = context
	};
	bool has_begun = false;
	int result;

	do
		result = step(&scanner, &has_begun);
	while (!result);
	return result > 0 ? 0 : result;
}

bool json_is_at(const struct json_place *place, const char *const *keys)
{
	size_t depth = 0;

	while (keys[depth]) {
		if (depth == JSON_KEYS_MAX || depth >= place->depth ||
		    strcmp(place->keys[depth], keys[depth]) != 0)
			return false;
		depth++;
	}
	return depth == place->depth;
}
