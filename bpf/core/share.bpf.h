/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one owner may use: groups in the table, and incidents in full a second. So a user who floods
 * sigpath fills only a share of it.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"
#include "core/owner.bpf.h"
#include "core/places.bpf.h"

/* Incidents in full in the current second, of all owners. */
__u64 share_second_jiffies __weak = 0;
__u64 share_whole __weak = 0;
/* The number of shares made so far. */
__u64 shares_made __weak = 0;

static __always_inline struct ev_share *share_at(u32 index)
{
	return bpf_map_lookup_elem(&shares, &index);
}

/* A number that no other group has. */
static __always_inline u64 group_number(void)
{
	return bpf_ktime_get_ns() ^ (u64)bpf_get_smp_processor_id() << 48;
}

static __noinline u32 share_new(u64 owner)
{
	struct ev_share *share;
	u32 index = place_take(&shares_free), *found;

	if (index == NO_PLACE)
		return EV_SHARE_REST;
	share = share_at(index);
	if (!share)
		return EV_SHARE_REST; /* never true, but the verifier needs the test */
	share->owner = owner;
	share->other_group = group_number();
	share->used_jiffies = bpf_jiffies64();
	if (!bpf_map_update_elem(&share_index, &owner, &index, BPF_NOEXIST)) {
		__sync_fetch_and_add(&shares_made, 1);
		return index;
	}
	/* Another CPU was first. */
	share->owner = 0;
	place_give(&shares_free, index);
	found = bpf_map_lookup_elem(&share_index, &owner);
	return found ? *found : EV_SHARE_REST;
}

/* The index of the share of TASK's owner. */
static __always_inline u32 share_of(struct task_struct *task)
{
	u64 owner = owner_of(as_number(task));
	u32 *found = bpf_map_lookup_elem(&share_index, &owner);

	return found ? *found : share_new(owner);
}

static __always_inline u64 share_groups(const struct ev_share *share)
{
	return *(const volatile u64 *)&share->groups_made -
	       *(const volatile u64 *)&share->groups_gone;
}

/* The limit in all, and the part of the ring buffer that is kept for quiet owners. */
static __always_inline bool share_all_passes(void)
{
	return share_whole < config.rate_all &&
	       bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) < config.machine.buffer_reserve;
}

/* How much of the budget an incident may use, so that one kind does not hide the others. */
enum share_part {
	SHARE_HALF,   /* another one of a group in its window */
	SHARE_MOST,   /* the first one */
	SHARE_WHOLLY, /* a death */
};

static __always_inline u32 share_part_of(enum share_part part)
{
	if (part == SHARE_WHOLLY)
		return config.rate_each;
	return part == SHARE_MOST ? config.rate_each - config.rate_each / 4
				  : (config.rate_each + 1) / 2;
}

/*
 * Takes one incident in full from the budget of this second. The first ones of each owner
 * (RET_QUIET) always pass. Two CPUs at the same time may take one too many.
 */
static __always_inline bool share_takes_whole(struct ev_share *share, enum share_part part, u64 now,
					      bool *ret_quiet)
{
	if (!config.rate_each) {
		*ret_quiet = true;
		return true;
	}
	if (now - share->second_jiffies >= config.machine.second_jiffies) {
		share->second_jiffies = now;
		share->whole = 0;
	}
	if (now - share_second_jiffies >= config.machine.second_jiffies) {
		share_second_jiffies = now;
		share_whole = 0;
	}
	share->used_jiffies = now;
	*ret_quiet = share->whole < config.rate_quiet;
	if (!*ret_quiet && (share->whole >= share_part_of(part) || !share_all_passes()))
		return false;
	share->whole++;
	share_whole++;
	return true;
}
