/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building a JSON tree without a check after each call: a failed allocation is remembered in
 * build->failed, and what cannot be added is freed. KEY is NULL where the parent is an array; it is
 * not copied, so it must live until build_end(), and not be in the parent yet.
 */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "strbuf.h"

struct build {
	struct json_object *root;
	struct json_object *missing; /* reasons by dotted path; NULL in lines without them */
	struct strbuf scratch;
	bool failed;
};

/* A line starts as {"schema": ..., "kind": KIND}. */
void build_begin(struct build *build, const char *kind);
/* The line has reasons: build_end adds them as its last key. */
void build_begin_missing(struct build *build);
/* Appends the line to BUF, or sets buf->failed; frees the tree. */
void build_end(struct build *build, struct strbuf *buf);

struct json_object *build_object(struct build *build, struct json_object *parent, const char *key);
struct json_object *build_array(struct build *build, struct json_object *parent, const char *key);
void build_null(struct build *build, struct json_object *parent, const char *key);
/* Null, with the reason why it is. A reason that is there already stays. */
void build_unknown(struct build *build, struct json_object *parent, const char *key,
		   const char *path, const char *reason);
void build_reason(struct build *build, const char *path, const char *reason);
void build_bool(struct build *build, struct json_object *parent, const char *key, bool value);
void build_uint(struct build *build, struct json_object *parent, const char *key, uint64_t value);
void build_int(struct build *build, struct json_object *parent, const char *key, int64_t value);
/* Escaped; NULL becomes null. */
void build_text(struct build *build, struct json_object *parent, const char *key, const char *text);
void build_bytes(struct build *build, struct json_object *parent, const char *key,
		 const void *bytes, size_t size);
/* "0x7f393f38138f" */
void build_hex(struct build *build, struct json_object *parent, const char *key, uint64_t value);
/* RFC 3339 in UTC with nanoseconds; null for a time of zero. */
void build_time(struct build *build, struct json_object *parent, const char *key,
		struct timespec time);
/* Milliseconds with up to three decimals. */
void build_ms(struct build *build, struct json_object *parent, const char *key, uint64_t ns);
