// SPDX-License-Identifier: GPL-2.0-only
/* -f: the children of traced processes join them, and who has ended leaves. Attached only if asked
 * for. */
#include "core/kernel_types.bpf.h"
#include <bpf/bpf_tracing.h>

#include "core/maps.bpf.h"

#define CLONE_THREAD 0x00010000

/* Traced processes that live; user space ends the run when it falls to 0. */
__s64 followed_alive = 0;
/* Children that the map had no room for. */
__u64 follow_overflow = 0;

static __always_inline void on_fork(u32 parent, u32 child)
{
	u8 yes = 1;

	if (!bpf_map_lookup_elem(&wanted_pids, &parent))
		return;
	if (bpf_map_update_elem(&wanted_pids, &child, &yes, BPF_ANY))
		__sync_fetch_and_add(&follow_overflow, 1);
	else
		__sync_fetch_and_add(&followed_alive, 1);
}

/* The last thread of a group: signal->live was counted down before, in do_exit(). */
static __always_inline void on_exit(const struct task_struct *task)
{
	u32 tgid = BPF_CORE_READ(task, tgid);

	if (!BPF_CORE_READ(task, signal, live.counter) && !bpf_map_delete_elem(&wanted_pids, &tgid))
		__sync_fetch_and_add(&followed_alive, -1);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(follow_fork, struct task_struct *parent, struct task_struct *child)
{
	if (parent->tgid != child->tgid)
		on_fork(parent->tgid, child->tgid);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(follow_exit, struct task_struct *task)
{
	on_exit(task);
	return 0;
}

/*
 * The same by perf, where BTF tracepoints can be preempted (user/source/preemption.h). In both it
 * is current that forks and that exits; perf's sched_process_fork does not tell a thread from a
 * process.
 */
SEC("tracepoint/task/task_newtask")
int follow_fork_perf(struct trace_event_raw_task_newtask *ctx)
{
	if (!(ctx->clone_flags & CLONE_THREAD))
		on_fork(bpf_get_current_pid_tgid() >> 32, ctx->pid);
	return 0;
}

SEC("tracepoint/sched/sched_process_exit")
int follow_exit_perf(void *ctx)
{
	on_exit((const struct task_struct *)bpf_get_current_task());
	return 0;
}
