// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reports repeats as differences, because the kernel's counts only grow. Each look adds the count
 * of a group and its counts on the CPUs, and reports what is new. It deletes the key of a group
 * that has been idle, and frees its place after a grace period, when no CPU names the group any
 * more, because then nothing can add to it.
 */
#include "repeats.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "config.h"
#include "sigpath_bpf.skel.h"

#include "clock.h"
#include "grace.h"
#include "shares.h"
#include "table.h"
#include "ticks.h"
#include "units.h"

/* A group, or an owner, that is idle for so long is deleted. */
#define IDLE_NS (60 * NSEC_PER_SEC)
/* While there are more groups, in all or of one owner, two windows are enough. */
#define GROUPS_MANY (EV_GROUPS / 8)
#define GROUPS_MANY_EACH (EV_GROUPS_EACH / 4)
/* While there are more, look regularly. No owner can have half of its groups then. */
#define GROUPS_QUIET GROUPS_MANY_EACH
/* Groups of one owner that are reported in a second. The others come with the next looks. */
#define REPORTS_EACH 64

/* A copy of the needed fields of an ev_group_recent. */
struct reading {
	uint64_t group, counted, last_jiffies;
	uint32_t changes, index;
};

/* What this look and those before it know of a place. */
struct tally {
	uint64_t group; /* as of this look; 0: free */
	uint64_t counted;
	uint64_t last_jiffies;
	uint64_t reported; /* of `counted` */
	uint64_t reported_ns;
	bool is_recent; /* a CPU may still count it */
};

struct repeats {
	struct sigpath_bpf *skeleton;
	struct table table;
	struct shares shares;
	struct shared_map recents; /* struct ev_group_recents, one for each CPU and hook */
	struct reading *readings;  /* one for each of them */
	struct tally *tallies;	   /* for each group */
	unsigned char *lines;	   /* for each share: groups that this look has reported */
	uint32_t start;		   /* with which group this look begins to report */
	uint64_t noticed;	   /* limit_counted at the last look */
	uint64_t window_ns;
	unsigned int reports_each; /* in one look, because each window has one */
	struct ticks ticks;
	bool busy; /* the last look found something: look again */
};

static unsigned int reports_in(uint64_t window_ns)
{
	if (window_ns >= NSEC_PER_SEC)
		return REPORTS_EACH;
	return (unsigned int)(window_ns * REPORTS_EACH / NSEC_PER_SEC) ?: 1;
}

int repeats_new(struct sigpath_bpf *skeleton, uint32_t hz, uint64_t window_ns,
		struct repeats **ret_repeats)
{
	struct repeats *repeats = calloc(1, sizeof(*repeats));
	int error;

	if (!repeats)
		return -ENOMEM;
	repeats->skeleton = skeleton;
	repeats->window_ns = window_ns;
	repeats->reports_each = reports_in(window_ns);
	repeats->ticks.tick_ns = NSEC_PER_SEC / hz;
	error = table_open(&repeats->table, skeleton->maps.groups, skeleton->maps.group_index,
			   skeleton->maps.groups_free, 0);
	if (!error)
		error = shares_open(&repeats->shares, skeleton);
	if (!error)
		error = shared_map_open(skeleton->maps.group_recents, PROT_READ, &repeats->recents);
	repeats->readings =
		calloc(repeats->recents.count * EV_GROUP_RECENTS, sizeof(*repeats->readings));
	repeats->tallies = calloc(repeats->table.count, sizeof(*repeats->tallies));
	repeats->lines = calloc(EV_SHARES, sizeof(*repeats->lines));
	if (!error && (!repeats->readings || !repeats->tallies || !repeats->lines))
		error = -ENOMEM;
	if (error) {
		repeats_free(repeats);
		return error;
	}
	*ret_repeats = repeats;
	return 0;
}

void repeats_free(struct repeats *repeats)
{
	if (!repeats)
		return;
	shared_map_close(&repeats->recents);
	free(repeats->lines);
	free(repeats->tallies);
	free(repeats->readings);
	shares_close(&repeats->shares);
	table_close(&repeats->table);
	free(repeats);
}

