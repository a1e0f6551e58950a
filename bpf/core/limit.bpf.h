/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rate limit: the first incidents of a group in each window are sent in full, as far as the budget
 * of their owner allows. The others are only counted, most of them by their CPU alone
 * (group_recents). Incidents in full + counted + lost is exactly the number of events. Incidents
 * that find no place in the table are counted in the share of their owner.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"
#include "core/share.bpf.h"

/* The sum of all counts. It shows user space whether there is anything to read. */
__u64 limit_counted __weak = 0;
/* The number of groups made so far. */
__u64 limit_groups_made __weak = 0;

/* What the limit says of an incident in full. */
struct limit_pass {
	u64 group; /* its number; 0: there is no limit */
	u32 index; /* of the group; NO_PLACE: it is counted in the share */
	u32 share;
	bool quiet;
};

static __always_inline void limit_note(struct scratch *scratch, const struct limit_pass *pass)
{
	scratch->incident.group = pass->group;
	scratch->group_index = pass->index;
	scratch->share = pass->share;
	scratch->incident.flags = pass->quiet ? EV_INCIDENT_QUIET : 0;
}

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

static __always_inline u64 group_call(u64 call, u8 subject, u8 signal, u8 outcome)
{
	return call << 32 | (u32)subject << 16 | (u32)signal << 8 | outcome;
}

/* Deaths of one program under one user and in one cgroup are one group, whatever the process. */
static __always_inline void group_key_of_death(struct ev_group_key *key, struct task_struct *task,
					       u8 subject, u8 signal)
{
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);
	u64 program = group_site(BPF_CORE_READ(inode, i_ino), BPF_CORE_READ(inode, i_sb, s_dev));

	key->site = group_site(program, BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id));
	key->pid_fd = BPF_CORE_READ(task, cred, uid.val);
	key->call = group_call(0, subject, signal, EV_OUTCOME_KILLED);
}

/*
 * Each surviving process has its own groups. TGID and REGS belong to the current thread. Its call
 * site is the address of its system call: libraries decide what is on top of the stack there, and
 * so does an attacker.
 */
static __always_inline void group_key_of_call(struct ev_group_key *key, u32 tgid,
					      const struct pt_regs *regs, u8 signal, u8 outcome)
{
	key->pid_fd = (u64)tgid << 32 | (u32)REGS_READ(regs, REG_FIRST);
	key->call = group_call((u64)regs_call_number(regs), EV_SUBJECT_WRITE, signal, outcome);
	key->site = REGS_READ(regs, REG_PC);
}

/* A signal that has no call under way: what a process got from one that sent it. */
static __always_inline void group_key_of_signal(struct ev_group_key *key, u32 tgid, u8 subject,
						u8 signal, u8 outcome)
{
	key->site = 0;
	key->pid_fd = (u64)tgid << 32 | (u32)-1;
	key->call = group_call(0, subject, signal, outcome);
}

/* The key for all calls and fds of a process together. */
static __always_inline void group_key_widen(struct ev_group_key *key)
{
	key->site = 0;
	key->pid_fd |= (u32)-1;
	key->call = (u32)key->call;
}

static __always_inline bool group_key_is_of_death(const struct ev_group_key *key)
{
	return (u8)key->call == EV_OUTCOME_KILLED;
}

static __always_inline struct ev_group *group_at(u32 index)
{
	return bpf_map_lookup_elem(&groups, &index);
}

static __always_inline u32 group_find(const struct ev_group_key *key)
{
	u32 *found = bpf_map_lookup_elem(&group_index, key);

	return found ? *found : NO_PLACE;
}

/* Takes a free place for KEY. Not inlined: it is not part of the fast path. */
static __noinline u32 group_new(const struct ev_group_key *key, struct task_struct *task,
				u32 share_number)
{
	struct ev_share *share = share_at(share_number);
	struct ev_group *group;
	u32 index;

	if (!share || share_groups(share) >= EV_GROUPS_EACH)
		return NO_PLACE;
	index = place_take(&groups_free);
	if (index == NO_PLACE)
		return NO_PLACE;
	group = group_at(index);
	if (!group)
		return NO_PLACE; /* never true, but the verifier needs the test */
	group->window_start_ns = bpf_ktime_get_ns();
	group->window_start_jiffies = bpf_jiffies64();
	group->in_window = 0;
	group->share = share_number;
	group->key = *key;
	named_capture(&group->named, task);
	/* Last: user space takes a place without a number for free. */
	*(volatile u64 *)&group->group = group_number();
	if (!bpf_map_update_elem(&group_index, key, &index, BPF_NOEXIST)) {
		__sync_fetch_and_add(&share->groups_made, 1);
		__sync_fetch_and_add(&limit_groups_made, 1);
		return index;
	}
	/* Another CPU was first. */
	group->group = 0;
	place_give(&groups_free, index);
	return group_find(key);
}

