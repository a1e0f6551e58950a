// SPDX-License-Identifier: GPL-2.0-or-later
#include "otlp_partial.h"

#include <dlfcn.h>
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#define LIBRARY "libjson-c.so.5"
#define MESSAGE_MOST 200

#define FUNCTIONS(F)            \
	F(tokener_parse)        \
	F(object_object_get_ex) \
	F(object_get_int64)     \
	F(object_get_string)    \
	F(object_is_type)       \
	F(object_put)

static struct {
#define DECLARE(name) __typeof__(json_##name) *do_##name;
	FUNCTIONS(DECLARE)
#undef DECLARE
} json;

int otlp_partial_load(void)
{
	void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return -ENOSYS;
#define FIND(name)                                                                 \
	json.do_##name = (__typeof__(json.do_##name))dlsym(handle, "json_" #name); \
	if (!json.do_##name)                                                       \
		return -ENOSYS;
	FUNCTIONS(FIND)
#undef FIND
	return 0;
}

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *found = NULL;

	if (object && json.do_object_is_type(object, json_type_object))
		json.do_object_object_get_ex(object, key, &found);
	return found;
}

static void add_message(struct json_object *message, struct strbuf *text)
{
	const char *words;

	if (!message || !json.do_object_is_type(message, json_type_string))
		return;
	words = json.do_object_get_string(message);
	if (!words[0])
		return;
	strbuf_add_text(text, ": ");
	strbuf_add_escaped(text, words, strnlen(words, MESSAGE_MOST / 4));
}

void otlp_partial_read(const char *reply, uint64_t *ret_rejected, struct strbuf *text)
{
	struct json_object *whole = json.do_tokener_parse(reply);
	struct json_object *partial = member(whole, "partialSuccess");
	struct json_object *rejected = member(partial, "rejectedLogRecords");
	int64_t count = rejected ? json.do_object_get_int64(rejected) : 0;

	*ret_rejected = count > 0 ? (uint64_t)count : 0;
	add_message(member(partial, "errorMessage"), text);
	json.do_object_put(whole);
}

void otlp_partial_message(const char *reply, struct strbuf *text)
{
	struct json_object *whole = json.do_tokener_parse(reply);

	add_message(member(whole, "message"), text);
	json.do_object_put(whole);
}
