/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images of the files that were used last. */
#pragma once

#include "image.h"

struct image_cache;

/* BYTES_MAX: of all images together, as image_bytes() counts. 0 or -ENOMEM. */
int image_cache_new(size_t bytes_max, struct image_cache **ret_cache);
void image_cache_free(struct image_cache *cache);
/*
 * The image of FILE, read if it is not there or has changed. FILE is closed. The image lives until
 * image_cache_trim(). 0; -ECANCELED: SEARCH forbids to read it; -errno, also if that file failed
 * before.
 */
int image_cache_get(struct image_cache *cache, const struct found_file *file,
		    const struct debug_search *search, struct image **ret_image);
/* Drops the least recently used images until the limit is met. */
void image_cache_trim(struct image_cache *cache);
size_t image_cache_bytes(const struct image_cache *cache);