static uint64_t bss_read(const __u64 *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static struct ev_group *group_at(const struct repeats *repeats, uint32_t index)
{
	return (struct ev_group *)repeats->table.places.memory + index;
}

static uint32_t groups_used(const struct repeats *repeats)
{
	return table_used(&repeats->table, bss_read(&repeats->skeleton->bss->limit_groups_made));
}

/* --- a look: the groups, then the CPUs --- */

static void read_groups(struct repeats *repeats)
{
	for (uint32_t i = 0; i < repeats->table.high; i++) {
		const struct ev_group *group = group_at(repeats, i);
		struct tally *tally = &repeats->tallies[i];

		tally->group = __atomic_load_n(&group->group, __ATOMIC_ACQUIRE);
		if (!tally->group)
			continue;
		tally->counted = __atomic_load_n(&group->counted, __ATOMIC_RELAXED);
		tally->last_jiffies = __atomic_load_n(&group->last_jiffies, __ATOMIC_RELAXED);
		tally->is_recent = false;
		if (tally->last_jiffies < group->window_start_jiffies)
			tally->last_jiffies = group->window_start_jiffies;
	}
}

/* The two times of a window are written one after the other, so the newest group is best. */
static void set_clock(struct repeats *repeats)
{
	uint64_t newest = 0;

	for (uint32_t i = 0; i < repeats->table.high; i++) {
		const struct ev_group *group = group_at(repeats, i);

		if (!repeats->tallies[i].group || group->window_start_ns <= newest)
			continue;
		newest = group->window_start_ns;
		ticks_set(&repeats->ticks, newest, group->window_start_jiffies);
	}
}

static void read_recent(const struct ev_group_recent *recent, struct reading *ret_reading)
{
	ret_reading->changes = __atomic_load_n(&recent->changes, __ATOMIC_ACQUIRE);
	ret_reading->group = __atomic_load_n(&recent->group, __ATOMIC_RELAXED);
	ret_reading->index = __atomic_load_n(&recent->index, __ATOMIC_RELAXED);
	ret_reading->counted = __atomic_load_n(&recent->counted, __ATOMIC_RELAXED);
	ret_reading->last_jiffies = __atomic_load_n(&recent->last_jiffies, __ATOMIC_RELAXED);
}

static bool is_whole(const struct ev_group_recent *recent, const struct reading *reading)
{
	return !(reading->changes & 1) &&
	       reading->changes == __atomic_load_n(&recent->changes, __ATOMIC_RELAXED);
}

static void add_reading(struct repeats *repeats, const struct reading *reading)
{
	struct tally *tally =
		reading->index < repeats->table.high ? &repeats->tallies[reading->index] : NULL;

	/* The group was made after it was read. The next look finds both. */
	if (!tally || tally->group != reading->group) {
		repeats->busy = true;
		return;
	}
	tally->is_recent = true;
	tally->counted += reading->counted;
	if (reading->last_jiffies > tally->last_jiffies)
		tally->last_jiffies = reading->last_jiffies;
}

/*
 * Read after the groups. A count that moves into its group in the meantime is seen in neither
 * place and comes with the next look; it is never counted twice. On x86 stores become visible in
 * their order. On other machines the code waits for all running programs, like live_detach(),
 * before it checks for changes. False: some could not be read.
 */
static bool add_recents(struct repeats *repeats)
{
	const struct ev_group_recent *recents = repeats->recents.memory;
	size_t count = repeats->recents.count * EV_GROUP_RECENTS;
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
			add_reading(repeats, &repeats->readings[i]);
		}
	}
	return all;
}

/* --- what is new --- */

static int report_group(struct repeats *repeats, uint32_t index, live_record_fn fn, void *context)
{
	const struct ev_group *group = group_at(repeats, index);
	struct tally *tally = &repeats->tallies[index];
	struct ev_repeat record = {
		.header = { .kind = EV_KIND_REPEAT,
			    .version = EV_VERSION,
			    .size = sizeof(record),
			    .time_ns = clock_now_ns() },
		.group = tally->group,
		.outcome = (uint8_t)group->key.call,
		.first_ns = tally->reported ? tally->reported_ns : group->first_ns,
		.last_ns = ticks_ns(&repeats->ticks, tally->last_jiffies),
		.named = group->named,
	};

	if (tally->counted <= tally->reported)
		return 0;
	record.count = tally->counted - tally->reported;
	tally->reported = tally->counted;
	tally->reported_ns = record.last_ns;
	repeats->busy = true;
	return fn(context, &record, sizeof(record));
}

/* Whether the owner has had its lines in this look. The rest waits. */
static bool is_enough(struct repeats *repeats, uint32_t index)
{
	const struct tally *tally = &repeats->tallies[index];
	unsigned char *lines = &repeats->lines[group_at(repeats, index)->share % EV_SHARES];

	if (tally->counted <= tally->reported)
		return false;
	if (*lines < repeats->reports_each) {
		++*lines;
		return false;
	}
	repeats->busy = true;
	return true;
}

