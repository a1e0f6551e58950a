// SPDX-License-Identifier: GPL-2.0-or-later
#include "otlp_value.h"

#include <string.h>

#include "units.h"

/* An attribute, or an item of a list (KEY is NULL), up to its value. */
static void begin(struct json_writer *json, const char *key)
{
	json_begin_object(json, NULL);
	if (!key)
		return;
	json_put_text(json, "key", key);
	json_begin_object(json, "value");
}

static void end(struct json_writer *json, const char *key)
{
	if (key)
		json_end_object(json);
	json_end_object(json);
}

void otlp_put_bytes(struct json_writer *json, const char *key, const void *bytes, size_t size)
{
	begin(json, key);
	json_put_bytes(json, "stringValue", bytes, size);
	end(json, key);
}

void otlp_put_text(struct json_writer *json, const char *key, const char *text)
{
	if (text)
		otlp_put_bytes(json, key, text, strlen(text));
}

void otlp_put_sentence(struct json_writer *json, const char *key, const char *sentence)
{
	if (!sentence[0])
		return;
	begin(json, key);
	json_put_sentence(json, "stringValue", sentence);
	end(json, key);
}

void otlp_put_escaped(struct json_writer *json, const char *key, const struct strbuf *text)
{
	begin(json, key);
	json_put_escaped(json, "stringValue", text);
	end(json, key);
}

/* Digits need no escaping. */
static void put_number(struct json_writer *json, const char *key, bool negative, uint64_t value)
{
	char text[24];
	struct strbuf digits = STRBUF_IN(text);

	strbuf_add_text(&digits, negative ? "-" : "");
	strbuf_add_uint(&digits, value);
	json_put_bytes(json, key, digits.text, digits.length);
}

void otlp_put_int(struct json_writer *json, const char *key, int64_t value)
{
	begin(json, key);
	put_number(json, "intValue", value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value);
	end(json, key);
}

void otlp_put_uint(struct json_writer *json, const char *key, uint64_t value)
{
	begin(json, key);
	put_number(json, value <= INT64_MAX ? "intValue" : "stringValue", false, value);
	end(json, key);
}

void otlp_put_bool(struct json_writer *json, const char *key, bool value)
{
	begin(json, key);
	json_put_bool(json, "boolValue", value);
	end(json, key);
}

void otlp_put_time(struct json_writer *json, const char *key, struct timespec time)
{
	char text[STRBUF_UTC_SIZE];

	if ((time.tv_sec || time.tv_nsec) && strbuf_format_utc(time, 9, text))
		otlp_put_text(json, key, text);
}

void otlp_begin_list(struct json_writer *json, const char *key)
{
	begin(json, key);
	json_begin_object(json, "arrayValue");
	json_begin_array(json, "values");
}

void otlp_end_list(struct json_writer *json)
{
	json_end_array(json);
	json_end_object(json);
	json_end_object(json);
	json_end_object(json);
}

void otlp_put_unix_nano(struct json_writer *json, const char *key, struct timespec time)
{
	bool is_known = time.tv_sec > 0 && time.tv_nsec >= 0 &&
			(uint64_t)time.tv_sec < UINT64_MAX / NSEC_PER_SEC;

	/* A capture file may contain any time; 0 means unknown in the protocol. */
	put_number(json, key, false,
		   is_known ? (uint64_t)time.tv_sec * NSEC_PER_SEC + (uint64_t)time.tv_nsec : 0);
}
