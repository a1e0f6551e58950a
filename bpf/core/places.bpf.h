/* SPDX-License-Identifier: GPL-2.0-only */
/* Places in tables: those of a CPU, and the free ones, a stack of runs (struct ev_places). */
#pragma once

#include "core/config.bpf.h"
#include "core/maps.bpf.h"

#define NO_PLACE 0xffffffffu

/*
 * Where this CPU has its memory for the hook of SLOT, in `scratches`, `group_recents` and `others`.
 * NO_PLACE: it came after sigpath had started.
 */
static __always_inline u32 cpu_place(u32 slot)
{
	u32 cpu = bpf_get_smp_processor_id();

	return cpu < config.machine.cpus ? cpu * config.machine.slots + slot : NO_PLACE;
}

/*
 * A free place of the stack FREE; NO_PLACE: there is none, or other CPUs are just taking one from
 * each run.
 */
static __always_inline u32 place_take(void *free)
{
	struct ev_places run, rest;

	if (bpf_map_pop_elem(free, &run))
		return NO_PLACE;
	if (run.count > 1) {
		rest.first = run.first + 1;
		rest.count = run.count - 1;
		bpf_map_push_elem(free, &rest, 0);
	}
	return run.first;
}

static __always_inline void place_give(void *free, u32 index)
{
	struct ev_places run = { .first = index, .count = 1 };

	bpf_map_push_elem(free, &run, 0);
}
