// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks on the start and the end of processes. Starts are watched only with -f. Ends are watched in
 * every run: they show what happened to a process after its incident, and with -f which traced
 * processes have exited.
 */
#include "core/kernel_types.bpf.h"
#include <bpf/bpf_tracing.h>

#include "core/exits.bpf.h"
#include "core/follow.bpf.h"

#define CLONE_THREAD 0x00010000

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	if (parent->tgid != child->tgid)
		follow_join(parent->tgid, child->tgid);
	return 0;
}

/*
 * The same through perf, for kernels that preempt BTF tracepoints (user/source/preemption.h). The
 * current thread is the one that forks. perf's sched_process_fork does not distinguish threads from
 * processes.
 */
SEC("tracepoint/task/task_newtask")
int process_fork_perf(struct trace_event_raw_task_newtask *ctx)
{
	if (!(ctx->clone_flags & CLONE_THREAD))
		follow_join(bpf_get_current_pid_tgid() >> 32, ctx->pid);
	return 0;
}

/*
 * Runs in do_exit() before exit_files(). So the files of the process are still open. signal->live
 * is already decremented, so the last thread of a group is known.
 */
static __always_inline void on_exit(struct task_struct *task)
{
	if (BPF_CORE_READ(task, signal, live.counter))
		return;
	exit_note(task, bpf_ktime_get_ns());
	if (config.history)
		exit_note_files(task);
	follow_leave(BPF_CORE_READ(task, tgid));
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	on_exit(task);
	return 0;
}

/*
 * For kernels that preempt BTF tracepoints (user/source/preemption.h). The current thread is the
 * one that exits.
 */
SEC("tracepoint/sched/sched_process_exit")
int process_exit_perf(void *ctx)
{
	on_exit((struct task_struct *)bpf_get_current_task());
	return 0;
}
