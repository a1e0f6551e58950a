// SPDX-License-Identifier: GPL-2.0-or-later
#include "table.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "group.h"

/* Pushes COUNT places that follow each other. */
static int push(const struct table *table, uint32_t first, uint32_t count)
{
	struct ev_places run = { .first = first, .count = count };

	return bpf_map_update_elem(bpf_map__fd(table->free), NULL, &run, 0) ? -errno : 0;
}

/*
 * A stack: the first places come last, so that they are taken first. CPUs that take places at the
 * same time take them from different runs.
 */
static int push_all(struct table *table)
{
	uint32_t length = (table->count - table->first + EV_PLACES_RUNS - 1) / EV_PLACES_RUNS;
	uint32_t end = table->count;
	int error = 0;

	while (end > table->first && !error) {
		uint32_t rest = (end - table->first) % length ?: length;

		end -= rest;
		error = push(table, end, rest);
	}
	table->in_flight = length * (uint32_t)libbpf_num_possible_cpus();
	return error;
}

int table_open(struct table *table, struct bpf_map *places, struct bpf_map *index,
	       struct bpf_map *free, uint32_t first)
{
	int error;

	*table = (struct table){
		.index = index,
		.free = free,
		.count = bpf_map__max_entries(places),
		.first = first,
		.high = first,
	};
	table->is_leaving = calloc(table->count, sizeof(*table->is_leaving));
	if (!table->is_leaving)
		return -ENOMEM;
	error = shared_map_open(places, PROT_READ | PROT_WRITE, &table->places);
	return error ?: push_all(table);
}

void table_close(struct table *table)
{
	shared_map_close(&table->places);
	free(table->is_leaving);
	*table = (struct table){ 0 };
}

void table_note_made(struct table *table, uint64_t made)
{
	/*
	 * The stack gives returned places before those that were never taken, so the places in use
	 * are among as many as were ever taken at a time, and the runs from which CPUs took places
	 * at the same time.
	 */
	uint64_t high = table->first + (made - table->returned) + table->in_flight;

	if (high > table->high)
		table->high = high < table->count ? (uint32_t)high : table->count;
}

uint32_t table_used(const struct table *table, uint64_t made)
{
	return (uint32_t)(made - table->returned);
}

void table_leave(struct table *table, uint32_t index, const void *key)
{
	bpf_map_delete_elem(bpf_map__fd(table->index), key);
	table->is_leaving[index] = true;
	table->leaving++;
}

void table_return(struct table *table, uint32_t index)
{
	size_t size = table->places.value_size;

	memset((char *)table->places.memory + index * size, 0, size);
	table->is_leaving[index] = false;
	table->leaving--;
	/* Not counted as returned: nobody will take it again. */
	if (!push(table, index, 1))
		table->returned++;
}
