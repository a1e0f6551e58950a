/* SPDX-License-Identifier: GPL-2.0-only */
/* The init of a PID namespace ends, and the kernel kills what is in it. */
#pragma once

#include "core/emit.bpf.h"
#include "core/pid_here.bpf.h"
#include "core/process.bpf.h"

/* The current thread is the last one of that init. */
static __always_inline void namespace_capture(struct scratch *scratch)
{
	struct ev_namespace *out = &scratch->reason.namespace;
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	const struct pid *pid = BPF_CORE_READ(task, thread_pid);
	const struct upid *own = pid_number_at(pid, BPF_CORE_READ(pid, level));

	__builtin_memset(out, 0, sizeof(*out));
	block_have(scratch, EV_BLOCK_NAMESPACE, reason.namespace);
	out->pid = BPF_CORE_READ(task, tgid);
	out->pid_here = process_here(task, out->pid);
	out->start_boot_ns = BPF_CORE_READ(leader, start_boottime);
	out->status = exit_status(task);
	out->inode = BPF_CORE_READ(own, ns, ns.inum);
	bpf_core_read(out->comm, sizeof(out->comm), &leader->comm);
}
