// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared_map.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/mman.h>

int shared_map_open(const struct bpf_map *map, int protection, struct shared_map *ret_map)
{
	*ret_map = (struct shared_map){
		/* array_map_alloc(), kernel/bpf/arraymap.c */
		.value_size = (bpf_map__value_size(map) + 7) / 8 * 8,
		.count = bpf_map__max_entries(map),
	};
	ret_map->memory = mmap(NULL, ret_map->count * ret_map->value_size, protection, MAP_SHARED,
			       bpf_map__fd(map), 0);
	if (ret_map->memory != MAP_FAILED)
		return 0;
	ret_map->memory = NULL;
	return -errno;
}

void shared_map_close(struct shared_map *map)
{
	if (map->memory)
		munmap(map->memory, map->count * map->value_size);
	*map = (struct shared_map){ 0 };
}