/*
 * The group of KEY, which becomes wider if the owner has many groups. NO_PLACE: there is no place
 * for it.
 */
static __always_inline u32 group_of(struct ev_group_key *key, struct task_struct *task,
				    u32 *ret_share)
{
	u32 index = group_find(key);
	struct ev_share *share;

	if (index != NO_PLACE)
		return index;
	*ret_share = share_of(task);
	share = share_at(*ret_share);
	if (share && share_groups(share) >= EV_GROUPS_EACH / 2 && !group_key_is_of_death(key)) {
		group_key_widen(key);
		index = group_find(key);
	}
	return index != NO_PLACE ? index : group_new(key, task, *ret_share);
}

static __always_inline bool group_is_same(const struct ev_group_key *one,
					  const struct ev_group_key *other)
{
	return one->site == other->site && one->pid_fd == other->pid_fd && one->call == other->call;
}

static __always_inline enum share_part group_part(const struct ev_group *group)
{
	if (group->in_window)
		return SHARE_HALF;
	return group_key_is_of_death(&group->key) ? SHARE_WHOLLY : SHARE_MOST;
}

/*
 * Gives RECENT to KEY, whose group is at INDEX, is already counted there, and is over its burst.
 * Adds the count of the group that had the place to that group. The number of changes shows a
 * reader that it has read a mix of two groups.
 */
static __always_inline void group_remember(struct ev_group_recent *recent,
					   const struct ev_group_key *key,
					   const struct ev_group *group, u32 index, u64 now)
{
	volatile struct ev_group_recent *place = recent;

	if (recent->group != group->group) {
		u64 counted = recent->counted, last = recent->last_jiffies;
		struct ev_group *left = group_at(recent->index);

		place->changes++;
		place->group = 0;
		place->counted = 0;
		recent->key = *key;
		/* A place is not freed while a CPU names its group (user/source/repeats.c). */
		if (counted && left) {
			__sync_fetch_and_add(&left->counted, counted);
			if (left->last_jiffies < last)
				left->last_jiffies = last;
		}
		place->index = index;
		place->group = group->group;
		place->changes++;
	}
	recent->window_start_jiffies = group->window_start_jiffies;
	recent->last_jiffies = now;
}

static __always_inline void other_note(u32 share_number, struct task_struct *task, u32 slot,
				       u64 now)
{
	u32 index = cpu_place(slot);
	struct ev_others *set = bpf_map_lookup_elem(&others, &index);
	volatile struct ev_other *place;
	struct ev_other *other;

	if (!set)
		return; /* the CPU has no memory: no name */
	place = other = &set->way[share_number & (EV_OTHERS - 1)];
	place->changes++;
	place->share = share_number;
	place->jiffies = now;
	named_capture(&other->named, task);
	place->changes++;
}

static __always_inline void other_count(u32 share_number, struct task_struct *task, u32 outcome,
					u32 slot, u64 now)
{
	struct ev_share *share = share_at(share_number);

	if (!share)
		return; /* never true, but the verifier needs the test */
	if (!share->other_first_ns)
		share->other_first_ns = bpf_ktime_get_ns();
	share->other_last_jiffies = now;
	other_note(share_number, task, slot, now);
	__sync_fetch_and_add(&share->other[outcome & (EV_OUTCOMES - 1)], 1);
	__sync_fetch_and_add(&limit_counted, 1);
}

/*
 * There is no place for the group. All of these of one owner are one group, with its own burst and
 * the name of the last one.
 */
