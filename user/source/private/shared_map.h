/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An array map that the programs write and user space reads in place (BPF_F_MMAPABLE). */
#pragma once

#include <stddef.h>

struct bpf_map;

struct shared_map {
	void *memory; /* the values, one after the other; each at a multiple of 8 bytes */
	size_t value_size;
	size_t count;
};

/* PROTECTION: PROT_*. 0; or -errno, and then there is no memory. */
int shared_map_open(const struct bpf_map *map, int protection, struct shared_map *ret_map);
/* A map that is not open is allowed. */
void shared_map_close(struct shared_map *map);
