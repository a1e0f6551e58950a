/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does an incident contain everything that a fact asks for? A fact is a subset of an incident. In
 * place of a value it may hold a matcher:
 *   {"$any":true}                      present and not null
 *   {"$range":[lo,hi]}                 a number
 *   {"$near":"RFC 3339","within_ms":n} a time
 *   {"$contains":[...]}                a list that contains at least these elements
 *   {"$suffix":"text"}                 a string with this ending
 *   {"$in":[...]}                      one of these
 *   {"$list":[...]}                    a list of exactly these elements in this order; the text
 *                                      "..." stands for any number of any elements, and
 *                                      {"$optional":element} for one element or none
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct json_object;

struct difference {
	size_t matched; /* how many values matched */
	char path[256]; /* of the first value that did not match */
};

bool json_matches(struct json_object *expected, struct json_object *actual,
		  struct difference *ret_difference);
