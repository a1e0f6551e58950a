/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A flood stays cheap: the first incidents of a kind in a window go out whole, the rest are
 * counted, most of them by their CPU alone (storm_recents). Whole plus counted plus lost is what
 * happened, exactly: an entry of the map is never deleted or reset while its process lives, so that
 * user space reports differences; and what the map has no room for is counted by outcome.
 */
#pragma once

#include "core/emit.bpf.h"
#include "core/filter.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"

/* Written by user/source/load.c. */
const volatile __u32 storm_burst __weak =
	0; /* whole incidents of a kind in a window; 0: all of them */
const volatile __u64 storm_window_jiffies __weak = 250;

/* All that were counted, for user space to see at a glance that there is something to read. */
__u64 storm_counted __weak = 0;
/* Entries that were ever made. */
__u64 storm_entries __weak = 0;
/* Of kinds that the map had no room for. Index: enum ev_outcome. */
__u64 storm_other[16] __weak = {};

/*
 * A wake-up costs more than the record (an interrupt, dear in virtual machines). Where a flood is
 * counted it is worth it if the reader is not at work already; where every incident is sent, only a
 * death wakes it, past survivors' records that wait.
 */
static __always_inline enum wake storm_wake(u8 outcome)
{
	if (storm_burst)
		return WAKE_IDLE;
	return outcome == EV_OUTCOME_KILLED ? WAKE_NOW : WAKE_NOT;
}

/* Two numbers in one: a shorter key is hashed and compared faster. */
static __always_inline u64 storm_site(u64 one, u64 other)
{
	return one * 0x9e3779b97f4a7c15ULL + other;
}

/* Deaths of one program are one kind, whatever the process; survivors are kept apart. */
static __always_inline void storm_key_of_death(struct ev_storm_key *key, struct task_struct *task,
					       u8 signal)
{
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);

	key->site = storm_site(BPF_CORE_READ(inode, i_ino), BPF_CORE_READ(inode, i_sb, s_dev));
	key->pid_fd = (u32)-1;
	key->call_signal = signal << 8 | EV_OUTCOME_KILLED;
}

/*
 * TGID and REGS are of the thread that runs. Its call site is where libc's write() returns to: the
 * return address on top of the stack, where there is no frame in between.
 */
static __always_inline void storm_key_of_call(struct ev_storm_key *key, u32 tgid,
					      const struct pt_regs *regs, u8 signal, u8 outcome)
{
	u64 caller = 0;

#if defined(__TARGET_ARCH_x86)
	key->pid_fd = (u64)tgid << 32 | (u32)REGS_READ(regs, di);
	key->call_signal = REGS_READ(regs, orig_ax) << 32 | signal << 8 | outcome;
	bpf_probe_read_user(&caller, sizeof(caller), (void *)REGS_READ(regs, sp));
	key->site = storm_site(REGS_READ(regs, ip), caller);
#else
	key->pid_fd = (u64)tgid << 32 | (u32)REGS_READ(regs, orig_x0);
	key->call_signal = (u64)REGS_READ(regs, syscallno) << 32 | signal << 8 | outcome;
	bpf_core_read(&caller, sizeof(caller), &regs->regs[30]);
	key->site = storm_site(REGS_READ(regs, pc), caller);
#endif
}

/* Out of the way of a flood. */
static __noinline struct ev_storm_entry *storm_entry_new(const struct ev_storm_key *key)
{
	struct ev_storm_entry fresh = {};

	fresh.window_start_ns = bpf_ktime_get_ns();
	fresh.window_start_jiffies = bpf_jiffies64();
	fresh.kind = fresh.window_start_ns ^ (u64)bpf_get_smp_processor_id() << 48;
	if (!bpf_map_update_elem(&storm_kinds, key, &fresh, BPF_NOEXIST))
		__sync_fetch_and_add(&storm_entries, 1);
	return bpf_map_lookup_elem(&storm_kinds, key);
}

