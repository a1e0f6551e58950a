// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Repeats, read as differences: the kernel's counts only grow. An entry goes when its process has:
 * nothing can add to it any more then.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "sigpath_bpf.skel.h"

#include "repeats.h"

#define SLOTS 32768 /* a power of two, four times what the map holds: never full */
#define OUTCOMES 16
#define NS_PER_S UINT64_C(1000000000)
#define GONE_MAX 1024
/* From here on the map is looked through for processes that are gone, a quarter of what it holds. */
#define ENTRIES_MANY 2048

/* What was reported of a kind. */
struct reported {
	uint64_t kind;
	uint64_t counted;
	uint64_t last_ns; /* of them */
};

struct repeats {
	struct sigpath_bpf *skeleton;
	uint64_t noticed; /* storm_counted at the last look */
	uint64_t deleted; /* entries */
	uint64_t other[OUTCOMES];
	uint32_t hz;
	bool busy;		/* the last look found something: look again */
	struct reported *slots; /* of the kinds that were in the map at the last look */
};

int repeats_new(struct sigpath_bpf *skeleton, uint32_t hz, struct repeats **ret_repeats)
{
	struct repeats *repeats = calloc(1, sizeof(*repeats));

	if (!repeats)
		return -ENOMEM;
	repeats->skeleton = skeleton;
	repeats->hz = hz;
	*ret_repeats = repeats;
	return 0;
}

void repeats_free(struct repeats *repeats)
{
	if (!repeats)
		return;
	free(repeats->slots);
	free(repeats);
}

/* The slot of KIND, or the empty one where it belongs. */
static struct reported *find(struct reported *slots, uint64_t kind)
{
	size_t at = (kind * UINT64_C(0x9e3779b97f4a7c15)) >> 49;

	while (slots[at].kind && slots[at].kind != kind)
		at = (at + 1) & (SLOTS - 1);
	return &slots[at];
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int report(const struct ev_repeat *values, live_record_fn fn, void *context)
{
	struct ev_repeat record = *values;

	record.header = (struct ev_header){ .kind = EV_KIND_REPEAT,
					    .version = EV_VERSION,
					    .size = sizeof(record),
					    .time_ns = now_ns() };
	return fn(context, &record, sizeof(record));
}

/* NEXT is the table of this look: an entry that the walk meets twice is found there. */
static int read_entry(struct repeats *repeats, struct reported *next,
		      const struct ev_storm_key *key, const struct ev_storm_entry *entry,
		      live_record_fn fn, void *context)
{
	struct reported *reported = find(next, entry->kind);
	struct ev_repeat record = { .kind = entry->kind, .outcome = (uint8_t)key->call_signal };

	if (!reported->kind) {
		if (repeats->slots)
			*reported = *find(repeats->slots, entry->kind);
		reported->kind = entry->kind;
	}
	record.count = entry->counted - reported->counted;
	if (!record.count)
		return 0;
	repeats->busy = true;
	record.first_ns = reported->counted ? reported->last_ns : entry->first_ns;
	record.last_ns =
		entry->window_start_ns +
		(entry->last_jiffies - entry->window_start_jiffies) * NS_PER_S / repeats->hz;
	reported->counted = entry->counted;
	reported->last_ns = record.last_ns;
	return report(&record, fn, context);
}

/* Kinds that the map had no room for. */
static int read_other(struct repeats *repeats, live_record_fn fn, void *context)
{
	int error = 0;

	for (int outcome = 0; outcome < OUTCOMES && !error; outcome++) {
		uint64_t counted = __atomic_load_n(&repeats->skeleton->bss->storm_other[outcome],
						   __ATOMIC_RELAXED);
		struct ev_repeat record = { .count = counted - repeats->other[outcome],
					    .outcome = outcome };

		if (!record.count)
			continue;
		repeats->busy = true;
		repeats->other[outcome] = counted;
		record.first_ns = record.last_ns = now_ns();
		error = report(&record, fn, context);
	}
	return error;
}

static bool is_gone(const struct ev_storm_key *key)
{
	pid_t pid = key->pid_fd >> 32;

	return pid && kill(pid, 0) && errno == ESRCH;
}

static int read_map(struct repeats *repeats, live_record_fn fn, void *context)
{
	int map = bpf_map__fd(repeats->skeleton->maps.storm_kinds);
	struct reported *slots = calloc(SLOTS, sizeof(*slots));
	struct ev_storm_key key, next, gone[GONE_MAX];
	size_t gone_count = 0;
	bool have = false;
	int error = 0;

	if (!slots)
		return -ENOMEM;
	while (!error && !bpf_map_get_next_key(map, have ? &key : NULL, &next)) {
		/* First whether the process is gone, then its count: nothing comes in between. */
		bool is_dead = is_gone(&next);
		struct ev_storm_entry entry;

		key = next;
		have = true;
		if (bpf_map_lookup_elem(map, &key, &entry))
			continue;
		error = read_entry(repeats, slots, &key, &entry, fn, context);
		if (is_dead && gone_count < GONE_MAX)
			gone[gone_count++] = key;
	}
	for (size_t i = 0; i < gone_count; i++)
		if (!bpf_map_delete_elem(map, &gone[i]))
			repeats->deleted++;
	free(repeats->slots);
	repeats->slots = slots;
	return error;
}

int repeats_read(struct repeats *repeats, bool force, live_record_fn fn, void *context)
{
	uint64_t counted =
		__atomic_load_n(&repeats->skeleton->bss->storm_counted, __ATOMIC_RELAXED);
	uint64_t entries =
		__atomic_load_n(&repeats->skeleton->bss->storm_entries, __ATOMIC_RELAXED);
	int error;

	if (!force && !repeats->busy && counted == repeats->noticed &&
	    entries - repeats->deleted < ENTRIES_MANY)
		return 0;
	repeats->noticed = counted;
	repeats->busy = false;
	error = read_map(repeats, fn, context);
	return error ? error : read_other(repeats, fn, context);
}
