// SPDX-License-Identifier: GPL-2.0-or-later
#include "sizes.h"

#include <bpf/libbpf.h>
#include <signal.h>
#include <stdbool.h>

#include "config.h"
#include "sigpath_bpf.skel.h"

#include "hooks.h"
#include "units.h"

/* bpf/core/stop.bpf.h keeps these. */
#define STOP_SIGNALS (1ULL << (SIGINT - 1) | 1ULL << (SIGQUIT - 1) | 1ULL << (SIGTERM - 1))

static void set_cpus(struct sigpath_bpf *skeleton)
{
	struct config_machine *machine = &skeleton->rodata->config.machine;
	uint32_t places;

	machine->slots = hooks_slots(skeleton);
	places = machine->cpus * machine->slots;
	bpf_map__set_max_entries(skeleton->maps.scratches, places);
	bpf_map__set_max_entries(skeleton->maps.group_recents, places);
	bpf_map__set_max_entries(skeleton->maps.others, places);
}

static bool is_loaded(const struct bpf_program *one, const struct bpf_program *other)
{
	return bpf_program__autoload(one) || bpf_program__autoload(other);
}

/* A map needs one entry. Look-ups find nothing in it. */
static void shrink_unused(struct sigpath_bpf *skeleton)
{
	const struct bpf_config *config = (const void *)&skeleton->rodata->config;
	bool sockets = config->machine.slots > SCRATCH_STREAM;
	bool holders = bpf_program__autoload(skeleton->progs.process_fork_holders);
	bool shutdowns = is_loaded(skeleton->progs.history_unix_shutdown,
				   skeleton->progs.history_unix_shutdown_kprobe);
	bool collector =
		is_loaded(skeleton->progs.history_unix_gc, skeleton->progs.history_unix_gc_kprobe);
	bool stops = config->fatal || config->signals & STOP_SIGNALS;
	bool kills = config->fatal || config->signals & 1ULL << (SIGKILL - 1);
	const struct {
		struct bpf_map *map;
		bool is_used;
	} table[] = {
		{ skeleton->maps.wanted_pids, config->filter_pids || config->follow },
		{ skeleton->maps.failing_sockets, sockets },
		{ skeleton->maps.socket_errors, sockets },
		{ skeleton->maps.reported_threads, config->epipe == EPIPE_ALL },
		{ skeleton->maps.deaths, config->fatal },
		{ skeleton->maps.death_index, config->fatal },
		{ skeleton->maps.deaths_free, config->fatal },
		{ skeleton->maps.death_ends, config->fatal || config->exits },
		{ skeleton->maps.held_signals, config->fatal },
		{ skeleton->maps.pipes_held, holders },
		{ skeleton->maps.processes_held, holders },
		{ skeleton->maps.unix_shutdowns, shutdowns },
		{ skeleton->maps.collectors, collector },
		{ skeleton->maps.stops_of_root, stops },
		{ skeleton->maps.stops_of_users, stops },
		{ skeleton->maps.oom_choices, kills },
		{ skeleton->maps.object_closers, config->history },
		{ skeleton->maps.tcp_histories, config->history },
		{ skeleton->maps.tcp_closers, config->history },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (!table[i].is_used)
			bpf_map__set_max_entries(table[i].map, 1);
}

void sizes_set(struct sigpath_bpf *skeleton, size_t buffer_bytes)
{
	bpf_map__set_max_entries(skeleton->maps.events, buffer_bytes);
	set_cpus(skeleton);
	shrink_unused(skeleton);
}
