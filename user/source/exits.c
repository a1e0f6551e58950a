// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of processes that have exited: shared memory. The kernel may write to it while user
 * space reads it.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "exit_entry.h"
#include "exits.h"
#include "units.h"

/* The same shell starts the commands of a pipeline one after the other. */
#define PIPELINE_START_NS NSEC_PER_SEC

struct exits {
	const struct ev_exit_entry *entries; /* EV_EXITS of them */
};

int exits_new(int map_fd, struct exits **ret_exits)
{
	struct exits *exits = malloc(sizeof(*exits));
	void *memory;

	if (!exits)
		return -ENOMEM;
	memory = mmap(NULL, EV_EXITS * sizeof(struct ev_exit_entry), PROT_READ, MAP_SHARED, map_fd,
		      0);
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
	munmap((void *)exits->entries, EV_EXITS * sizeof(struct ev_exit_entry));
	free(exits);
}

/* False if the entry is empty, or if the kernel changed it during the read. */
static bool read_entry(const struct exits *exits, size_t slot, struct ev_exit *ret_exit)
{
	const volatile struct ev_exit_entry *shared = &exits->entries[slot];
	struct ev_exit_entry entry = *shared;

	if (entry.check != ev_exit_check(&entry.exit))
		return false;
	*ret_exit = entry.exit;
	ret_exit->comm[EV_COMM_LEN - 1] = '\0';
	return true;
}

bool exits_find(const struct exits *exits, uint32_t pid, uint64_t start_boot_ns,
		struct ev_exit *ret_exit)
{
	return read_entry(exits, pid % (size_t)EV_EXITS, ret_exit) && ret_exit->pid == pid &&
	       ret_exit->start_boot_ns == start_boot_ns;
}

bool exits_were_overwritten(const struct exits *exits, uint32_t pid, uint64_t since_ns)
{
	struct ev_exit entry;

	return read_entry(exits, pid % (size_t)EV_EXITS, &entry) && entry.pid != pid &&
	       entry.time_ns >= since_ns;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

bool exits_find_reader(const struct exits *exits, const struct exits_writer *writer,
		       struct ev_exit *ret_exit)
{
	uint64_t nearest = UINT64_MAX;
	struct ev_exit entry;

	for (size_t slot = 0; slot < EV_EXITS; slot++) {
		if (!read_entry(exits, slot, &entry) || entry.pid == writer->pid ||
		    entry.pgid != writer->pgid || entry.ppid != writer->ppid ||
		    distance(entry.start_boot_ns, writer->start_boot_ns) > PIPELINE_START_NS ||
		    distance(entry.time_ns, writer->time_ns) >= nearest)
			continue;
		nearest = distance(entry.time_ns, writer->time_ns);
		*ret_exit = entry;
	}
	return nearest != UINT64_MAX;
}
