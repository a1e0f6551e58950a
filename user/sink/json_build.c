// SPDX-License-Identifier: GPL-2.0-or-later
/* How one value becomes JSON; the only file that talks to json-c. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json_build.h"

#define SCHEMA "sigpath/1"

/* Takes VALUE; NULL stands for null only if IS_NULL. */
static void add(struct build *build, struct json_object *parent, const char *key,
		struct json_object *value, bool is_null)
{
	int error;

	if (!parent || (!value && !is_null)) {
		build->failed = true;
		json_object_put(value);
		return;
	}
	if (key)
		error = json_object_object_add_ex(parent, key, value,
						  JSON_C_OBJECT_ADD_KEY_IS_NEW |
							  JSON_C_OBJECT_KEY_IS_CONSTANT);
	else
		error = json_object_array_add(parent, value);
	if (error) {
		build->failed = true;
		json_object_put(value);
	}
}

void build_begin(struct build *build, const char *kind)
{
	*build = (struct build){ .root = json_object_new_object() };
	build_text(build, build->root, "schema", SCHEMA);
	build_text(build, build->root, "kind", kind);
}

void build_begin_missing(struct build *build)
{
	build->missing = json_object_new_object();
	if (!build->missing)
		build->failed = true;
}

void build_end(struct build *build, struct strbuf *buf)
{
	const char *text = NULL;
	size_t length = 0;

	if (build->missing)
		add(build, build->root, "missing", build->missing, false);
	if (!build->failed && !build->scratch.failed)
		text = json_object_to_json_string_length(
			build->root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
			&length);
	if (text) {
		strbuf_add(buf, text, length);
		strbuf_add_text(buf, "\n");
	} else {
		buf->failed = true;
	}
	json_object_put(build->root);
	strbuf_free(&build->scratch);
	*build = (struct build){ 0 };
}

struct json_object *build_object(struct build *build, struct json_object *parent, const char *key)
{
	struct json_object *value = json_object_new_object();

	add(build, parent, key, value, false);
	return build->failed ? NULL : value;
}

struct json_object *build_array(struct build *build, struct json_object *parent, const char *key)
{
	struct json_object *value = json_object_new_array();

	add(build, parent, key, value, false);
	return build->failed ? NULL : value;
}

void build_null(struct build *build, struct json_object *parent, const char *key)
{
	add(build, parent, key, NULL, true);
}

void build_reason(struct build *build, const char *path, const char *reason)
{
	if (build->missing && !json_object_object_get_ex(build->missing, path, NULL))
		build_text(build, build->missing, path, reason);
}

void build_unknown(struct build *build, struct json_object *parent, const char *key,
		   const char *path, const char *reason)
{
	build_null(build, parent, key);
	build_reason(build, path, reason);
}

void build_bool(struct build *build, struct json_object *parent, const char *key, bool value)
{
	add(build, parent, key, json_object_new_boolean(value), false);
}

void build_uint(struct build *build, struct json_object *parent, const char *key, uint64_t value)
{
	add(build, parent, key, json_object_new_uint64(value), false);
}

void build_int(struct build *build, struct json_object *parent, const char *key, int64_t value)
{
	add(build, parent, key, json_object_new_int64(value), false);
}

void build_text(struct build *build, struct json_object *parent, const char *key, const char *text)
{
	if (text)
		build_bytes(build, parent, key, text, strlen(text));
	else
		build_null(build, parent, key);
}

void build_bytes(struct build *build, struct json_object *parent, const char *key,
		 const void *bytes, size_t size)
{
	struct strbuf *scratch = &build->scratch;

	/* A failed buffer stays failed: build_end looks. */
	if (scratch->failed)
		return;
	strbuf_reset(scratch);
	strbuf_add_escaped(scratch, bytes, size);
	if (scratch->failed)
		return;
	add(build, parent, key, json_object_new_string_len(scratch->text, (int)scratch->length),
	    false);
}

void build_hex(struct build *build, struct json_object *parent, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	build_text(build, parent, key, text);
}

void build_time(struct build *build, struct json_object *parent, const char *key,
		struct timespec time)
{
	struct tm parts;
	char text[64];
	size_t length;

	if ((!time.tv_sec && !time.tv_nsec) || !gmtime_r(&time.tv_sec, &parts)) {
		build_null(build, parent, key);
		return;
	}
	length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text + length, sizeof(text) - length, ".%09ldZ", time.tv_nsec);
	build_text(build, parent, key, text);
}

void build_ms(struct build *build, struct json_object *parent, const char *key, uint64_t ns)
{
	uint64_t us = ns / 1000;
	char text[32];
	size_t length;

	/* By hand: a double has not the digits for it, and %f asks the locale. */
	length = (size_t)snprintf(text, sizeof(text), "%" PRIu64 ".%03u", us / 1000,
				  (unsigned int)(us % 1000));
	while (text[length - 1] == '0' && text[length - 2] != '.')
		text[--length] = '\0';
	add(build, parent, key, json_object_new_double_s((double)us / 1000, text), false);
}
