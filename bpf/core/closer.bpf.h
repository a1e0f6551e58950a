/* SPDX-License-Identifier: GPL-2.0-only */
/* Who closed an end of a pipe or a socket: the current thread, while the end is closed. */
#pragma once

#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"
#include "core/process.bpf.h"

static __always_inline void closer_fill(struct ev_closer *closer, u32 flags, u64 now_ns)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u64 pid_tgid = bpf_get_current_pid_tgid();

	closer->time_ns = now_ns;
	closer->pid = pid_tgid >> 32;
	closer->tid = pid_tgid;
	closer->flags = flags;
	closer->exit_code = 0;
	bpf_get_current_comm(closer->comm, sizeof(closer->comm));
	if (BPF_CORE_READ(task, flags) & PF_EXITING) {
		closer->flags |= EV_CLOSER_EXITED;
		closer->exit_code = exit_status(task);
	}
}

static __always_inline void object_closer_note(const void *object, u32 flags)
{
	struct ev_closer closer = {};
	u64 key = (u64)object;

	closer_fill(&closer, flags, bpf_ktime_get_ns());
	bpf_map_update_elem(&object_closers, &key, &closer, BPF_ANY);
}

static __always_inline void object_closer_recall(struct ev_closer *out, const void *object)
{
	u64 key = (u64)object;
	struct ev_closer *closer = bpf_map_lookup_elem(&object_closers, &key);

	if (closer)
		*out = *closer;
}
