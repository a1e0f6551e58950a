/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table that the programs and user space share: an array in mapped memory, the index by key, and
 * the stack of free places. The programs take a free place, fill it, and add its key to the index.
 * User space deletes the key, waits until no program can know the place any more (grace.h), and
 * pushes the place back.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "shared_map.h"

struct bpf_map;

struct table {
	struct bpf_map *index, *free;
	struct shared_map places;
	uint32_t count;
	uint32_t first;		   /* the places before it are never free */
	uint32_t high;		   /* no place from this one on was ever taken */
	uint32_t in_flight;	   /* so many places may be left out before one that is taken */
	uint64_t returned;	   /* places that were freed */
	unsigned char *is_leaving; /* for each place: its key is deleted */
	uint32_t leaving;	   /* how many of these there are */
};

/* Maps PLACES and makes all from FIRST on free. 0 or -errno; then table_close() is still needed. */
int table_open(struct table *table, struct bpf_map *places, struct bpf_map *index,
	       struct bpf_map *free, uint32_t first);
void table_close(struct table *table);

/* MADE: how many places the programs have taken so far. Sets `high`. */
void table_note_made(struct table *table, uint64_t made);
/* How many places are taken, those that are leaving included. */
uint32_t table_used(const struct table *table, uint64_t made);

/* Deletes the KEY of the place INDEX. Programs that have found it may still use it. */
void table_leave(struct table *table, uint32_t index, const void *key);
/* Zeroes the place, which no program can know any more, and frees it. */
void table_return(struct table *table, uint32_t index);
