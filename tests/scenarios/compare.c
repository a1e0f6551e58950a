// SPDX-License-Identifier: GPL-2.0-or-later
/* Is one JSON value a subset of another, and where does it first differ? */
#include "compare.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct walk {
	struct difference *difference;
	bool differs;
	char path[256];
};

static bool walk_value(struct walk *walk, struct json_object *expected, struct json_object *actual);

static bool time_parse(const char *text, int64_t *ret_ns)
{
	struct tm utc = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
	char fraction[10] = "000000000";
	int digits = 0;

	if (!rest)
		return false;
	if (*rest == '.') {
		digits = strspn(rest + 1, "0123456789");
		if (digits < 1 || digits > 9)
			return false;
		memcpy(fraction, rest + 1, digits);
		rest += digits + 1;
	}
	if (strcmp(rest, "Z") != 0)
		return false;
	*ret_ns = (int64_t)timegm(&utc) * 1000000000 + strtol(fraction, NULL, 10);
	return true;
}

static bool is_near(struct json_object *expected, struct json_object *matcher,
		    struct json_object *actual)
{
	int64_t wanted, got, within_ms;
	struct json_object *within = json_object_object_get(matcher, "within_ms");

	if (!json_object_is_type(actual, json_type_string) ||
	    !time_parse(json_object_get_string(expected), &wanted) ||
	    !time_parse(json_object_get_string(actual), &got))
		return false;
	within_ms = json_object_get_int64(within);
	return llabs(wanted - got) <= within_ms * 1000000;
}

static bool is_number(struct json_object *value)
{
	return json_object_is_type(value, json_type_int) ||
	       json_object_is_type(value, json_type_double);
}

static bool in_range(struct json_object *range, struct json_object *actual)
{
	double value = json_object_get_double(actual);

	return is_number(actual) &&
	       value >= json_object_get_double(json_object_array_get_idx(range, 0)) &&
	       value <= json_object_get_double(json_object_array_get_idx(range, 1));
}

