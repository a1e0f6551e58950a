// SPDX-License-Identifier: GPL-2.0-or-later
#include "shares.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sigpath_bpf.skel.h"

#include "clock.h"

int shares_open(struct shares *shares, struct sigpath_bpf *skeleton)
{
	struct ev_share *rest;
	int error;

	*shares = (struct shares){ .skeleton = skeleton };
	error = table_open(&shares->table, skeleton->maps.shares, skeleton->maps.share_index,
			   skeleton->maps.shares_free, EV_SHARE_REST + 1);
	if (error)
		return error;
	shares->reported = calloc(shares->table.count, sizeof(*shares->reported));
	shares->last_ns = calloc(shares->table.count, sizeof(*shares->last_ns));
	if (!shares->reported || !shares->last_ns)
		return -ENOMEM;
	error = shared_map_open(skeleton->maps.others, PROT_READ, &shares->others);
	if (error)
		return error;
	rest = shares_at(shares, EV_SHARE_REST);
	rest->owner = EV_OWNER_REST;
	rest->other_group = EV_OWNER_REST; /* no time since the boot is that late */
	return 0;
}

void shares_close(struct shares *shares)
{
	shared_map_close(&shares->others);
	free(shares->last_ns);
	free(shares->reported);
	table_close(&shares->table);
	*shares = (struct shares){ 0 };
}

struct ev_share *shares_at(const struct shares *shares, uint32_t index)
{
	return (struct ev_share *)shares->table.places.memory + index;
}

static uint64_t made(const struct shares *shares)
{
	return __atomic_load_n(&shares->skeleton->bss->shares_made, __ATOMIC_RELAXED);
}

void shares_note_gone(struct shares *shares, uint32_t index)
{
	__atomic_fetch_add(&shares_at(shares, index)->groups_gone, 1, __ATOMIC_RELAXED);
}

/* --- what was counted in shares --- */

/* A copy, unless a program has written it in the meantime. */
static bool read_other(const struct ev_other *other, struct ev_other *ret_copy)
{
	uint32_t changes = __atomic_load_n(&other->changes, __ATOMIC_ACQUIRE);

	*ret_copy = *other;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return !(changes & 1) && changes == __atomic_load_n(&other->changes, __ATOMIC_RELAXED);
}

/* The last process that was counted in share INDEX. Unchanged if another share took its places. */
static void find_named(const struct shares *shares, uint32_t index, struct ev_named *named)
{
	const struct ev_others *others = shares->others.memory;
	uint64_t latest = 0;

	for (size_t i = 0; i < shares->others.count; i++) {
		struct ev_other other;

		if (read_other(&others[i].way[index & (EV_OTHERS - 1)], &other) &&
		    other.share == index && other.jiffies > latest) {
			latest = other.jiffies;
			*named = other.named;
		}
	}
}

static void name_owner(const struct ev_share *share, struct ev_named *named)
{
	if ((share->owner & EV_OWNER_KIND) == EV_OWNER_USER)
		named->uid = (uint32_t)share->owner;
	else if ((share->owner & EV_OWNER_KIND) == EV_OWNER_CGROUP)
		named->cgroup_id = share->owner & ~EV_OWNER_KIND;
}

static int report_share(struct shares *shares, uint32_t index, const struct ticks *ticks,
			bool *ret_news, live_record_fn fn, void *context)
{
	const struct ev_share *share = shares_at(shares, index);
	uint64_t last_ns = ticks_ns(ticks, share->other_last_jiffies);
	int error = 0;

	for (uint8_t outcome = 0; outcome < EV_OUTCOMES && !error; outcome++) {
		uint64_t counted = __atomic_load_n(&share->other[outcome], __ATOMIC_RELAXED);
		struct ev_repeat record = {
			.header = { .kind = EV_KIND_REPEAT,
				    .version = EV_VERSION,
				    .size = sizeof(record),
				    .time_ns = clock_now_ns() },
			.count = counted - shares->reported[index][outcome],
			.first_ns = shares->last_ns[index] ?: share->other_first_ns,
			.last_ns = last_ns,
			.outcome = outcome,
			.flags = EV_REPEAT_SEVERAL,
		};

		if (!record.count)
			continue;
		*ret_news = true;
		shares->reported[index][outcome] = counted;
		name_owner(share, &record.named);
		find_named(shares, index, &record.named);
		error = fn(context, &record, sizeof(record));
	}
	if (*ret_news)
		shares->last_ns[index] = last_ns;
	return error;
}

int shares_report(struct shares *shares, const struct ticks *ticks, bool *ret_news,
		  live_record_fn fn, void *context)
{
	int error = 0;

	*ret_news = false;
	table_note_made(&shares->table, made(shares));
	for (uint32_t i = 0; i < shares->table.high && !error; i++) {
		bool news = false;

		if (shares_at(shares, i)->owner)
			error = report_share(shares, i, ticks, &news, fn, context);
		*ret_news |= news;
	}
	return error;
}

/* --- owners that are gone --- */

static bool has_groups(const struct ev_share *share)
{
	return __atomic_load_n(&share->groups_made, __ATOMIC_RELAXED) != share->groups_gone;
}

static bool has_deaths(const struct ev_share *share)
{
	return __atomic_load_n(&share->deaths_made, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&share->deaths_gone, __ATOMIC_RELAXED);
}

static bool is_reported(const struct shares *shares, uint32_t index)
{
	return !memcmp(shares_at(shares, index)->other, shares->reported[index],
		       sizeof(shares->reported[index]));
}

static void return_share(struct shares *shares, uint32_t index)
{
	memset(shares->reported[index], 0, sizeof(shares->reported[index]));
	shares->last_ns[index] = 0;
	table_return(&shares->table, index);
}

void shares_expire(struct shares *shares, const struct ticks *ticks, uint64_t since_ns, bool grace)
{
	struct table *table = &shares->table;

	for (uint32_t i = table->first; i < table->high; i++) {
		const struct ev_share *share = shares_at(shares, i);

		/* A group that was made meanwhile keeps its share. The owner may get another one. */
		if (!share->owner || has_groups(share) || has_deaths(share) ||
		    !is_reported(shares, i))
			continue;
		if (table->is_leaving[i]) {
			if (grace)
				return_share(shares, i);
		} else if (ticks_ns(ticks, share->used_jiffies) < since_ns) {
			table_leave(table, i, &share->owner);
		}
	}
}

bool shares_are_leaving(const struct shares *shares)
{
	return shares->table.leaving;
}
