// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a name in each of the outputs: nothing acts on a terminal, and the bytes come back. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json_writer.h"
#include "rune.h"
#include "strbuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		__builtin_trap();
}

static void check_visible(const struct strbuf *buf)
{
	const uint8_t *at = (const uint8_t *)buf->text;
	size_t left = buf->length, length;
	uint32_t rune;

	for (; left; at += length, left -= length) {
		length = rune_decode(at, left, &rune);
		check(length && !rune_is_invisible(rune));
	}
}

static unsigned int hex(char digit)
{
	return digit <= '9' ? (unsigned int)digit - '0' : (unsigned int)digit - 'a' + 10;
}

/* Reads *AT, which is one character behind a backslash. */
static uint8_t unescape_one(const char **at)
{
	switch (*(*at)++) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '\\':
		return '\\';
	case 'x':
		*at += 2;
		return (uint8_t)(hex((*at)[-2]) << 4 | hex((*at)[-1]));
	}
	check(false);
	return 0;
}

/* TEXT is what strbuf_add_escaped() made of DATA. */
static void check_reversible(const char *text, const uint8_t *data, size_t size)
{
	const char *at = text;

	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)*at++;

		check((byte == '\\' ? unescape_one(&at) : byte) == data[i]);
	}
	check(!*at);
}

/* TEXT is in double quotes: it ends with the first one that has no backslash before it. */
static void check_quotes(const char *text, size_t length)
{
	size_t i;

	check(length >= 2 && text[0] == '"');
	for (i = 1; i < length && text[i] != '"'; i++)
		i += text[i] == '\\';
	check(i == length - 1);
}

static void check_json(const uint8_t *data, size_t size, struct strbuf *buf)
{
	struct json_writer json = { .buf = buf };

	strbuf_reset(buf);
	json_put_bytes(&json, NULL, data, size);
	check_visible(buf);
	check_quotes(buf->text, buf->length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf buf = { 0 };

	if (!size)
		return 0;
	strbuf_add_escaped(&buf, data, size);
	check_visible(&buf);
	check_reversible(buf.text, data, size);

	strbuf_reset(&buf);
	strbuf_add_quoted(&buf, data, size);
	check_visible(&buf);
	check_quotes(buf.text, buf.length);

	strbuf_reset(&buf);
	strbuf_add_name(&buf, data, size);
	check_visible(&buf);
	if (strbuf_has_separator(buf.text, buf.length, true))
		check_quotes(buf.text, buf.length);

	check_json(data, size, &buf);
	strbuf_free(&buf);
	return 0;
}
