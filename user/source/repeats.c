// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reports repeats as differences, because the kernel's counts only grow. Each look adds the count
 * of a group's entry and its counts on the CPUs, and reports what is new. It deletes an entry when
 * the process has exited and no CPU names the group, because then nothing can add to it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "sigpath_bpf.skel.h"

#include "clock.h"
#include "grace.h"
#include "repeats.h"
#include "tallies.h"
#include "units.h"

#define OUTCOMES 16
/* From this number of entries on (a quarter of the map) look for processes that have exited. */
#define ENTRIES_MANY 2048

/* A copy of the needed fields of an ev_group_recent. */
struct reading {
	uint64_t group, counted, last_jiffies;
	uint32_t changes;
};

struct repeats {
	struct sigpath_bpf *skeleton;
	const struct ev_group_recents *recents; /* written by the kernel */
	size_t recents_count;
	struct reading *readings; /* one for each of them */
	uint64_t noticed;	  /* limit_counted at the last look */
	uint64_t deleted;	  /* entries */
	uint64_t other[OUTCOMES];
	uint64_t tick_ns;
	int64_t origin_ns;   /* of jiffies */
	bool busy;	     /* the last look found something: look again */
	struct tallies last; /* of the groups that were in the map at the last look */
};

static size_t recents_bytes(const struct repeats *repeats)
{
	size_t page = sysconf(_SC_PAGESIZE),
	       bytes = repeats->recents_count * sizeof(*repeats->recents);

	return (bytes + page - 1) / page * page;
}

int repeats_new(struct sigpath_bpf *skeleton, uint32_t hz, struct repeats **ret_repeats)
{
	struct repeats *repeats = calloc(1, sizeof(*repeats));
	void *memory;

	if (!repeats)
		return -ENOMEM;
	repeats->skeleton = skeleton;
	repeats->tick_ns = NSEC_PER_SEC / hz;
	repeats->recents_count = bpf_map__max_entries(skeleton->maps.group_recents);
	repeats->readings =
		calloc(repeats->recents_count * EV_GROUP_RECENTS, sizeof(*repeats->readings));
	memory = mmap(NULL, recents_bytes(repeats), PROT_READ, MAP_SHARED,
		      bpf_map__fd(skeleton->maps.group_recents), 0);
	repeats->recents = memory != MAP_FAILED ? memory : NULL;
	if (!repeats->readings || !repeats->recents) {
		repeats_free(repeats);
		return -ENOMEM;
	}
	*ret_repeats = repeats;
	return 0;
}

void repeats_free(struct repeats *repeats)
{
	if (!repeats)
		return;
	if (repeats->recents)
		munmap((void *)repeats->recents, recents_bytes(repeats));
	free(repeats->readings);
	tallies_free(&repeats->last);
	free(repeats);
}

static uint64_t ns_of(const struct repeats *repeats, uint64_t jiffies)
{
	return jiffies * repeats->tick_ns + repeats->origin_ns;
}

