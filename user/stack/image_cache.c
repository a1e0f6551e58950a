// SPDX-License-Identifier: GPL-2.0-or-later
/* Cache of open files, by device, inode, times and size. A path does not identify a file. */
#include "image_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each may keep file descriptors. */
#define IMAGES_MAX 256

struct entry {
	struct entry *newer, *older;
	struct file_id id;
	struct image *image; /* NULL: the file is unusable; this is remembered */
};

struct image_cache {
	size_t bytes_max;
	size_t count;
	struct entry *newest, *oldest;
};

int image_cache_new(size_t bytes_max, struct image_cache **ret_cache)
{
	struct image_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	cache->bytes_max = bytes_max;
	*ret_cache = cache;
	return 0;
}

static void unlink_entry(struct image_cache *cache, struct entry *entry)
{
	*(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
	cache->count--;
}

static void push_entry(struct image_cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	*(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
	cache->newest = entry;
	cache->count++;
}

static void drop(struct image_cache *cache, struct entry *entry)
{
	unlink_entry(cache, entry);
	image_free(entry->image);
	free(entry);
}

void image_cache_free(struct image_cache *cache)
{
	if (!cache)
		return;
	while (cache->oldest)
		drop(cache, cache->oldest);
	free(cache);
}

static struct entry *find(const struct image_cache *cache, const struct file_id *id)
{
	struct entry *entry = cache->newest;

	while (entry && !file_id_is_same(&entry->id, id))
		entry = entry->older;
	return entry;
}

/* Opens FILE, which is not in the cache, and closes its descriptor. */
static int add(struct image_cache *cache, const struct found_file *file,
	       const struct debug_search *search, struct image **ret_image)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	int error;

	if (!entry) {
		close(file->fd);
		return -ENOMEM;
	}
	error = image_open(file, search, &entry->image);
	if (error && error != -ENOEXEC) {
		/* A shortage may be over at the next attempt. */
		free(entry);
		return error;
	}
	entry->id = file_id_of(&file->stat);
	push_entry(cache, entry);
	*ret_image = entry->image;
	return error;
}

int image_cache_get(struct image_cache *cache, const struct found_file *file,
		    const struct debug_search *search, struct image **ret_image)
{
	struct file_id id = file_id_of(&file->stat);
	struct entry *entry = find(cache, &id);

	if (entry) {
		close(file->fd);
		unlink_entry(cache, entry);
		push_entry(cache, entry);
		*ret_image = entry->image;
		return entry->image ? 0 : -ENOEXEC;
	}
	/* What is in the cache costs little. */
	if (search->ban == BAN_ALL) {
		close(file->fd);
		return -ECANCELED;
	}
	return add(cache, file, search, ret_image);
}

static size_t entry_bytes(const struct entry *entry)
{
	return sizeof(*entry) + (entry->image ? image_bytes(entry->image) : 0);
}

size_t image_cache_bytes(const struct image_cache *cache)
{
	size_t bytes = sizeof(*cache);

	for (const struct entry *entry = cache->newest; entry; entry = entry->older)
		bytes += entry_bytes(entry);
	return bytes;
}

/* Images grow with each question, so their sizes are counted again each time. */
void image_cache_trim(struct image_cache *cache)
{
	size_t bytes = image_cache_bytes(cache);

	while (cache->oldest && (bytes > cache->bytes_max || cache->count > IMAGES_MAX)) {
		bytes -= entry_bytes(cache->oldest);
		drop(cache, cache->oldest);
	}
}