static __noinline bool limit_passes_other(u32 share_number, struct task_struct *task, u32 outcome,
					  u32 slot, struct limit_pass *ret_pass)
{
	struct ev_share *share = share_at(share_number);
	u64 now = bpf_jiffies64();

	if (!share)
		return true; /* never true, but the verifier needs the test */
	ret_pass->group = share->other_group;
	ret_pass->index = NO_PLACE;
	ret_pass->share = share_number;
	share->used_jiffies = now;
	if (now - share->other_window_jiffies >= config.machine.window_jiffies) {
		share->other_window_jiffies = now;
		share->other_in_window = 0;
	}
	if (share->other_in_window < config.burst &&
	    share_takes_whole(share, SHARE_HALF, now, &ret_pass->quiet)) {
		share->other_in_window++;
		return true;
	}
	other_count(share_number, task, outcome, slot, now);
	return false;
}

static __always_inline void group_count(struct ev_group *group, u64 now)
{
	if (!group->first_ns)
		group->first_ns = bpf_ktime_get_ns();
	group->last_jiffies = now;
	__sync_fetch_and_add(&group->counted, 1);
}

/*
 * For a new group, for a group in its burst, and for a CPU that has not counted the group yet.
 * RECENT is NULL on a CPU that has no memory.
 */
static __noinline bool limit_passes_group(const struct ev_group_key *narrow,
					  struct task_struct *task, u32 slot,
					  struct ev_group_recent *recent,
					  struct limit_pass *ret_pass)
{
	struct ev_group_key key = *narrow;
	u64 now = bpf_jiffies64();
	struct ev_share *share;
	struct ev_group *group;
	u32 share_number = 0, index = group_of(&key, task, &share_number);

	group = index == NO_PLACE ? NULL : group_at(index);
	if (!group)
		return limit_passes_other(share_number, task, (u8)key.call, slot, ret_pass);
	ret_pass->group = group->group;
	ret_pass->index = index;
	ret_pass->share = group->share;
	if (now - group->window_start_jiffies >= config.machine.window_jiffies) {
		group->window_start_jiffies = now;
		group->window_start_ns = bpf_ktime_get_ns();
		group->in_window = 0;
	}
	share = share_at(group->share);
	if (group->in_window < config.burst && share &&
	    share_takes_whole(share, group_part(group), now, &ret_pass->quiet)) {
		group->in_window++;
		return true;
	}
	group_count(group, now);
	if (group->in_window <= config.burst) {
		/* Once per window and group is enough to be noticed. */
		group->in_window = config.burst + 1;
		__sync_fetch_and_add(&limit_counted, 1);
	}
	if (recent)
		group_remember(recent, &key, group, index, now);
	return false;
}

/*
 * True: the incident is sent in full. False: it was counted. SLOT is the hook's. Two CPUs in the
 * same group may send one incident more than the burst; each incident is still sent or counted.
 */
static __always_inline bool limit_passes(const struct ev_group_key *key, struct task_struct *task,
					 u32 slot, struct limit_pass *ret_pass)
{
	u32 index = cpu_place(slot);
	struct ev_group_recents *recents = bpf_map_lookup_elem(&group_recents, &index);
	struct ev_group_recent *recent;
	u64 now = bpf_jiffies64();

	if (!recents)
		return limit_passes_group(key, task, slot, NULL, ret_pass);
	recent = &recents->way[(key->site ^ key->pid_fd) & (EV_GROUP_RECENTS - 1)];
	if (group_is_same(&recent->key, key) && recent->group &&
	    now - recent->window_start_jiffies < config.machine.window_jiffies) {
		recent->counted++;
		recent->last_jiffies = now;
		return false;
	}
	return limit_passes_group(key, task, slot, recent, ret_pass);
}

/*
 * The ring buffer is full: the incident is counted like those beyond the limit, so that it keeps
 * its name.
 */
static __noinline int limit_note_unsent(struct scratch *scratch, struct task_struct *task)
{
	u64 now = bpf_jiffies64();
	struct ev_group *group;

	if (!scratch->incident.group) {
		__sync_fetch_and_add(&lost_records, 1);
		return 0;
	}
	group = scratch->group_index == NO_PLACE ? NULL : group_at(scratch->group_index);
	if (group) {
		group_count(group, now);
		__sync_fetch_and_add(&limit_counted, 1);
	} else {
		other_count(scratch->share, task, scratch->signal.outcome, scratch->slot, now);
	}
	return 0;
}
