/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A flood stays cheap: the first incidents of a kind in a window go out whole, the rest are counted. Whole
 * plus counted plus lost is what happened, exactly: an entry of the map is never deleted or reset while its
 * process lives, so that user space reports differences; and what the map has no room for is counted by
 * outcome.
 */
#pragma once

#include "core/emit.bpf.h"
#include "core/filter.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"

/* Written by user/source/load.c. */
const volatile __u32 storm_burst __weak = 0; /* whole incidents of a kind in a window; 0: all of them */
const volatile __u64 storm_window_jiffies __weak = 250;

/* All that were counted, for user space to see at a glance that there is something to read. */
__u64 storm_counted __weak = 0;
/* Entries that were ever made. */
__u64 storm_entries __weak = 0;
/* Of kinds that the map had no room for. Index: enum ev_outcome. */
__u64 storm_other[16] __weak = {};

/*
 * A wake-up costs more than the record. Where a flood is counted it is worth it, for the reader then comes
 * while a survivor still has its /proc; where every incident is sent, only a death wakes it.
 */
static __always_inline enum wake storm_wake(u8 outcome)
{
	if (outcome == EV_OUTCOME_KILLED)
		return WAKE_NOW;
	return storm_burst ? WAKE_IDLE : WAKE_NOT;
}

/* Deaths of one program are one kind, whatever the process; survivors are kept apart. */
static __always_inline void storm_key_of_death(struct ev_storm_key *key, struct task_struct *task,
					       u8 signal)
{
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);

	key->site = BPF_CORE_READ(inode, i_ino);
	key->caller = BPF_CORE_READ(inode, i_sb, s_dev);
	key->pid = 0;
	key->fd = -1;
	key->number = 0;
	key->outcome = EV_OUTCOME_KILLED;
	key->signal = signal;
	key->pad0 = 0;
}

static __always_inline void storm_key_of_call(struct ev_storm_key *key, struct task_struct *task, u8 signal,
					      u8 outcome)
{
	const struct pt_regs *regs = current_user_regs();

	key->pid = bpf_get_current_pid_tgid() >> 32;
	key->outcome = outcome;
	key->signal = signal;
	key->pad0 = 0;
	key->caller = 0;
#if defined(__TARGET_ARCH_x86)
	key->fd = REGS_READ(regs, di);
	key->number = REGS_READ(regs, orig_ax);
	key->site = REGS_READ(regs, ip);
	/* The call site behind libc's write(): its return address, where there is no frame in between. */
	bpf_probe_read_user(&key->caller, sizeof(key->caller),
			    (void *)REGS_READ(regs, sp));
#else
	key->fd = REGS_READ(regs, orig_x0);
	key->number = REGS_READ(regs, syscallno);
	key->site = REGS_READ(regs, pc);
	bpf_core_read(&key->caller, sizeof(key->caller), &regs->regs[30]);
#endif
}

struct storm_kind {
	u64 kind;
	bool is_first; /* whole incident of its kind */
};

static __always_inline struct ev_storm_entry *storm_entry(const struct ev_storm_key *key)
{
	struct ev_storm_entry *entry = bpf_map_lookup_elem(&storm_kinds, key);
	struct ev_storm_entry fresh = {};

	if (entry)
		return entry;
	fresh.window_start_ns = bpf_ktime_get_ns();
	fresh.window_start_jiffies = bpf_jiffies64();
	fresh.kind = fresh.window_start_ns ^ (u64)bpf_get_smp_processor_id() << 48;
	if (!bpf_map_update_elem(&storm_kinds, key, &fresh, BPF_NOEXIST))
		__sync_fetch_and_add(&storm_entries, 1);
	return bpf_map_lookup_elem(&storm_kinds, key);
}

/*
 * True: the incident goes out whole, RET_KIND names its kind and says whether it is the first of it. False: it
 * was counted. Two CPUs in the same entry may send one more than the burst; each of theirs is sent or
 * counted all the same.
 */
static __always_inline bool storm_passes(const struct ev_storm_key *key, struct storm_kind *ret_kind)
{
	struct ev_storm_entry *entry = storm_entry(key);
	u64 now = bpf_jiffies64();

	ret_kind->kind = 0;
	ret_kind->is_first = true;
	if (!entry) {
		__sync_fetch_and_add(&storm_other[key->outcome & 15], 1);
		__sync_fetch_and_add(&storm_counted, 1);
		return false;
	}
	ret_kind->kind = entry->kind;
	if (now - entry->window_start_jiffies >= storm_window_jiffies) {
		entry->window_start_jiffies = now;
		entry->window_start_ns = bpf_ktime_get_ns();
		entry->in_window = 0;
	}
	if (entry->in_window < storm_burst) {
		entry->in_window++;
		ret_kind->is_first = !entry->sent++;
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
	return false;
}
