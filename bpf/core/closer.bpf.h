/* SPDX-License-Identifier: GPL-2.0-only */
/* Who closed an end of an object: the current thread, while the end is closed. */
#pragma once

#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"
#include "core/process.bpf.h"

static __always_inline void closer_fill(struct ev_closer *closer, u32 flags, u64 now_ns)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u64 pid_tgid = bpf_get_current_pid_tgid();
	u32 task_flags = BPF_CORE_READ(task, flags);

	closer->time_ns = now_ns;
	closer->start_boot_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	closer->pid = pid_tgid >> 32;
	closer->tid = pid_tgid;
	closer->flags = flags;
	closer->exit_code = 0;
	bpf_get_current_comm(closer->comm, sizeof(closer->comm));
	/*
	 * A worker that frees what others gave up: delayed_fput(), the garbage collector of unix
	 * sockets, a ring of io_uring. Or the caller knows that it is the collector, in the thread
	 * of somebody who has nothing to do with the socket.
	 */
	if (task_flags & PF_KTHREAD || flags & EV_CLOSER_KERNEL) {
		closer->flags |= EV_CLOSER_KERNEL;
		closer->pid = closer->tid = 0;
	} else if (task_flags & PF_EXITING) {
		closer->flags |= EV_CLOSER_EXITED;
		closer->exit_code = exit_status(task);
	}
}