static int report_groups(struct repeats *repeats, bool all, live_record_fn fn, void *context)
{
	uint32_t high = repeats->table.high;
	int error = 0;

	for (uint32_t i = 0; i < EV_SHARES; i++)
		repeats->lines[i] = 0;
	for (uint32_t i = 0; i < high && !error; i++) {
		uint32_t index = (repeats->start + i) % high;

		if (!repeats->tallies[index].group || (!all && is_enough(repeats, index)))
			continue;
		error = report_group(repeats, index, fn, context);
	}
	/* Another group is the first one each time, so that each has its turn. */
	repeats->start = high ? (repeats->start + repeats->reports_each) % high : 0;
	return error;
}

/* --- groups that are over --- */

static uint64_t idle_since(const struct repeats *repeats, const struct ev_group *group)
{
	const struct ev_share *share = shares_at(&repeats->shares, group->share % EV_SHARES);
	uint64_t idle_ns = 2 * repeats->window_ns, now = clock_now_ns();
	bool many = groups_used(repeats) > GROUPS_MANY ||
		    share->groups_made - share->groups_gone > GROUPS_MANY_EACH;

	if (!many && idle_ns < IDLE_NS)
		idle_ns = IDLE_NS;
	return now > idle_ns ? now - idle_ns : 0;
}

/* Deletes its key, or frees its place. What it counted is reported by then. */
static int expire_group(struct repeats *repeats, uint32_t index, bool grace, live_record_fn fn,
			void *context)
{
	struct tally *tally = &repeats->tallies[index];
	const struct ev_group *group = group_at(repeats, index);
	int error;

	if (!repeats->table.is_leaving[index]) {
		if (ticks_ns(&repeats->ticks, tally->last_jiffies) >= idle_since(repeats, group))
			return 0;
		shares_note_gone(&repeats->shares, group->share % EV_SHARES);
		table_leave(&repeats->table, index, &group->key);
		return 0;
	}
	if (!grace)
		return 0;
	error = report_group(repeats, index, fn, context);
	*tally = (struct tally){ 0 };
	table_return(&repeats->table, index);
	return error;
}

static int expire(struct repeats *repeats, bool grace, live_record_fn fn, void *context)
{
	int error = 0;

	for (uint32_t i = 0; i < repeats->table.high && !error; i++)
		if (repeats->tallies[i].group && !repeats->tallies[i].is_recent)
			error = expire_group(repeats, i, grace, fn, context);
	shares_expire(&repeats->shares, &repeats->ticks, clock_now_ns() - IDLE_NS, grace);
	return error;
}

/* True if what was deleted by earlier looks is unknown to all programs now. */
static bool wait_for_leaving(struct repeats *repeats)
{
	if (!repeats->table.leaving && !shares_are_leaving(&repeats->shares))
		return true;
	return !grace_wait();
}

static int look(struct repeats *repeats, bool final, live_record_fn fn, void *context)
{
	bool grace = wait_for_leaving(repeats), news;
	bool all;
	int error;

	table_note_made(&repeats->table, bss_read(&repeats->skeleton->bss->limit_groups_made));
	read_groups(repeats);
	all = add_recents(repeats);
	set_clock(repeats);
	error = report_groups(repeats, final, fn, context);
	if (!error)
		error = shares_report(&repeats->shares, &repeats->ticks, &news, fn, context);
	if (!error && news)
		repeats->busy = true;
	if (error || !all || final)
		return error;
	return expire(repeats, grace, fn, context);
}

static bool is_crowded(const struct repeats *repeats)
{
	return groups_used(repeats) >= GROUPS_QUIET;
}

int repeats_read(struct repeats *repeats, bool final, live_record_fn fn, void *context)
{
	uint64_t counted = bss_read(&repeats->skeleton->bss->limit_counted);

	if (!final && !repeats->busy && counted == repeats->noticed && !is_crowded(repeats))
		return 0;
	repeats->noticed = counted;
	repeats->busy = false;
	return look(repeats, final, fn, context);
}

bool repeats_may_come(const struct repeats *repeats)
{
	return repeats->busy ||
	       bss_read(&repeats->skeleton->bss->limit_counted) != repeats->noticed ||
	       is_crowded(repeats);
}
