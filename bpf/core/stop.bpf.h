/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has asked a process to end before somebody killed it. A service manager sends SIGTERM, waits,
 * and sends SIGKILL: two signals, and one story.
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

/* Recalls what was sent before, and keeps this signal, if it asks the process to end. */
static __always_inline void stop_keep(struct scratch *scratch, struct task_struct *task)
{
	if (scratch->signal.origin != EV_ORIGIN_PROCESS || !is_stop(scratch->signal.number))
		return;
	stop_recall(&scratch->sender, task);
	stop_note(scratch, task);
}
