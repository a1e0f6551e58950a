// SPDX-License-Identifier: GPL-2.0-or-later
#include "tallies.h"

#include <errno.h>
#include <stdlib.h>

#define SIZE_MIN 64

int tallies_init(struct tallies *tallies, size_t groups)
{
	size_t size = SIZE_MIN;

	while (size < 2 * groups)
		size *= 2;
	*tallies = (struct tallies){ .places = calloc(size, sizeof(struct tally)), .size = size };
	return tallies->places ? 0 : -ENOMEM;
}

void tallies_free(struct tallies *tallies)
{
	free(tallies->places);
	*tallies = (struct tallies){ 0 };
}

/* The place of GROUP, or the free place where it belongs. */
static struct tally *place_of(const struct tallies *tallies, uint64_t group)
{
	size_t at = (group * UINT64_C(0x9e3779b97f4a7c15)) >> 32;

	for (;; at++) {
		struct tally *place = &tallies->places[at & (tallies->size - 1)];

		if (!place->group || place->group == group)
			return place;
	}
}

struct tally *tallies_add(struct tallies *tallies, uint64_t group)
{
	struct tally *place = place_of(tallies, group);

	if (place->group)
		return NULL;
	if (tallies->count >= tallies->size / 4 * 3) {
		tallies->is_full = true;
		return NULL;
	}
	tallies->count++;
	place->group = group;
	return place;
}

struct tally *tallies_find(const struct tallies *tallies, uint64_t group)
{
	struct tally *place = tallies->size ? place_of(tallies, group) : NULL;

	return place && place->group ? place : NULL;
}

struct tally *tallies_next(const struct tallies *tallies, const struct tally *tally)
{
	size_t at = tally ? tally - tallies->places + 1 : 0;

	while (at < tallies->size && !tallies->places[at].group)
		at++;
	return at < tallies->size ? &tallies->places[at] : NULL;
}
