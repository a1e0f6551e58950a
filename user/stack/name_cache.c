// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cache of names. A program fails at few places again and again, so a small table saves nearly all
 * of the work. Each address has one slot, and a newer entry replaces an older one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image_names.h"

#define SLOTS 512

/* One block of memory: the struct, its levels, then their strings. */
struct entry {
	uint64_t address;
	size_t bytes;
	struct image_names names;
};

struct name_cache {
	size_t bytes;
	struct entry *slots[SLOTS];
};

int name_cache_new(struct name_cache **ret_cache)
{
	struct name_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	cache->bytes = sizeof(*cache);
	*ret_cache = cache;
	return 0;
}

void name_cache_free(struct name_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		free(cache->slots[i]);
	free(cache);
}

size_t name_cache_bytes(const struct name_cache *cache)
{
	return cache->bytes;
}

static size_t slot_of(uint64_t address)
{
	return (address * UINT64_C(0x9e3779b97f4a7c15)) >> 55;
}

const struct image_names *name_cache_find(const struct name_cache *cache, uint64_t address)
{
	const struct entry *entry = cache->slots[slot_of(address)];

	return entry && entry->address == address ? &entry->names : NULL;
}

static size_t text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *copy_text(const char *text, char **at)
{
	const char *copy = *at;

	if (!text)
		return NULL;
	*at = stpcpy(*at, text) + 1;
	return copy;
}

const struct image_names *name_cache_add(struct name_cache *cache, uint64_t address,
					 const struct image_names *names)
{
	struct entry **slot = &cache->slots[slot_of(address)];
	/* Most have one level: the array is cut behind the last. */
	size_t fixed =
		offsetof(struct entry, names.levels) + names->count * sizeof(names->levels[0]);
	size_t bytes = fixed;
	struct entry *entry;
	char *at;

	for (size_t i = 0; i < names->count; i++)
		bytes += text_bytes(names->levels[i].symbol) + text_bytes(names->levels[i].file);
	entry = malloc(bytes);
	if (!entry)
		return NULL;
	entry->address = address;
	entry->bytes = bytes;
	entry->names.count = names->count;
	at = (char *)entry + fixed;
	for (size_t i = 0; i < names->count; i++) {
		struct image_level *level = &entry->names.levels[i];

		*level = names->levels[i];
		level->symbol = copy_text(level->symbol, &at);
		level->file = copy_text(level->file, &at);
	}
	if (*slot)
		cache->bytes -= (*slot)->bytes;
	free(*slot);
	*slot = entry;
	cache->bytes += bytes;
	return &entry->names;
}
