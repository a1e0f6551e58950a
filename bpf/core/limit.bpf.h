/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rate limit: the first incidents of a group in each window are sent in full. The others are only
 * counted, most of them by their CPU alone (group_recents). Incidents in full + counted + lost is
 * exactly the number of events. An entry of the map is never deleted or reset while its process
 * runs, so user space can report differences. Incidents of groups for which the map has no space
 * are counted by outcome.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"

/* The sum of all counts. It shows user space whether there is anything to read. */
__u64 limit_counted __weak = 0;
/* The number of entries made so far. */
__u64 limit_groups_made __weak = 0;
/* Counts of groups for which the map had no space. Index: enum ev_outcome. */
__u64 limit_other[16] __weak = {};

/*
 * A wake-up costs more than the record (an interrupt, expensive in virtual machines). With a limit,
 * a record wakes the reader only if the reader is idle. Without a limit, only a death wakes it;
 * records of surviving processes wait.
 */
static __always_inline enum wake limit_wake(u8 outcome)
{
	if (config.burst)
		return WAKE_IDLE;
	return outcome == EV_OUTCOME_KILLED ? WAKE_NOW : WAKE_NOT;
}

/* Combines two numbers in one: a shorter key is faster to hash and to compare. */
static __always_inline u64 group_site(u64 one, u64 other)
{
	return one * 0x9e3779b97f4a7c15ULL + other;
}

/*
 * Deaths of one program are one group, whatever the process. Each surviving process has its own
 * groups.
 */
static __always_inline void group_key_of_death(struct ev_group_key *key, struct task_struct *task,
					       u8 signal)
{
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);

	key->site = group_site(BPF_CORE_READ(inode, i_ino), BPF_CORE_READ(inode, i_sb, s_dev));
	key->pid_fd = (u32)-1;
	key->call_signal = signal << 8 | EV_OUTCOME_KILLED;
}

/*
 * TGID and REGS belong to the current thread. Its call site is the return address of libc's
 * write(): it is on top of the stack, because write() has no frame.
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

/* Not inlined: it is not part of the fast path. */
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
 * Gives RECENT to KEY, which is already counted in its entry and whose burst is over. Adds the
 * count of the group that had the place to that group's entry. The number of changes shows a reader
 * that it has read a mix of two groups.
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

			/*
			 * An entry is not deleted while a CPU names it here
			 * (user/source/repeats.c).
			 */
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

/* For a new group, for a group in its burst, and for a CPU that has not counted the group yet. */
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
		/* Once per window and group is enough to be noticed. */
		entry->in_window++;
		__sync_fetch_and_add(&limit_counted, 1);
	}
	group_remember(recent, key, entry, now);
	return false;
}

/*
 * True: the incident is sent in full, and RET_GROUP is the number of its group. False: it was
 * counted. SLOT is the hook's. Two CPUs in the same entry may send one incident more than the
 * burst; each incident is still sent or counted.
 */
static __always_inline bool limit_passes(const struct ev_group_key *key, u32 slot, u64 *ret_group)
{
	u32 index = bpf_get_smp_processor_id() * SCRATCH_SLOTS + slot;
	struct ev_group_recents *recents = bpf_map_lookup_elem(&group_recents, &index);
	struct ev_group_recent *recent;
	u64 now = bpf_jiffies64();

	if (!recents)
		return true; /* never true, but the verifier needs the test */
	recent = &recents->way[(key->site ^ key->pid_fd) & (EV_GROUP_RECENTS - 1)];
	if (group_is_same(&recent->key, key) && recent->group &&
	    now - recent->window_start_jiffies < config.machine.window_jiffies) {
		recent->counted++;
		recent->last_jiffies = now;
		return false;
	}
	return limit_passes_entry(key, recent, ret_group);
}
