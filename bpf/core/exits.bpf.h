/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes have ended lately, and how. User space reads the map in its own memory: for an
 * incident whose outcome is open, and for a pipe whose reader nobody saw closing it.
 */
#pragma once

#include "core/process.bpf.h"
#include "event.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EV_EXITS);
	__type(key, u32);
	__type(value, struct ev_exit);
} exits SEC(".maps") __weak;

static __always_inline void exit_note(struct task_struct *task, u64 now_ns)
{
	u32 pid = BPF_CORE_READ(task, tgid), slot = pid & (EV_EXITS - 1);
	struct ev_exit *entry = bpf_map_lookup_elem(&exits, &slot);
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	if (!entry)
		return;
	/* Readers look at the time before and after. */
	*(volatile u64 *)&entry->time_ns = 0;
	entry->start_boot_ns = BPF_CORE_READ(leader, start_boottime);
	entry->pid = pid;
	entry->ppid = BPF_CORE_READ(task, real_parent, tgid);
	entry->pgid = process_group(task);
	entry->status = exit_status(task);
	bpf_core_read(entry->comm, sizeof(entry->comm), &leader->comm);
	*(volatile u64 *)&entry->time_ns = now_ns;
}
