// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A growing text, and the conversion of hostile bytes to text: valid UTF-8 without bytes that
 * control a terminal. The escaping is reversible, because a backslash in the input is doubled.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rune.h"
#include "strbuf.h"

#define FIRST_CAPACITY 256

static const char hex_digits[] = "0123456789abcdef";

/* Room for SIZE more bytes and the NUL. */
static bool reserve(struct strbuf *buf, size_t size)
{
	size_t need, capacity;
	char *text;

	if (buf->failed)
		return false;
	if (size > SIZE_MAX / 2 - buf->length - 1)
		goto fail;
	need = buf->length + size + 1;
	if (need <= buf->capacity)
		return true;
	capacity = buf->capacity ? buf->capacity : FIRST_CAPACITY;
	while (capacity < need)
		capacity *= 2;
	text = buf->fixed ? NULL : realloc(buf->text, capacity);
	if (!text)
		goto fail;
	buf->text = text;
	buf->capacity = capacity;
	return true;
fail:
	buf->failed = true;
	return false;
}

char *strbuf_extend_slowly(struct strbuf *buf, size_t size)
{
	char *at;

	if (!reserve(buf, size))
		return NULL;
	at = buf->text + buf->length;
	buf->length += size;
	buf->text[buf->length] = '\0';
	return at;
}

void strbuf_add(struct strbuf *buf, const void *bytes, size_t size)
{
	char *at = strbuf_extend(buf, size);

	if (at && size)
		memcpy(at, bytes, size);
}

void strbuf_add_text(struct strbuf *buf, const char *text)
{
	strbuf_add(buf, text, strlen(text));
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_vprintf(buf, format, args);
	va_end(args);
}

__attribute__((format(printf, 2, 0))) void strbuf_vprintf(struct strbuf *buf, const char *format,
							  va_list args)
{
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0) {
		buf->failed = true;
		return;
	}
	if (!reserve(buf, (size_t)length))
		return;
	vsnprintf(buf->text + buf->length, (size_t)length + 1, format, args);
	buf->length += (size_t)length;
}

void strbuf_add_uint(struct strbuf *buf, uint64_t value)
{
	char digits[20], *at = digits + sizeof(digits);

	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	strbuf_add(buf, at, (size_t)(digits + sizeof(digits) - at));
}

void strbuf_add_hex(struct strbuf *buf, uint64_t value)
{
	char digits[18], *at = digits + sizeof(digits);

	do
		*--at = hex_digits[value & 0xf];
	while (value >>= 4);
	*--at = 'x';
	*--at = '0';
	strbuf_add(buf, at, (size_t)(digits + sizeof(digits) - at));
}

/* VALUE with leading zeros; returns where the text ends. */
static char *put_digits(char *text, uint32_t value, unsigned int digits)
{
	for (unsigned int i = digits; i; i--, value /= 10)
		text[i - 1] = (char)('0' + value % 10);
	return text + digits;
}

size_t strbuf_format_utc(struct timespec time, unsigned int decimals,
			 char ret_text[STRBUF_UTC_SIZE])
{
	char nanoseconds[9], *at = ret_text;
	struct tm parts;

	if (!gmtime_r(&time.tv_sec, &parts) || parts.tm_year < -900 || parts.tm_year > 8099)
		return 0;
	at = put_digits(at, (uint32_t)parts.tm_year + 1900, 4);
	*at++ = '-';
	at = put_digits(at, (uint32_t)parts.tm_mon + 1, 2);
	*at++ = '-';
	at = put_digits(at, (uint32_t)parts.tm_mday, 2);
	*at++ = 'T';
	at = put_digits(at, (uint32_t)parts.tm_hour, 2);
	*at++ = ':';
	at = put_digits(at, (uint32_t)parts.tm_min, 2);
	*at++ = ':';
	at = put_digits(at, (uint32_t)parts.tm_sec, 2);
	put_digits(nanoseconds, (uint32_t)time.tv_nsec, 9);
	if (decimals)
		*at++ = '.';
	at = mempcpy(at, nanoseconds, decimals);
	*at++ = 'Z';
	*at = '\0';
	return (size_t)(at - ret_text);
}

/* What stands around the text. */
enum surroundings {
	BARE,
	IN_SENTENCE,	  /* of ours: what others chose in it is escaped */
	IN_DOUBLE_QUOTES, /* for people: a quote gets a backslash */
	IN_SINGLE_QUOTES, /* for people: the text has no single quote */
	IN_JSON,	  /* double quotes, and each backslash of an escape is doubled */
};

static bool is_harmless(uint32_t rune, bool is_first, enum surroundings where)
{
	if (rune == '\\')
		return where == IN_SENTENCE;
	if (rune_is_invisible(rune))
		return false;
	if (is_first && rune_is_combining(rune))
		return false;
	switch (where) {
	case IN_DOUBLE_QUOTES:
		return rune != '"' && !rune_looks_like_quote(rune, '"');
	case IN_SINGLE_QUOTES:
		return !rune_looks_like_quote(rune, '\'');
	case IN_JSON:
		return rune != '"';
	case BARE:
	case IN_SENTENCE:
		break;
	}
	return true;
}

/* A character that needs an escape. */
static void add_escape(struct strbuf *buf, const uint8_t *bytes, size_t size,
		       enum surroundings where)
{
	const char *backslash = where == IN_JSON ? "\\\\" : "\\";

