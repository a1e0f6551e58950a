/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which known word did the user mean? */
#pragma once

#include <stddef.h>

/* The words that are compared with TYPED, which the caller keeps. It begins zeroed. */
struct nearest {
	const char *word; /* the nearest one so far; NULL: none is near enough */
	size_t distance;
};

/*
 * Compares WORD, which the caller keeps, with TYPED. It is near enough if at most a third of its
 * letters must be typed in another way: a letter that is wrong, missing, too many, or has changed
 * places with the next one. The case of letters does not count. The first of the nearest words wins.
 */
void nearest_add(struct nearest *nearest, const char *typed, const char *word);
