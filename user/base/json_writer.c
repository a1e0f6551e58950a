// SPDX-License-Identifier: GPL-2.0-or-later
/* Values, commas and quotes. Numbers and escapes are strbuf's. */
#include <string.h>

#include "cleanup.h"
#include "duration.h"
#include "json_writer.h"

/* What comes before a value: a comma, and the key. */
static void begin_value(struct json_writer *json, const char *key)
{
	size_t length = key ? strlen(key) : 0;
	char *at = strbuf_extend(json->buf, json->need_comma + (key ? length + 3 : 0));

	if (!at)
		return;
	if (json->need_comma)
		*at++ = ',';
	json->need_comma = true;
	if (!key)
		return;
	*at++ = '"';
	memcpy(at, key, length);
	memcpy(at + length, "\":", 2);
}

static void add_bracket(struct json_writer *json, char bracket)
{
	char *at = strbuf_extend(json->buf, 1);

	if (at)
		*at = bracket;
}

static void begin_list(struct json_writer *json, const char *key, char bracket)
{
	begin_value(json, key);
	add_bracket(json, bracket);
	json->need_comma = false;
}

static void end_list(struct json_writer *json, char bracket)
{
	add_bracket(json, bracket);
	json->need_comma = true;
}

void json_begin_object(struct json_writer *json, const char *key)
{
	begin_list(json, key, '{');
}

void json_end_object(struct json_writer *json)
{
	end_list(json, '}');
}

void json_begin_array(struct json_writer *json, const char *key)
{
	begin_list(json, key, '[');
}

void json_end_array(struct json_writer *json)
{
	end_list(json, ']');
}

void json_put_null(struct json_writer *json, const char *key)
{
	begin_value(json, key);
	strbuf_add(json->buf, "null", 4);
}

void json_put_bool(struct json_writer *json, const char *key, bool value)
{
	begin_value(json, key);
	strbuf_add_text(json->buf, value ? "true" : "false");
}

void json_put_uint(struct json_writer *json, const char *key, uint64_t value)
{
	begin_value(json, key);
	strbuf_add_uint(json->buf, value);
}

void json_put_int(struct json_writer *json, const char *key, int64_t value)
{
	begin_value(json, key);
	if (value < 0)
		strbuf_add(json->buf, "-", 1);
	strbuf_add_uint(json->buf, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_put_text(struct json_writer *json, const char *key, const char *text)
{
	if (text)
		json_put_bytes(json, key, text, strlen(text));
	else
		json_put_null(json, key);
}

void json_put_bytes(struct json_writer *json, const char *key, const void *bytes, size_t size)
{
	begin_value(json, key);
	strbuf_add_quoted(json->buf, bytes, size);
}

void json_put_escaped(struct json_writer *json, const char *key, const struct strbuf *text)
{
	size_t done = 0;

	begin_value(json, key);
	strbuf_add(json->buf, "\"", 1);
	while (done < text->length) {
		const char *rest = text->text + done;
		size_t plain = strcspn(rest, "\"\\\n"), left = text->length - done;

		if (plain > left)
			plain = left;
		strbuf_add(json->buf, rest, plain);
		done += plain;
		if (done == text->length)
			break;
		strbuf_add(json->buf, "\\", 1);
		strbuf_add(json->buf, rest[plain] == '\n' ? "n" : rest + plain, 1);
		done++;
	}
	strbuf_add(json->buf, "\"", 1);
}

void json_put_sentence(struct json_writer *json, const char *key, const char *sentence)
{
	cleanup(strbuf_free) struct strbuf text = { 0 };

	/* Hardly any has one. */
	if (!strchr(sentence, '\\')) {
		json_put_text(json, key, sentence);
		return;
	}
	strbuf_add_sentence(&text, sentence);
	json->buf->failed |= text.failed;
	json_put_escaped(json, key, &text);
}

void json_put_hex(struct json_writer *json, const char *key, uint64_t value)
{
	begin_value(json, key);
	strbuf_add(json->buf, "\"", 1);
	strbuf_add_hex(json->buf, value);
	strbuf_add(json->buf, "\"", 1);
}

void json_put_time(struct json_writer *json, const char *key, struct timespec time)
{
	char text[STRBUF_UTC_SIZE];
	size_t length = 0;

	if (time.tv_sec || time.tv_nsec)
		length = strbuf_format_utc(time, 9, text);
	if (length)
		json_put_bytes(json, key, text, length);
	else
		json_put_null(json, key);
}

void json_put_us(struct json_writer *json, const char *key, uint64_t ns)
{
	json_put_uint(json, key, duration_us(ns));
}
