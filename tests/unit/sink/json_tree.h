/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses JSON lines and checks their values. The schema checks which keys there are and their types
 * (SIGPATH_TEST_JSON_DIR and tests/validate_json.py).
 */
#pragma once

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "samples.h"

static const struct sample_lines json = { .format = FORMAT_JSON };

/* Renders SAMPLE as one complete line and parses it. The caller releases the tree. */
static inline struct json_object *render(const struct sample *sample)
{
	char *line = sample_render(&json, sample);
	struct json_object *tree;

	assert_string_equal(strchr(line, '\n'), "\n");
	tree = json_tokener_parse(line);
	assert_non_null(tree);
	free(line);
	return tree;
}

/* The value at a path such as "/process/pid", as JSON; "null" for one that is null. */
static inline void expect(struct json_object *tree, const char *path, const char *expected)
{
	struct json_object *value = NULL;

	if (json_pointer_get(tree, path, &value))
		fail_msg("no %s", path);
	if (strcmp(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
								 JSON_C_TO_STRING_NOSLASHESCAPE),
		   expected))
		fail_msg("%s is %s, not %s", path, json_object_to_json_string(value), expected);
}

/* The code of the reason why FIELD is missing; NULL: it is not. */
static inline void expect_missing(struct json_object *tree, const char *field, const char *code)
{
	struct json_object *list = json_object_object_get(tree, "missing");
	const char *found = NULL;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (!strcmp(json_object_get_string(json_object_object_get(entry, "field")), field))
			found = json_object_get_string(json_object_object_get(entry, "code"));
	}
	if ((found == NULL) != (code == NULL) || (code && strcmp(found, code)))
		fail_msg("%s is missing for %s, not for %s", field, found ? found : "no reason",
			 code ? code : "none");
}
