/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts in a JSON file of a container runtime. Hostile input: fixed depth and sizes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define JSON_KEYS_MAX 4 /* levels whose keys are kept */
#define JSON_TEXT_MAX 256

/* Where a text is: `depth` objects and lists around it. */
struct json_place {
	size_t depth;
	/* From the outside; empty: an element of a list. A key that does not fit is "\xff". */
	char keys[JSON_KEYS_MAX][64];
	size_t first_index; /* of the element, if the outermost is a list */
};

/* TEXT: decoded, at most JSON_TEXT_MAX - 1 bytes; NULL: longer, or with a NUL in it. */
typedef void json_string_fn(void *context, const struct json_place *place, const char *text);

/*
 * Calls TAKE for each text that is a value, in the order of the file. 0; -EBADMSG: it is no JSON,
 * so what TAKE got is worth nothing; -E2BIG: it is nested too deep. BYTES needs no NUL at its end.
 */
int json_strings(const char *bytes, size_t size, json_string_fn *take, void *context);
/* PLACE is that of the keys, and of nothing below or above. NULL ends them. */
bool json_is_at(const struct json_place *place, const char *const *keys);
