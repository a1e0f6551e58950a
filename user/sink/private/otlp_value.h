/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of OpenTelemetry as JSON: {"key": "process.pid", "value": {"intValue": "812"}}. As the
 * protocol has it (opentelemetry-proto, docs/specification.md, JSON Protobuf Encoding): integers of
 * 64 bits are strings. KEY is a literal. Values are escaped as by json_put_text(). A fact that is
 * not known has no attribute, so NULL adds nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "json_writer.h"

void otlp_put_text(struct json_writer *json, const char *key, const char *text);
void otlp_put_bytes(struct json_writer *json, const char *key, const void *bytes, size_t size);
/* As json_put_sentence(); nothing for an empty one. */
void otlp_put_sentence(struct json_writer *json, const char *key, const char *sentence);
/* As json_put_escaped(). */
void otlp_put_escaped(struct json_writer *json, const char *key, const struct strbuf *text);
void otlp_put_int(struct json_writer *json, const char *key, int64_t value);
/* A number above INT64_MAX, for which the protocol has no type, becomes text. */
void otlp_put_uint(struct json_writer *json, const char *key, uint64_t value);
void otlp_put_bool(struct json_writer *json, const char *key, bool value);
/* RFC 3339 with nanoseconds; nothing for a zero time. */
void otlp_put_time(struct json_writer *json, const char *key, struct timespec time);
/* A list of texts: otlp_put_text() with the key NULL adds one. */
void otlp_begin_list(struct json_writer *json, const char *key);
void otlp_end_list(struct json_writer *json);
/* {"KEY": "1795269802117004518"}: nanoseconds since 1970, of a record. */
void otlp_put_unix_nano(struct json_writer *json, const char *key, struct timespec time);
