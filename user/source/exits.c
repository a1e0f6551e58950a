// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of ended processes: shared memory that the kernel writes while it is read. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "exits.h"

/* The commands of a pipeline are started one after the other, by the same shell. */
#define PIPELINE_START_NS UINT64_C(1000000000)

struct exits {
	const struct ev_exit *entries; /* EV_EXITS of them */
};

int exits_new(int map_fd, struct exits **ret_exits)
{
	struct exits *exits = malloc(sizeof(*exits));
	void *memory;

	if (!exits)
		return -ENOMEM;
	memory = mmap(NULL, EV_EXITS * sizeof(struct ev_exit), PROT_READ, MAP_SHARED, map_fd, 0);
	if (memory == MAP_FAILED) {
		free(exits);
		return -errno;
	}
	exits->entries = memory;
	*ret_exits = exits;
	return 0;
}

void exits_free(struct exits *exits)
{
	if (!exits)
		return;
	munmap((void *)exits->entries, EV_EXITS * sizeof(struct ev_exit));
	free(exits);
}

/* False if it is empty, or was written to meanwhile. */
static bool read_entry(const struct exits *exits, size_t slot, struct ev_exit *ret_exit)
{
	const struct ev_exit *entry = &exits->entries[slot];
	uint64_t before = __atomic_load_n(&entry->time_ns, __ATOMIC_ACQUIRE);

	if (!before)
		return false;
	memcpy(ret_exit, entry, sizeof(*ret_exit));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	ret_exit->comm[EV_COMM_LEN - 1] = '\0';
	return __atomic_load_n(&entry->time_ns, __ATOMIC_RELAXED) == before;
}

bool exits_find(const struct exits *exits, const struct ev_incident *incident,
		struct ev_exit *ret_exit)
{
	const struct ev_process *process = &incident->process;

	return read_entry(exits, process->pid % (size_t)EV_EXITS, ret_exit) &&
	       ret_exit->pid == process->pid && ret_exit->start_boot_ns == process->start_boot_ns;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

bool exits_find_reader(const struct exits *exits, const struct ev_incident *incident,
		       struct ev_exit *ret_exit)
{
	const struct ev_process *process = &incident->process;
	uint64_t nearest = UINT64_MAX;
	struct ev_exit entry;

	for (size_t slot = 0; slot < EV_EXITS; slot++) {
		if (!read_entry(exits, slot, &entry) || entry.pid == process->pid ||
		    entry.pgid != process->pgid || entry.ppid != process->ppid ||
		    distance(entry.start_boot_ns, process->start_boot_ns) > PIPELINE_START_NS ||
		    distance(entry.time_ns, incident->header.time_ns) >= nearest)
			continue;
		nearest = distance(entry.time_ns, incident->header.time_ns);
		*ret_exit = entry;
	}
	return nearest != UINT64_MAX;
}

void exits_add_reader(const struct exits *exits, struct ev_incident *incident)
{
	const struct ev_object *object = &incident->object;
	struct ev_closer *reader = &incident->object.history.peer;
	struct ev_exit exit;

	if ((object->type != EV_OBJECT_PIPE && object->type != EV_OBJECT_FIFO) || reader->pid ||
	    object->pipe.readers || !exits_find_reader(exits, incident, &exit))
		return;
	*reader = (struct ev_closer){
		.time_ns = exit.time_ns,
		.pid = exit.pid,
		.tid = exit.pid,
		.flags = EV_CLOSER_EXITED | EV_CLOSER_JOB,
		.exit_code = exit.status,
	};
	memcpy(reader->comm, exit.comm, sizeof(reader->comm));
}
