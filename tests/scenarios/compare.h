/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether an incident has all that a fact asks for. A fact is a subset of an incident; in the
 * place of a value it may hold a matcher:
 *   {"$any":true}                      there and not null
 *   {"$range":[lo,hi]}                 a number
 *   {"$near":"RFC 3339","within_ms":n} a time
 *   {"$contains":[...]}                a list that has these among its elements
 *   {"$suffix":"text"}                 a string that ends so
 *   {"$list":[...]}                    a list of these elements in this order and no others, but
 *                                      for the text "..." any number of any
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct json_object;

struct difference {
	size_t matched; /* values that were as expected: how near it is */
	char path[256]; /* of the first that was not */
};

bool json_matches(struct json_object *expected, struct json_object *actual,
		  struct difference *ret_difference);