/* Each element of a list, or a part of a text. */
static bool contains(struct json_object *wanted, struct json_object *actual)
{
	if (json_object_is_type(wanted, json_type_string))
		return json_object_is_type(actual, json_type_string) &&
		       strstr(json_object_get_string(actual), json_object_get_string(wanted));
	if (!json_object_is_type(actual, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(wanted); i++) {
		bool found = false;

		for (size_t j = 0; j < json_object_array_length(actual) && !found; j++) {
			struct difference ignored;

			found = json_matches(json_object_array_get_idx(wanted, i),
					     json_object_array_get_idx(actual, j), &ignored);
		}
		if (!found)
			return false;
	}
	return true;
}

static bool ends_with(struct json_object *suffix, struct json_object *actual)
{
	size_t wanted = json_object_get_string_len(suffix), length;

	if (!json_object_is_type(actual, json_type_string))
		return false;
	length = json_object_get_string_len(actual);
	return length >= wanted && memcmp(json_object_get_string(actual) + length - wanted,
					  json_object_get_string(suffix), wanted) == 0;
}

static bool is_one_of(struct json_object *wanted, struct json_object *actual)
{
	struct difference ignored;

	for (size_t i = 0; i < json_object_array_length(wanted); i++)
		if (json_matches(json_object_array_get_idx(wanted, i), actual, &ignored))
			return true;
	return false;
}

static bool list_matches(struct json_object *wanted, size_t at, struct json_object *actual,
			 size_t from)
{
	size_t count = json_object_array_length(actual);
	struct json_object *element = json_object_array_get_idx(wanted, at), *optional;
	struct difference ignored;

	if (at == json_object_array_length(wanted))
		return from == count;
	if (json_object_is_type(element, json_type_string) &&
	    strcmp(json_object_get_string(element), "...") == 0) {
		for (; from <= count; from++) {
			if (list_matches(wanted, at + 1, actual, from))
				return true;
		}
		return false;
	}
	if (json_object_is_type(element, json_type_object) &&
	    json_object_object_get_ex(element, "$optional", &optional)) {
		if (list_matches(wanted, at + 1, actual, from))
			return true;
		element = optional;
	}
	return from < count &&
	       json_matches(element, json_object_array_get_idx(actual, from), &ignored) &&
	       list_matches(wanted, at + 1, actual, from + 1);
}

/* Whether EXPECTED is a matcher; if so RET_MATCHES is its verdict. */
static bool apply_matcher(struct json_object *expected, struct json_object *actual,
			  bool *ret_matches)
{
	struct json_object *value;

	if (json_object_object_get_ex(expected, "$any", NULL))
		*ret_matches = actual != NULL;
	else if (json_object_object_get_ex(expected, "$range", &value))
		*ret_matches = in_range(value, actual);
	else if (json_object_object_get_ex(expected, "$near", &value))
		*ret_matches = is_near(value, expected, actual);
	else if (json_object_object_get_ex(expected, "$contains", &value))
		*ret_matches = contains(value, actual);
	else if (json_object_object_get_ex(expected, "$in", &value))
		*ret_matches = is_one_of(value, actual);
	else if (json_object_object_get_ex(expected, "$suffix", &value))
		*ret_matches = ends_with(value, actual);
	else if (json_object_object_get_ex(expected, "$list", &value))
		*ret_matches = json_object_is_type(actual, json_type_array) &&
			       list_matches(value, 0, actual, 0);
	else
		return false;
	return true;
}

static bool note(struct walk *walk, bool matches)
{
	if (matches)
		walk->difference->matched++;
	else if (!walk->differs)
		memcpy(walk->difference->path, walk->path, sizeof(walk->path));
	walk->differs = walk->differs || !matches;
	return matches;
}

static bool walk_members(struct walk *walk, struct json_object *expected,
			 struct json_object *actual)
{
	size_t length = strlen(walk->path);
	bool matches = true;

	json_object_object_foreach (expected, key, value) {
		struct json_object *other = NULL;

		snprintf(walk->path + length, sizeof(walk->path) - length, "%s%s",
			 length ? "." : "", key);
		/* An expected null must be present as null. An absent key does not match. */
		if (!json_object_object_get_ex(actual, key, &other))
			matches = note(walk, false);
		else
			matches = walk_value(walk, value, other) && matches;
		walk->path[length] = '\0';
	}
	return matches;
}

static bool walk_elements(struct walk *walk, struct json_object *expected,
			  struct json_object *actual)
{
	size_t length = strlen(walk->path), count = json_object_array_length(expected);
	bool matches = true;

	if (json_object_array_length(actual) != count)
		return note(walk, false);
	for (size_t i = 0; i < count; i++) {
		snprintf(walk->path + length, sizeof(walk->path) - length, "[%zu]", i);
		matches = walk_value(walk, json_object_array_get_idx(expected, i),
				     json_object_array_get_idx(actual, i)) &&
			  matches;
		walk->path[length] = '\0';
	}
	return count ? matches : note(walk, true);
}

static bool walk_value(struct walk *walk, struct json_object *expected, struct json_object *actual)
{
	bool matches;

	if (json_object_is_type(expected, json_type_object) &&
	    apply_matcher(expected, actual, &matches))
		return note(walk, matches);
	if (json_object_get_type(expected) != json_object_get_type(actual))
		return note(walk, false);
	if (json_object_is_type(expected, json_type_object))
		return walk_members(walk, expected, actual);
	if (json_object_is_type(expected, json_type_array))
		return walk_elements(walk, expected, actual);
	return note(walk, json_object_equal(expected, actual));
}

bool json_matches(struct json_object *expected, struct json_object *actual,
		  struct difference *ret_difference)
{
	struct walk walk = { .difference = ret_difference };

	memset(ret_difference, 0, sizeof(*ret_difference));
	return walk_value(&walk, expected, actual);
}
