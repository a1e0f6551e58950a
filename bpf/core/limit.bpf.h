/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A flood stays cheap: the first incidents of a group in a window go out whole, the rest are
 * counted, most of them by their CPU alone (group_recents). Whole plus counted plus lost is what
 * happened, exactly: an entry of the map is never deleted or reset while its process lives, so that
 * user space reports differences; and what the map has no room for is counted by outcome.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"

/* All that were counted, for user space to see at a glance that there is something to read. */
__u64 limit_counted __weak = 0;
/* Entries that were ever made. */
__u64 limit_groups_made __weak = 0;
/* Of groups that the map had no room for. Index: enum ev_outcome. */
__u64 limit_other[16] __weak = {};

/*
 * A wake-up costs more than the record (an interrupt, dear in virtual machines). Where a flood is
 * counted it is worth it if the reader is not at work already; where every incident is sent, only a
 * death wakes it, past survivors' records that wait.
 */
static __always_inline enum wake limit_wake(u8 outcome)
{
	if (config.burst)
		return WAKE_IDLE;
	return outcome == EV_OUTCOME_KILLED ? WAKE_NOW : WAKE_NOT;
}

/* Two numbers in one: a shorter key is hashed and compared faster. */
static __always_inline u64 group_site(u64 one, u64 other)
{
	return one * 0x9e3779b97f4a7c15ULL + other;
}

/* Deaths of one program are one group, whatever the process; survivors are kept apart. */
static __always_inline void group_key_of_death(struct ev_group_key *key, struct task_struct *task,
					       u8 signal)
{
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);

	key->site = group_site(BPF_CORE_READ(inode, i_ino), BPF_CORE_READ(inode, i_sb, s_dev));
	key->pid_fd = (u32)-1;
	key->call_signal = signal << 8 | EV_OUTCOME_KILLED;
}

/*
 * TGID and REGS are of the thread that runs. Its call site is where libc's write() returns to: the
 * return address on top of the stack, where there is no frame in between.
 */
static __always_inline void group_key_of_call(struct ev_group_key *key, u32 tgid,
					      const struct pt_regs *regs, u8 signal, u8 outcome)
{
	u64 caller = 0;

#if defined(__TARGET_ARCH_x86)
	key->pid_fd = (u64)tgid << 32 | (u32)REGS_READ(regs, di);
	key->call_signal = REGS_READ(regs, orig_ax) << 32 | signal << 8 | outcome;
	bpf_probe_read_user(&caller, sizeof(caller), (void *)REGS_READ(regs, sp));
	key->site = group_site(REGS_READ(regs, ip), caller);
#else
	key->pid_fd = (u64)tgid << 32 | (u32)REGS_READ(regs, orig_x0);
	key->call_signal = (u64)REGS_READ(regs, syscallno) << 32 | signal << 8 | outcome;
	bpf_core_read(&caller, sizeof(caller), &regs->regs[30]);
	key->site = group_site(REGS_READ(regs, pc), caller);
#endif
}

/* Out of the way of a flood. */
static __noinline struct ev_group_entry *group_new(const struct ev_group_key *key)
{
	struct ev_group_entry fresh = {};

	fresh.window_start_ns = bpf_ktime_get_ns();
	fresh.window_start_jiffies = bpf_jiffies64();
	fresh.group = fresh.window_start_ns ^ (u64)bpf_get_smp_processor_id() << 48;
	if (!bpf_map_update_elem(&groups, key, &fresh, BPF_NOEXIST))
		__sync_fetch_and_add(&limit_groups_made, 1);
	return bpf_map_lookup_elem(&groups, key);
}

static __always_inline bool group_is_same(const struct ev_group_key *one,
					  const struct ev_group_key *other)
{
	return one->site == other->site && one->pid_fd == other->pid_fd &&
	       one->call_signal == other->call_signal;
}

/*
 * RECENT is KEY's from now on, which has been counted in its entry and is in its burst no more.
 * Another group that was there takes its count along. A reader sees by the changes that it read of
 * two groups at once.
 */
static __always_inline void group_remember(struct ev_group_recent *recent,
					   const struct ev_group_key *key,
					   const struct ev_group_entry *entry, u64 now)
{
	volatile struct ev_group_recent *place = recent;

	if (recent->group != entry->group) {
		u64 counted = recent->counted, last = recent->last_jiffies;
		struct ev_group_key old = recent->key;

		place->changes++;
		place->group = 0;
		place->counted = 0;
		recent->key = *key;
		if (counted) {
			struct ev_group_entry *left = bpf_map_lookup_elem(&groups, &old);

			/* An entry stays as long as it is named here (user/source/repeats.c). */
			if (left) {
				__sync_fetch_and_add(&left->counted, counted);
				if (left->last_jiffies < last)
					left->last_jiffies = last;
			}
		}
		place->group = entry->group;
		place->changes++;
	}
	recent->window_start_jiffies = entry->window_start_jiffies;
	recent->last_jiffies = now;
}

/* Where a group is met for the first time, in its burst, or by a CPU that has not counted it yet. */
static __noinline bool limit_passes_entry(const struct ev_group_key *key,
					  struct ev_group_recent *recent, u64 *ret_group)
{
	struct ev_group_entry *entry = bpf_map_lookup_elem(&groups, key) ?: group_new(key);
	u64 now = bpf_jiffies64();

	*ret_group = 0;
	if (!entry) {
		__sync_fetch_and_add(&limit_other[key->call_signal & 15], 1);
		__sync_fetch_and_add(&limit_counted, 1);
		return false;
	}
	*ret_group = entry->group;
	if (now - entry->window_start_jiffies >= config.machine.window_jiffies) {
		entry->window_start_jiffies = now;
		entry->window_start_ns = bpf_ktime_get_ns();
		entry->in_window = 0;
	}
	if (entry->in_window < config.burst) {
		entry->in_window++;
		return true;
	}
	if (!entry->first_ns)
		entry->first_ns = bpf_ktime_get_ns();
	entry->last_jiffies = now;
	__sync_fetch_and_add(&entry->counted, 1);
	if (entry->in_window == config.burst) {
		/* Once a window and group is enough to be noticed. */
		entry->in_window++;
		__sync_fetch_and_add(&limit_counted, 1);
	}
	group_remember(recent, key, entry, now);
	return false;
}

/*
 * True: the incident goes out whole, RET_GROUP names its group. False: it was counted. SLOT is the
 * hook's. Two CPUs in the same entry may send one more than the burst; each of theirs is sent or
 * counted all the same.
 */
static __always_inline bool limit_passes(const struct ev_group_key *key, u32 slot, u64 *ret_group)
{
	u32 index = bpf_get_smp_processor_id() * SCRATCH_SLOTS + slot;
	struct ev_group_recents *recents = bpf_map_lookup_elem(&group_recents, &index);
	struct ev_group_recent *recent;
	u64 now = bpf_jiffies64();

	if (!recents)
		return true; /* cannot be, but for the verifier */
	recent = &recents->way[(key->site ^ key->pid_fd) & (EV_GROUP_RECENTS - 1)];
	if (group_is_same(&recent->key, key) && recent->group &&
	    now - recent->window_start_jiffies < config.machine.window_jiffies) {
		recent->counted++;
		recent->last_jiffies = now;
		return false;
	}
	return limit_passes_entry(key, recent, ret_group);
}