static __always_inline bool storm_is_same(const struct ev_storm_key *one,
					  const struct ev_storm_key *other)
{
	return one->site == other->site && one->pid_fd == other->pid_fd &&
	       one->call_signal == other->call_signal;
}

/*
 * RECENT is KEY's from now on, which has been counted in its entry and is in its burst no more.
 * Another kind that was there takes its count along. A reader sees by the changes that it read of
 * two kinds at once.
 */
static __always_inline void storm_remember(struct ev_storm_recent *recent,
					   const struct ev_storm_key *key,
					   const struct ev_storm_entry *entry, u64 now)
{
	volatile struct ev_storm_recent *place = recent;

	if (recent->kind != entry->kind) {
		u64 counted = recent->counted, last = recent->last_jiffies;
		struct ev_storm_key old = recent->key;

		place->changes++;
		place->kind = 0;
		place->counted = 0;
		recent->key = *key;
		if (counted) {
			struct ev_storm_entry *left = bpf_map_lookup_elem(&storm_kinds, &old);

			/* An entry stays as long as it is named here (user/source/repeats.c). */
			if (left) {
				__sync_fetch_and_add(&left->counted, counted);
				if (left->last_jiffies < last)
					left->last_jiffies = last;
			}
		}
		place->kind = entry->kind;
		place->changes++;
	}
	recent->window_start_jiffies = entry->window_start_jiffies;
	recent->last_jiffies = now;
}

/* Where a kind is met for the first time, in its burst, or by a CPU that has not counted it yet. */
static __noinline bool storm_passes_entry(const struct ev_storm_key *key,
					  struct ev_storm_recent *recent, u64 *ret_kind)
{
	struct ev_storm_entry *entry = bpf_map_lookup_elem(&storm_kinds, key)
					       ?: storm_entry_new(key);
	u64 now = bpf_jiffies64();

	*ret_kind = 0;
	if (!entry) {
		__sync_fetch_and_add(&storm_other[key->call_signal & 15], 1);
		__sync_fetch_and_add(&storm_counted, 1);
		return false;
	}
	*ret_kind = entry->kind;
	if (now - entry->window_start_jiffies >= storm_window_jiffies) {
		entry->window_start_jiffies = now;
		entry->window_start_ns = bpf_ktime_get_ns();
		entry->in_window = 0;
	}
	if (entry->in_window < storm_burst) {
		entry->in_window++;
		return true;
	}
	if (!entry->first_ns)
		entry->first_ns = bpf_ktime_get_ns();
	entry->last_jiffies = now;
	__sync_fetch_and_add(&entry->counted, 1);
	if (entry->in_window == storm_burst) {
		/* Once a window and kind is enough to be noticed. */
		entry->in_window++;
		__sync_fetch_and_add(&storm_counted, 1);
	}
	storm_remember(recent, key, entry, now);
	return false;
}

/*
 * True: the incident goes out whole, RET_KIND names its kind. False: it was counted. SLOT is the
 * hook's. Two CPUs in the same entry may send one more than the burst; each of theirs is sent or
 * counted all the same.
 */
static __always_inline bool storm_passes(const struct ev_storm_key *key, u32 slot, u64 *ret_kind)
{
	u32 index = bpf_get_smp_processor_id() * SCRATCH_SLOTS + slot;
	struct ev_storm_recents *recents = bpf_map_lookup_elem(&storm_recents, &index);
	struct ev_storm_recent *recent;
	u64 now = bpf_jiffies64();

	if (!recents)
		return true; /* cannot be, but for the verifier */
	recent = &recents->way[(key->site ^ key->pid_fd) & (EV_STORM_RECENTS - 1)];
	if (storm_is_same(&recent->key, key) && recent->kind &&
	    now - recent->window_start_jiffies < storm_window_jiffies) {
		recent->counted++;
		recent->last_jiffies = now;
		return false;
	}
	return storm_passes_entry(key, recent, ret_kind);
}