static uint64_t bss_read(const __u64 *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* --- a look: the entries, then the CPUs --- */

static bool is_gone(const struct ev_group_key *key)
{
	pid_t pid = key->pid_fd >> 32;

	return pid && kill(pid, 0) && errno == ESRCH;
}

static void add_entry(struct repeats *repeats, struct tallies *tallies,
		      const struct ev_group_key *key, const struct ev_group_entry *entry,
		      bool is_dead)
{
	struct tally *tally = tallies_add(tallies, entry->group);
	const struct tally *before = tallies_find(&repeats->last, entry->group);

	/* The walk has found this entry twice. Otherwise look() starts again. */
	if (!tally)
		return;
	repeats->origin_ns =
		entry->window_start_ns - entry->window_start_jiffies * repeats->tick_ns;
	tally->key = *key;
	tally->is_dead = is_dead;
	tally->counted = entry->counted;
	tally->last_ns = ns_of(repeats, entry->last_jiffies);
	tally->first_ns = entry->first_ns;
	if (before && before->reported) {
		tally->reported = before->reported;
		tally->first_ns = before->last_ns;
	}
}

static void walk_entries(struct repeats *repeats, struct tallies *tallies)
{
	int map = bpf_map__fd(repeats->skeleton->maps.groups);
	struct ev_group_key key, next;
	bool have = false;

	while (!bpf_map_get_next_key(map, have ? &key : NULL, &next)) {
		/*
		 * First check whether the process has exited, then read the count: nothing is added
		 * in between.
		 */
		bool is_dead = is_gone(&next);
		struct ev_group_entry entry;

		key = next;
		have = true;
		if (!bpf_map_lookup_elem(map, &key, &entry))
			add_entry(repeats, tallies, &key, &entry, is_dead);
	}
}

static void read_recent(const struct ev_group_recent *recent, struct reading *ret_reading)
{
	ret_reading->changes = __atomic_load_n(&recent->changes, __ATOMIC_ACQUIRE);
	ret_reading->group = __atomic_load_n(&recent->group, __ATOMIC_RELAXED);
	ret_reading->counted = __atomic_load_n(&recent->counted, __ATOMIC_RELAXED);
	ret_reading->last_jiffies = __atomic_load_n(&recent->last_jiffies, __ATOMIC_RELAXED);
}

static bool is_whole(const struct ev_group_recent *recent, const struct reading *reading)
{
	return !(reading->changes & 1) &&
	       reading->changes == __atomic_load_n(&recent->changes, __ATOMIC_RELAXED);
}

static void add_reading(struct repeats *repeats, struct tallies *tallies,
			const struct reading *reading)
{
	struct tally *tally = tallies_find(tallies, reading->group);

	/* The entry was made after the walk. The next look finds both. */
	if (!tally) {
		repeats->busy = true;
		return;
	}
	tally->is_recent = true;
	tally->counted += reading->counted;
	if (ns_of(repeats, reading->last_jiffies) > tally->last_ns)
		tally->last_ns = ns_of(repeats, reading->last_jiffies);
}

/*
 * Read after the entries. A count that moves into its entry in the meantime is seen in neither
 * place and comes with the next look; it is never counted twice. On x86 stores become visible in
 * their order. On other machines the code waits for all running programs, like live_detach(),
 * before it checks for changes. False: some could not be read.
 */
static bool add_recents(struct repeats *repeats, struct tallies *tallies)
{
	const struct ev_group_recent *recents = repeats->recents->way;
	size_t count = repeats->recents_count * EV_GROUP_RECENTS;
	bool all = true;

	for (size_t i = 0; i < count; i++)
		read_recent(&recents[i], &repeats->readings[i]);
#ifdef __x86_64__
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
#else
	/* Without this wait the values are not reliable. The next look tries again. */
	if (grace_wait()) {
		repeats->busy = true;
		return false;
	}
#endif
	for (size_t i = 0; i < count; i++) {
		if (!is_whole(&recents[i], &repeats->readings[i])) {
			all = false;
			repeats->busy = true;
		} else if (repeats->readings[i].group) {
			add_reading(repeats, tallies, &repeats->readings[i]);
		}
	}
	return all;
}

/*
 * The process has exited and no CPU names the group. A count that a CPU moved into the entry since
 * the walk is there now. So read the count a last time and delete the entry.
 */
static void close_entry(struct repeats *repeats, struct tally *tally)
{
	int map = bpf_map__fd(repeats->skeleton->maps.groups);
	struct ev_group_entry entry;

	if (bpf_map_lookup_elem(map, &tally->key, &entry) || entry.group != tally->group ||
	    bpf_map_delete_elem(map, &tally->key))
		return;
	tally->counted = entry.counted;
	repeats->deleted++;
}

/* --- what is new --- */

static int report(const struct ev_repeat *values, live_record_fn fn, void *context)
{
	struct ev_repeat record = *values;

	record.header = (struct ev_header){ .kind = EV_KIND_REPEAT,
					    .version = EV_VERSION,
					    .size = sizeof(record),
					    .time_ns = clock_now_ns() };
	return fn(context, &record, sizeof(record));
}

static int report_group(struct repeats *repeats, struct tally *tally, live_record_fn fn,
			void *context)
{
	struct ev_repeat record = {
		.group = tally->group,
		.outcome = (uint8_t)tally->key.call_signal,
		.first_ns = tally->first_ns,
		.last_ns = tally->last_ns,
	};

	if (tally->counted <= tally->reported)
		return 0;
	record.count = tally->counted - tally->reported;
	tally->reported = tally->counted;
	repeats->busy = true;
	return report(&record, fn, context);
}

/* Groups for which the map had no space. */
static int report_other(struct repeats *repeats, live_record_fn fn, void *context)
{
	int error = 0;

	for (int outcome = 0; outcome < OUTCOMES && !error; outcome++) {
		uint64_t counted = bss_read(&repeats->skeleton->bss->limit_other[outcome]);
		struct ev_repeat record = { .count = counted - repeats->other[outcome],
					    .outcome = outcome };

		if (!record.count)
			continue;
		repeats->busy = true;
		repeats->other[outcome] = counted;
		record.first_ns = record.last_ns = clock_now_ns();
		error = report(&record, fn, context);
	}
	return error;
}

static int look(struct repeats *repeats, uint64_t entries, live_record_fn fn, void *context)
{
	struct tallies tallies;
	bool may_close;
	int error = tallies_init(&tallies, entries);

	if (error)
		return error;
	walk_entries(repeats, &tallies);
	/* Too many groups were added during the look. The next look reports everything. */
	if (tallies.is_full) {
		tallies_free(&tallies);
		repeats->busy = true;
		return 0;
	}
	may_close = add_recents(repeats, &tallies);
	for (struct tally *tally = tallies_next(&tallies, NULL); tally && !error;
	     tally = tallies_next(&tallies, tally)) {
		if (may_close && tally->is_dead && !tally->is_recent)
			close_entry(repeats, tally);
		error = report_group(repeats, tally, fn, context);
	}
	tallies_free(&repeats->last);
	repeats->last = tallies;
	return error ? error : report_other(repeats, fn, context);
}

int repeats_read(struct repeats *repeats, bool force, live_record_fn fn, void *context)
{
	uint64_t counted = bss_read(&repeats->skeleton->bss->limit_counted);
	uint64_t entries = bss_read(&repeats->skeleton->bss->limit_groups_made) - repeats->deleted;

	if (!force && !repeats->busy && counted == repeats->noticed && entries < ENTRIES_MANY)
		return 0;
	repeats->noticed = counted;
	repeats->busy = false;
	return look(repeats, entries, fn, context);
}

bool repeats_may_come(const struct repeats *repeats)
{
	return repeats->busy ||
	       bss_read(&repeats->skeleton->bss->limit_counted) != repeats->noticed ||
	       bss_read(&repeats->skeleton->bss->limit_groups_made) - repeats->deleted >=
		       ENTRIES_MANY;
}