	if (bytes[0] == '"') {
		strbuf_add(buf, "\\\"", 2);
	} else if (bytes[0] == '\n' || bytes[0] == '\t') {
		strbuf_add_text(buf, backslash);
		strbuf_add_text(buf, bytes[0] == '\n' ? "n" : "t");
	} else if (bytes[0] == '\\') {
		strbuf_add_text(buf, backslash);
		strbuf_add_text(buf, backslash);
	} else {
		for (size_t i = 0; i < size; i++) {
			const char hex[] = { 'x', hex_digits[bytes[i] >> 4],
					     hex_digits[bytes[i] & 0xf] };

			strbuf_add_text(buf, backslash);
			strbuf_add(buf, hex, sizeof(hex));
		}
	}
}

#define PLAIN 1u	/* stands for itself */
#define PLAIN_QUOTED 2u /* also between quotes */
#define ORDINARY 4u	/* also in a name without quotes, between other words */
#define NAME (PLAIN | PLAIN_QUOTED | ORDINARY)

/* ASCII; of the rest of Unicode, is_harmless() knows. */
static const uint8_t plain_bytes[256] = {
	[' '] = PLAIN | PLAIN_QUOTED,
	['!'] = NAME,
	['"'] = PLAIN,
	['#' ... '&'] = NAME,
	['\''] = PLAIN | PLAIN_QUOTED,
	['(' ... ')'] = PLAIN | PLAIN_QUOTED,
	['*' ... '+'] = NAME,
	[','] = PLAIN | PLAIN_QUOTED,
	['-' ... ':'] = NAME,
	[';'] = PLAIN | PLAIN_QUOTED,
	['<' ... 'Z'] = NAME,
	['['] = PLAIN | PLAIN_QUOTED,
	['\\'] = 0,
	[']'] = PLAIN | PLAIN_QUOTED,
	['^' ... '~'] = NAME,
};

/* The number of leading bytes that are ASCII and of this class: usually nearly all. */
static size_t count_plain(const uint8_t *bytes, size_t size, uint8_t class)
{
	size_t count = 0;

	while (count < size && plain_bytes[bytes[count]] & class)
		count++;
	return count;
}

static void add_escaped(struct strbuf *buf, const uint8_t *at, size_t size, enum surroundings where)
{
	uint8_t class = where == BARE || where == IN_SENTENCE ? PLAIN : PLAIN_QUOTED;
	bool is_first = true;
	size_t plain = 0; /* bytes before `at` that need no escape and are not added yet */

	for (; size; is_first = false) {
		uint32_t rune = 0;
		size_t length = count_plain(at, size, class);
		bool is_plain = length;

		if (!is_plain) {
			length = rune_decode(at, size, &rune);
			is_plain = length && is_harmless(rune, is_first, where);
		}
		if (is_plain) {
			plain += length;
		} else {
			strbuf_add(buf, at - plain, plain);
			plain = 0;
			/* One byte that is not UTF-8. The next byte may start a valid sequence. */
			length = length ? length : 1;
			add_escape(buf, at, length, where);
		}
		at += length;
		size -= length;
	}
	if (plain)
		strbuf_add(buf, at - plain, plain);
}

void strbuf_add_escaped(struct strbuf *buf, const void *bytes, size_t size)
{
	/* An empty string is text too, so it is not NULL. */
	strbuf_add(buf, "", 0);
	add_escaped(buf, bytes, size, BARE);
}

void strbuf_add_sentence(struct strbuf *buf, const char *sentence)
{
	add_escaped(buf, (const uint8_t *)sentence, strlen(sentence), IN_SENTENCE);
}

void strbuf_add_inside(struct strbuf *buf, const void *bytes, size_t size, char quote)
{
	add_escaped(buf, bytes, size, quote == '"' ? IN_DOUBLE_QUOTES : IN_SINGLE_QUOTES);
}

bool strbuf_has_separator(const void *bytes, size_t size, bool ascii)
{
	const uint8_t *at = bytes;

	while (size) {
		uint32_t rune = 0;
		size_t length = count_plain(at, size, ascii ? ORDINARY : PLAIN);

		if (!length) {
			length = rune_decode(at, size, &rune);
			if (length && (plain_bytes[at[0]] || rune_looks_like_separator(rune)))
				return true;
			length = length ? length : 1;
		}
		at += length;
		size -= length;
	}
	return false;
}

void strbuf_add_name(struct strbuf *buf, const void *bytes, size_t size)
{
	if (!strbuf_has_separator(bytes, size, true)) {
		strbuf_add_escaped(buf, bytes, size);
		return;
	}
	strbuf_add(buf, "\"", 1);
	strbuf_add_inside(buf, bytes, size, '"');
	strbuf_add(buf, "\"", 1);
}

void strbuf_add_quoted(struct strbuf *buf, const void *bytes, size_t size)
{
	char *at;

	if (count_plain(bytes, size, PLAIN_QUOTED) < size) {
		strbuf_add(buf, "\"", 1);
		add_escaped(buf, bytes, size, IN_JSON);
		strbuf_add(buf, "\"", 1);
		return;
	}
	at = strbuf_extend(buf, size + 2);
	if (!at)
		return;
	at[0] = '"';
	memcpy(at + 1, bytes, size);
	at[size + 1] = '"';
}

void strbuf_reset(struct strbuf *buf)
{
	buf->length = 0;
	buf->failed = false;
	if (buf->text)
		buf->text[0] = '\0';
}

void strbuf_free(struct strbuf *buf)
{
	if (!buf->fixed)
		free(buf->text);
	*buf = (struct strbuf){ 0 };
}
