// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lists of processes that have exited: shared memory. The kernel may write to it while user
 * space reads it.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "exit_entry.h"
#include "exits.h"

struct exits {
	const struct ev_exit_entry *entries; /* EV_EXITS of them */
	const struct ev_ended_entry *ended;  /* EV_ENDED of them */
};

#define ENTRIES_SIZE (EV_EXITS * sizeof(struct ev_exit_entry))
#define ENDED_SIZE (EV_ENDED * sizeof(struct ev_ended_entry))

int exits_new(int exits_fd, int ended_fd, struct exits **ret_exits)
{
	struct exits *exits = calloc(1, sizeof(*exits));
	int error;

	if (!exits)
		return -ENOMEM;
	exits->entries = mmap(NULL, ENTRIES_SIZE, PROT_READ, MAP_SHARED, exits_fd, 0);
	exits->ended = mmap(NULL, ENDED_SIZE, PROT_READ, MAP_SHARED, ended_fd, 0);
	error = -errno;
	if (exits->entries == MAP_FAILED || exits->ended == MAP_FAILED) {
		exits_free(exits);
		return error;
	}
	*ret_exits = exits;
	return 0;
}

void exits_free(struct exits *exits)
{
	if (!exits)
		return;
	if (exits->entries != MAP_FAILED)
		munmap((void *)exits->entries, ENTRIES_SIZE);
	if (exits->ended != MAP_FAILED)
		munmap((void *)exits->ended, ENDED_SIZE);
	free(exits);
}

/* False if the entry is empty, or if the kernel changed it during the read. */
static bool read_entry(const struct exits *exits, uint32_t pid, struct ev_exit *ret_exit)
{
	const volatile struct ev_exit_entry *shared = &exits->entries[pid % (size_t)EV_EXITS];
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
	return read_entry(exits, pid, ret_exit) && ret_exit->pid == pid &&
	       ret_exit->start_boot_ns == start_boot_ns;
}

bool exits_find_at(const struct exits *exits, uint64_t time_ns, struct ev_exit *ret_exit)
{
	for (uint32_t slot = 0; time_ns && slot < EV_EXITS; slot++)
		if (read_entry(exits, slot, ret_exit) && ret_exit->time_ns == time_ns)
			return true;
	return false;
}

bool exits_were_overwritten(const struct exits *exits, uint32_t pid, uint64_t since_ns)
{
	struct ev_exit entry;

	return read_entry(exits, pid, &entry) && entry.pid != pid && entry.time_ns >= since_ns;
}

bool exits_find_detail(const struct exits *exits, uint32_t pid, uint64_t start_boot_ns,
		       struct ev_peer *ret_detail)
{
	const volatile struct ev_ended_entry *shared = &exits->ended[pid % (size_t)EV_ENDED];
	struct ev_ended_entry entry = *shared;

	if (entry.check != ev_ended_check(&entry.peer))
		return false;
	*ret_detail = entry.peer;
	return ret_detail->pid == pid && ret_detail->start_boot_ns == start_boot_ns;
}
