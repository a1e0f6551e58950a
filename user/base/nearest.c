// SPDX-License-Identifier: GPL-2.0-or-later
#include "nearest.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* No option and no word of an argument is longer. */
#define LENGTH_MAX 32

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

static bool is_same(char one, char other)
{
	return !strncasecmp(&one, &other, 1);
}

/*
 * The distance of Damerau and Levenshtein, where nothing between two letters that have changed
 * places is changed again. Row I of the table has the distances of the first I letters.
 */
static size_t distance_of(const char *one, size_t one_length, const char *other,
			  size_t other_length)
{
	size_t rows[3][LENGTH_MAX + 1];

	for (size_t j = 0; j <= other_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= one_length; i++) {
		size_t *row = rows[i % 3];
		const size_t *last = rows[(i - 1) % 3], *last_but_one = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= other_length; j++) {
			row[j] = least(least(last[j], row[j - 1]) + 1,
				       last[j - 1] + !is_same(one[i - 1], other[j - 1]));
			if (i > 1 && j > 1 && is_same(one[i - 1], other[j - 2]) &&
			    is_same(one[i - 2], other[j - 1]))
				row[j] = least(row[j], last_but_one[j - 2] + 1);
		}
	}
	return rows[one_length % 3][other_length];
}

void nearest_add(struct nearest *nearest, const char *typed, const char *word)
{
	size_t typed_length = strlen(typed), length = strlen(word), distance;

	if (typed_length > LENGTH_MAX || length > LENGTH_MAX)
		return;
	distance = distance_of(typed, typed_length, word, length);
	if (distance * 3 > length || (nearest->word && nearest->distance <= distance))
		return;
	nearest->word = word;
	nearest->distance = distance;
}
