/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has asked a process to end before it died. A service manager sends SIGTERM, waits, and sends
 * SIGKILL: two signals, and one story. So is SIGTERM, and a crash while the process cleans up.
 */
#pragma once

#include "core/sender.bpf.h"

/*
 * Key: the thread group that got the signal. Signals of root have a map of their own, so that no
 * other user can push them out.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2048);
	__type(key, u32);
	__type(value, struct stop);
} stops_of_root SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2048);
	__type(key, u32);
	__type(value, struct stop);
} stops_of_users SEC(".maps") __weak;

/* These ask a process to end, and let it clean up. */
static __always_inline bool is_stop(int number)
{
	return number == SIGTERM || number == SIGINT || number == SIGQUIT;
}

static __always_inline void *stops_of(u32 uid)
{
	return uid ? (void *)&stops_of_users : (void *)&stops_of_root;
}

/* Keeps the signal in SCRATCH, which the current process sends to TASK. */
static __always_inline void stop_note(struct scratch *scratch, struct task_struct *task)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	struct task_struct *parent = BPF_CORE_READ(current, real_parent, group_leader);
	const struct ev_signal *signal = &scratch->signal;
	const struct ev_sender *sender = &scratch->sender;
	struct stop *stop = &scratch->stop;
	struct ev_stop *seen = &stop->seen;
	u32 tgid = BPF_CORE_READ(task, tgid);

	__builtin_memset(seen->pad0, 0, sizeof(seen->pad0));
	stop->start_boot_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	seen->time_ns = bpf_ktime_get_ns();
	seen->start_boot_ns = sender->start_boot_ns;
	seen->parent_start_boot_ns = BPF_CORE_READ(parent, start_boottime);
	seen->pid = sender->pid;
	seen->pid_here = process_here(current, sender->pid);
	seen->parent_pid = BPF_CORE_READ(parent, tgid);
	seen->uid = sender->uid;
	seen->number = signal->number;
	seen->disposition = signal->disposition;
	seen->outcome = signal->outcome;
	seen->blocked = !!(signal->flags & EV_SIGNAL_BLOCKED);
	__builtin_memcpy(seen->comm, sender->comm, sizeof(seen->comm));
	bpf_map_update_elem(stops_of(sender->uid), &tgid, stop, BPF_ANY);
}

/* Adds to the sender what it, or somebody of the same kind, has sent to TASK before. */
static __always_inline void stop_recall(struct ev_sender *sender, struct task_struct *task)
{
	u32 tgid = BPF_CORE_READ(task, tgid);
	const struct stop *stop = bpf_map_lookup_elem(stops_of(sender->uid), &tgid);

	if (stop && stop->start_boot_ns == BPF_CORE_READ(task, group_leader, start_boottime))
		sender->stop = stop->seen;
}

/*
 * Recalls what was sent before, and keeps this signal, if it asks the process to end. Not if that
 * is ending already.
 */
static __always_inline void stop_keep(struct scratch *scratch, struct task_struct *task)
{
	if (scratch->signal.origin != EV_ORIGIN_PROCESS || !is_stop(scratch->signal.number) ||
	    scratch->signal.flags & EV_SIGNAL_DYING)
		return;
	stop_recall(&scratch->sender, task);
	/* One that catches the signal may send it to itself again at its end. */
	if (scratch->sender.pid != (u32)BPF_CORE_READ(task, tgid))
		stop_note(scratch, task);
}

static __always_inline const struct stop *stop_before(void *stops, struct task_struct *task,
						      u64 time_ns)
{
	u32 tgid = BPF_CORE_READ(task, tgid);
	const struct stop *stop = bpf_map_lookup_elem(stops, &tgid);

	return stop && stop->seen.time_ns < time_ns &&
			       stop->start_boot_ns ==
				       BPF_CORE_READ(task, group_leader, start_boottime)
		       ? stop
		       : NULL;
}

/*
 * Adds to the record of SLOT, about the death of TASK, what had asked it to end before, whoever
 * that was. The signal that the record is about was kept after its time. Global: see path_append().
 */
__noinline __weak int stop_append(u32 slot, u64 task_address)
{
	struct task_struct *task = (struct task_struct *)task_address;
	struct scratch *scratch = scratch_get(slot);
	const struct stop *stop, *other;

	if (!scratch)
		return -1;
	stop = stop_before(&stops_of_root, task, scratch->incident.header.time_ns);
	other = stop_before(&stops_of_users, task, scratch->incident.header.time_ns);
	if (!stop || (other && other->seen.time_ns > stop->seen.time_ns))
		stop = other;
	if (stop)
		block_append(scratch, EV_BLOCK_STOP, &stop->seen, sizeof(stop->seen));
	return 0;
}
