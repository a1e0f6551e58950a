// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks on the birth and the end of processes. Births are watched only with -f. Ends are watched in
 * every run: they tell how a process ended that an incident waits for, and with -f that one has
 * left.
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
 * The same by perf, where BTF tracepoints can be preempted (user/source/preemption.h). It is
 * current that forks; perf's sched_process_fork does not tell a thread from a process.
 */
SEC("tracepoint/task/task_newtask")
int process_fork_perf(struct trace_event_raw_task_newtask *ctx)
{
	if (!(ctx->clone_flags & CLONE_THREAD))
		follow_join(bpf_get_current_pid_tgid() >> 32, ctx->pid);
	return 0;
}

/*
 * In do_exit() before exit_files(): the files of the process are still open, and signal->live was
 * counted down before, so that the last thread of a group is known.
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

/* Where a BTF tracepoint can be preempted (user/source/preemption.h). It is current that exits. */
SEC("tracepoint/sched/sched_process_exit")
int process_exit_perf(void *ctx)
{
	on_exit((struct task_struct *)bpf_get_current_task());
	return 0;
}
