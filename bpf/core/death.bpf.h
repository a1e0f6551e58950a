/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * -s fatal: what the generation of a signal knew, kept until the process dies of it. The kernel
 * generates a signal in the thread of the sender, where the memory of the victim cannot be read,
 * and does not decide each death there. So the record is made when the signal is delivered, in the
 * victim, or if it is not, when the victim exits. The generation and the delivery hold the siglock
 * of the victim, so they are never at the same time.
 */
#pragma once

#include "core/disposition.bpf.h"
#include "core/filter.bpf.h"
#include "core/process.bpf.h"
#include "core/sender.bpf.h"
#include "core/share.bpf.h"
#include "core/task.bpf.h"

/* An array, its index by thread group, and its free places, as of the groups (core/maps.bpf.h). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EV_DEATHS);
	__type(key, u32);
	__type(value, struct ev_death_entry);
} deaths SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, EV_DEATHS);
	__type(key, u32);
	__type(value, u32);
} death_index SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, EV_DEATHS);
	__type(value, struct ev_places);
} deaths_free SEC(".maps") __weak;

/* A signal that is held back: blocked, or a debugger decides, or the process is stopped. */
struct held_key {
	u32 id; /* thread group, or thread */
	u32 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct held_key);
	__type(value, struct ev_death_entry);
} held_signals SEC(".maps") __weak;

/*
 * The last ends by a signal that were seen. Two threads that exit at the same time can both find
 * that no other one lives. Key: thread group. Value: the start time of the process.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, u64);
} death_ends SEC(".maps") __weak;

/* Places taken and given back so far. */
__u64 deaths_made __weak = 0;
__u64 deaths_gone __weak = 0;

/*
 * Such a signal makes its incident when it is generated, with the call that failed. If the kernel
 * decides the death there, it needs no other.
 */
static __always_inline bool is_told_at_generation(u32 number)
{
	return number == SIGPIPE || filter_signal(number);
}

enum death_sight {
	DEATH_NONE,
	DEATH_HELD, /* if it is delivered some time, and nothing has changed */
	DEATH_FORESEEN,
	DEATH_CERTAIN,
};

/*
 * No thread is left that a signal could end. The leader of a session sends itself SIGHUP then, when
 * it gives up its terminal.
 */
static __always_inline bool process_has_ended(const struct task_struct *task)
{
	return !task->signal->live.counter;
}

static __always_inline u64 action_of(struct task_struct *task, int number)
{
	/* Not as a pointer that the verifier knows: 5.10 refuses to add to it. */
	u64 sighand = (u64)BPF_CORE_READ(task, sighand), handler = 1;

	bpf_core_read(&handler, sizeof(handler),
		      (const void *)(sighand +
				     bpf_core_field_offset(struct sighand_struct, action) +
				     (number - 1) * bpf_core_type_size(struct k_sigaction)));
	return handler;
}

/*
 * What the signal that was generated for TASK will do. While it is held back, the process can
 * change its disposition.
 */
static __always_inline enum death_sight death_foresee(struct task_struct *task, u32 number,
						      u32 result)
{
	u32 flags = task->signal->flags;

	if (!signal_kills(number) || process_has_ended(task))
		return DEATH_NONE;
	if (flags & SIGNAL_GROUP_EXIT)
		return (u32)task->signal->group_exit_code == number ? DEATH_CERTAIN : DEATH_NONE;
	if (result == EV_RESULT_IGNORED || result == EV_RESULT_OVERFLOW_FAIL)
		return DEATH_NONE;
	if (flags & SIGNAL_UNKILLABLE && number != SIGKILL)
		return DEATH_NONE;
	if (task->ptrace || task_blocks(task, number))
		return DEATH_HELD;
	if (action_of(task, number))
		return DEATH_NONE;
	return signal_dumps_core(number) ? DEATH_FORESEEN : DEATH_HELD;
}

/* --- the places --- */

static __always_inline struct ev_death_entry *death_at(u32 index)
{
	return bpf_map_lookup_elem(&deaths, &index);
}

static __always_inline u64 task_start(struct task_struct *task)
{
	return BPF_CORE_READ(task, group_leader, start_boottime);
}

static __always_inline struct ev_death_entry *death_find(struct task_struct *task)
{
	u32 tgid = BPF_CORE_READ(task, tgid);
	u32 *index = bpf_map_lookup_elem(&death_index, &tgid);
	struct ev_death_entry *entry = index ? death_at(*index) : NULL;

	return entry && entry->start_boot_ns == task_start(task) ? entry : NULL;
}

static __always_inline bool share_takes_death(struct ev_share *share)
{
	u64 used = *(const volatile u64 *)&share->deaths_made -
		   *(const volatile u64 *)&share->deaths_gone;

	if (used < EV_DEATHS_EACH)
		return true;
	share->deaths_refused = bpf_jiffies64();
	return false;
}

