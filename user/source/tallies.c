// SPDX-License-Identifier: GPL-2.0-or-later
#include "tallies.h"

#include <errno.h>
#include <stdlib.h>

#define SIZE_MIN 64

int tallies_init(struct tallies *tallies, size_t kinds)
{
	size_t size = SIZE_MIN;

	while (size < 2 * kinds)
		size *= 2;
	*tallies = (struct tallies){ .places = calloc(size, sizeof(struct tally)), .size = size };
	return tallies->places ? 0 : -ENOMEM;
}

void tallies_free(struct tallies *tallies)
{
	free(tallies->places);
	*tallies = (struct tallies){ 0 };
}

/* Where KIND is, or the free place where it belongs. */
static struct tally *place_of(const struct tallies *tallies, uint64_t kind)
{
	size_t at = (kind * UINT64_C(0x9e3779b97f4a7c15)) >> 32;

	for (;; at++) {
		struct tally *place = &tallies->places[at & (tallies->size - 1)];

		if (!place->kind || place->kind == kind)
			return place;
	}
}

struct tally *tallies_add(struct tallies *tallies, uint64_t kind)
{
	struct tally *place = place_of(tallies, kind);

	if (place->kind)
		return NULL;
	if (tallies->count >= tallies->size / 4 * 3) {
		tallies->is_full = true;
		return NULL;
	}
	tallies->count++;
	place->kind = kind;
	return place;
}

struct tally *tallies_find(const struct tallies *tallies, uint64_t kind)
{
	struct tally *place = tallies->size ? place_of(tallies, kind) : NULL;

	return place && place->kind ? place : NULL;
}

struct tally *tallies_next(const struct tallies *tallies, const struct tally *tally)
{
	size_t at = tally ? tally - tallies->places + 1 : 0;

	while (at < tallies->size && !tallies->places[at].kind)
		at++;
	return at < tallies->size ? &tallies->places[at] : NULL;
}
