// SPDX-License-Identifier: GPL-2.0-or-later
/* A table by hash, without chains. */
#include "groups.h"

#include <errno.h>
#include <stdlib.h>

/* Twice as many places as the kernel's map (bpf/core/maps.bpf.h). */
#define GROUPS_BITS 14
#define GROUPS_COUNT (1u << GROUPS_BITS)

struct groups {
	struct group places[GROUPS_COUNT];
};

int groups_new(struct groups **ret_groups)
{
	struct groups *groups = calloc(1, sizeof(*groups));

	if (!groups)
		return -ENOMEM;
	*ret_groups = groups;
	return 0;
}

void groups_free(struct groups *groups)
{
	free(groups);
}

/* The top bits of a product with 2^64 divided by the golden ratio. */
static size_t place_of(uint64_t key)
{
	return (key * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - GROUPS_BITS);
}

void groups_note(struct groups *groups, const struct group *group)
{
	if (group->key)
		groups->places[place_of(group->key)] = *group;
}

void groups_explain(struct groups *groups, const struct group *group)
{
	struct group *place = &groups->places[place_of(group->key)];

	if (group->key && place->key == group->key && place->number == group->number)
		*place = *group;
}

const struct group *groups_find(const struct groups *groups, uint64_t key)
{
	const struct group *group = &groups->places[place_of(key)];

	return key && group->key == key ? group : NULL;
}