/* A place for TGID. NULL: its owner has no more of them. */
static __always_inline struct ev_death_entry *death_take_place(struct task_struct *task, u32 tgid)
{
	u32 share_number, index, *old = bpf_map_lookup_elem(&death_index, &tgid);
	struct ev_death_entry *entry;
	struct ev_share *share;

	/* No hook has seen the end of an earlier process with this number. */
	if (old)
		return death_at(*old);
	share_number = share_of(task);
	share = share_at(share_number);
	if (!share || !share_takes_death(share))
		return NULL;
	index = place_take(&deaths_free);
	entry = index == NO_PLACE ? NULL : death_at(index);
	if (!entry) {
		share->deaths_refused = bpf_jiffies64();
		return NULL;
	}
	entry->share = share_number;
	if (bpf_map_update_elem(&death_index, &tgid, &index, BPF_NOEXIST)) {
		place_give(&deaths_free, index);
		return NULL;
	}
	__sync_fetch_and_add(&share->deaths_made, 1);
	__sync_fetch_and_add(&deaths_made, 1);
	return entry;
}

/* The place of TASK, new and claimed CLAIMS times. NULL: there is none for it. */
static __noinline struct ev_death_entry *death_new(struct task_struct *task, u64 claims)
{
	u32 tgid = BPF_CORE_READ(task, tgid);
	struct ev_death_entry *entry = death_take_place(task, tgid);

	if (!entry)
		return NULL;
	entry->state = EV_DEATH_FREE;
	entry->pid = tgid;
	entry->pid_here = process_here(task, tgid);
	entry->start_boot_ns = task_start(task);
	entry->generated_ns = 0;
	*(volatile u64 *)&entry->claims = bpf_ktime_get_ns() << 8 | claims;
	return entry;
}

/* Gives the place of TASK back. */
static __always_inline void death_drop(struct task_struct *task)
{
	u32 tgid = BPF_CORE_READ(task, tgid), index, *found;
	struct ev_death_entry *entry;
	struct ev_share *share;

	found = bpf_map_lookup_elem(&death_index, &tgid);
	if (!found)
		return;
	index = *found;
	entry = death_at(index);
	/* Only one of two CPUs deletes it. */
	if (!entry || bpf_map_delete_elem(&death_index, &tgid))
		return;
	share = share_at(entry->share);
	entry->state = EV_DEATH_FREE;
	entry->start_boot_ns = 0;
	if (share)
		__sync_fetch_and_add(&share->deaths_gone, 1);
	__sync_fetch_and_add(&deaths_gone, 1);
	place_give(&deaths_free, index);
}

static __always_inline bool death_is_claimed(const struct ev_death_entry *entry)
{
	return *(const volatile u64 *)&entry->claims & EV_DEATH_CLAIMS;
}

/* True: the caller makes the record of this death, and nobody else does. */
static __always_inline bool death_claim(struct ev_death_entry *entry)
{
	if (death_is_claimed(entry))
		return false;
	__sync_fetch_and_add(&entry->claims, 1);
	return (*(const volatile u64 *)&entry->claims & EV_DEATH_CLAIMS) == 1;
}

/* An incident says already that TASK dies. */
static __always_inline void death_note_told(struct task_struct *task)
{
	struct ev_death_entry *entry = death_find(task);

	if (entry)
		death_claim(entry);
	else
		death_new(task, 1);
}

/* The first thread that finds the end of TASK's process. */
static __always_inline bool death_claim_end(struct task_struct *task)
{
	u32 tgid = BPF_CORE_READ(task, tgid);
	u64 start = task_start(task), *seen = bpf_map_lookup_elem(&death_ends, &tgid);

	if (seen && *seen != start)
		bpf_map_delete_elem(&death_ends, &tgid);
	return !bpf_map_update_elem(&death_ends, &tgid, &start, BPF_NOEXIST);
}

/* --- what the generation knew --- */

/* Keeps the block ID of SCRATCH, which says why the kernel sent the signal. */
static __always_inline void known_reason(struct scratch *scratch, enum ev_block id)
{
	const struct ev_span *span = &scratch->incident.block[id];
	u64 at = AGAIN(span->offset), length = AGAIN(span->length);

	if (!length || length > EV_REASON_MAX || at > BLOB_OFFSET - EV_REASON_MAX)
		return;
	at = bounded(at, BLOB_OFFSET - EV_REASON_MAX);
	length = bounded(length, EV_REASON_MAX);
	if (bpf_probe_read_kernel(scratch->known.reason_bytes, length, (u8 *)scratch + at))
		return;
	scratch->known.reason = id;
	scratch->known.reason_size = length;
}

/* The kernel stack shows why the kernel sent it. That of another process which sent it does not. */
static __always_inline void known_kernel_stack(struct scratch *scratch, void *ctx,
					       struct task_struct *task)
{
	struct ev_death_entry *known = &scratch->known;
	long size;

