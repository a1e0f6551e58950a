/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an address is called, and a cache of the answers for one file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_LEVELS_MAX 17

/* One function at an address. */
struct image_level {
	const char *symbol; /* demangled; NULL: unknown */
	uint64_t start;	    /* 0: unknown */
	const char *file;
	uint32_t line;
	bool is_inlined; /* into the next level */
};

/* The innermost first; strings live until the image is asked for another address. */
struct image_names {
	size_t count; /* 0: nothing is known */
	struct image_level levels[IMAGE_LEVELS_MAX];
};

struct name_cache;

int name_cache_new(struct name_cache **ret_cache);
void name_cache_free(struct name_cache *cache);
size_t name_cache_bytes(const struct name_cache *cache);
/* NULL: not there. */
const struct image_names *name_cache_find(const struct name_cache *cache, uint64_t address);
/* Copies NAMES with their strings; NULL: no memory. An older entry may make room. */
const struct image_names *name_cache_add(struct name_cache *cache, uint64_t address,
					 const struct image_names *names);
