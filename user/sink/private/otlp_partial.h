/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON in an answer of a collector, by json-c, which JSON has loaded. What it says is not
 * trusted. */
#pragma once

#include <stdint.h>

#include "strbuf.h"

struct otlp_library;

/*
 * {"partialSuccess": {"rejectedLogRecords": "3", "errorMessage": "..."}}: the number, and the
 * message, which is added to TEXT: escaped, and at most 200 bytes of it. Another TEXT: 0.
 */
void otlp_partial_read(const struct otlp_library *json, const char *reply, uint64_t *ret_rejected,
		       struct strbuf *text);
/* {"code": 3, "message": "..."}: adds the message in the same way. */
void otlp_partial_message(const struct otlp_library *json, const char *reply, struct strbuf *text);