	known->kernel_size = 0;
	if (!config.kernel_stack ||
	    (AGAIN(scratch->signal.origin) == EV_ORIGIN_PROCESS && !task_is_current(task)))
		return;
	size = bpf_get_stack(ctx, known->kernel_stack, sizeof(known->kernel_stack), 0);
	if (size > 0 && size <= (long)sizeof(known->kernel_stack))
		known->kernel_size = size;
}

/* All that SCRATCH has of the signal that is generated for TASK. INFO: as of siginfo_of(). */
static __always_inline void known_capture(struct scratch *scratch, void *ctx,
					  struct task_struct *task, u64 info)
{
	const struct kernel_siginfo *siginfo = (const void *)info;
	struct ev_death_entry *known = &scratch->known;

	known->generated_ns = scratch->incident.header.time_ns;
	known->start_boot_ns = scratch->process.start_boot_ns;
	known->pid = scratch->process.pid;
	known->pid_here = process_here(task, scratch->process.pid);
	known->code = scratch->signal.code;
	known->from = 0;
	if (info > SEND_SIG_PRIV && bpf_core_field_exists(siginfo->_sifields))
		known->from = BPF_CORE_READ(siginfo, _sifields._kill._pid);
	known->subject = AGAIN(scratch->incident.subject);
	known->has_sender = !!AGAIN(scratch->incident.block[EV_BLOCK_SENDER].length);
	known->signal = scratch->signal;
	bpf_probe_read_kernel(&known->sender, sizeof(known->sender), &scratch->sender);
	bpf_probe_read_kernel(&known->process, sizeof(known->process), &scratch->process);
	bpf_probe_read_kernel(&known->numbers, sizeof(known->numbers), &scratch->numbers);
	known->reason = 0;
	known->reason_size = 0;
	known_reason(scratch, EV_BLOCK_LIMIT);
	known_reason(scratch, EV_BLOCK_MEMORY);
	known_reason(scratch, EV_BLOCK_SECCOMP);
	known_reason(scratch, EV_BLOCK_TERMINAL);
	known_reason(scratch, EV_BLOCK_NAMESPACE);
	known_kernel_stack(scratch, ctx, task);
}

/* Keeps it for the case that the signal is delivered. TOLD: an incident says that it kills. */
static __always_inline void held_keep(struct scratch *scratch, bool told)
{
	struct held_key key = {
		.id = AGAIN(scratch->signal.flags) & EV_SIGNAL_GROUP ? scratch->process.pid
								     : scratch->process.tid,
		.number = scratch->signal.number,
	};

	scratch->known.claims = told;
	bpf_map_update_elem(&held_signals, &key, &scratch->known, BPF_ANY);
}

/* From here on the copy in the place: state, share and claims are the place's own. */
#define KNOWN_OFFSET __builtin_offsetof(struct ev_death_entry, start_boot_ns)
#define KNOWN_SIZE (sizeof(struct ev_death_entry) - KNOWN_OFFSET)

/*
 * Keeps it for the death of TASK. The first signal that decides is the one. Of those that only will
 * kill it is the last; the others are kept as if held back.
 */
static __always_inline void death_keep(struct scratch *scratch, struct task_struct *task,
				       enum death_sight sight)
{
	u32 state = sight == DEATH_CERTAIN ? EV_DEATH_DECIDED : EV_DEATH_PREDICTED;
	struct ev_death_entry *entry = death_find(task);

	if (!entry) {
		entry = death_new(task, 0);
	} else if (entry->state >= state) {
		held_keep(scratch, false);
		return;
	}
	if (!entry)
		return;
	bpf_probe_read_kernel((u8 *)entry + KNOWN_OFFSET, KNOWN_SIZE,
			      (u8 *)&scratch->known + KNOWN_OFFSET);
	*(volatile u32 *)&entry->state = state;
}

/* --- the same, when the signal arrives --- */

static __always_inline void known_recall(struct scratch *scratch, const struct ev_death_entry *from)
{
	bpf_probe_read_kernel(&scratch->known, sizeof(scratch->known), from);
}

/*
 * The held signal NUMBER of TASK, which is current, with the siginfo of CODE and FROM: a debugger
 * may replace a signal by one of its own.
 */
static __always_inline struct ev_death_entry *held_find(struct task_struct *task, u32 number,
							s32 code, s32 from)
{
	struct held_key key = { .id = BPF_CORE_READ(task, pid), .number = number };
	struct ev_death_entry *held = bpf_map_lookup_elem(&held_signals, &key);

	if (!held) {
		key.id = BPF_CORE_READ(task, tgid);
		held = bpf_map_lookup_elem(&held_signals, &key);
	}
	if (!held || held->start_boot_ns != task_start(task) || held->code != code ||
	    (held->from && held->from != from))
		return NULL;
	return held;
}
