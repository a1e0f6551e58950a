// SPDX-License-Identifier: GPL-2.0-or-later
#include "otlp_partial.h"

#include <string.h>

#include "otlp_library.h"

#define MESSAGE_MOST 200

static struct json_object *member(const struct otlp_library *json, struct json_object *object,
				  const char *key)
{
	struct json_object *found = NULL;

	if (object && json->json_object_is_type(object, json_type_object))
		json->json_object_object_get_ex(object, key, &found);
	return found;
}

static void add_message(const struct otlp_library *json, struct json_object *message,
			struct strbuf *text)
{
	const char *words;

	if (!message || !json->json_object_is_type(message, json_type_string))
		return;
	words = json->json_object_get_string(message);
	if (!words[0])
		return;
	strbuf_add_text(text, ": ");
	strbuf_add_escaped(text, words, strnlen(words, MESSAGE_MOST / 4));
}

void otlp_partial_read(const struct otlp_library *json, const char *reply, uint64_t *ret_rejected,
		       struct strbuf *text)
{
	struct json_object *whole = json->json_tokener_parse(reply);
	struct json_object *partial = member(json, whole, "partialSuccess");
	struct json_object *rejected = member(json, partial, "rejectedLogRecords");
	int64_t count = rejected ? json->json_object_get_int64(rejected) : 0;

	*ret_rejected = count > 0 ? (uint64_t)count : 0;
	add_message(json, member(json, partial, "errorMessage"), text);
	json->json_object_put(whole);
}

void otlp_partial_message(const struct otlp_library *json, const char *reply, struct strbuf *text)
{
	struct json_object *whole = json->json_tokener_parse(reply);

	add_message(json, member(json, whole, "message"), text);
	json->json_object_put(whole);
}
