// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks on the birth of processes, attached only with -f. Their end is history_exit
 * (history.bpf.c), which is there in any case.
 */
#include "core/kernel_types.bpf.h"
#include <bpf/bpf_tracing.h>

#include "core/follow.bpf.h"

#define CLONE_THREAD 0x00010000

SEC("tp_btf/sched_process_fork")
int BPF_PROG(follow_fork, struct task_struct *parent, struct task_struct *child)
{
	if (parent->tgid != child->tgid)
		follow_join(parent->tgid, child->tgid);
	return 0;
}

/*
 * The same by perf, where BTF tracepoints can be preempted (user/source/preemption.h). It is
 * current that forks; perf's sched_process_fork does not tell a thread from a process.
 */
SEC("tracepoint/task/task_newtask")
int follow_fork_perf(struct trace_event_raw_task_newtask *ctx)
{
	if (!(ctx->clone_flags & CLONE_THREAD))
		follow_join(bpf_get_current_pid_tgid() >> 32, ctx->pid);
	return 0;
}
