// SPDX-License-Identifier: GPL-2.0-only
/* -f: the children of traced processes join them, and who has ended leaves. Attached only if asked
 * for. */
#include "core/kernel_types.bpf.h"
#include <bpf/bpf_tracing.h>

#include "core/maps.bpf.h"

/* Traced processes that live; user space ends the run when it falls to 0. */
__s64 followed_alive = 0;
/* Children that the map had no room for. */
__u64 follow_overflow = 0;

SEC("tp_btf/sched_process_fork")
int BPF_PROG(follow_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 parent_tgid = parent->tgid, child_tgid = child->tgid;
	u8 yes = 1;

	if (parent_tgid == child_tgid || !bpf_map_lookup_elem(&wanted_pids, &parent_tgid))
		return 0;
	if (bpf_map_update_elem(&wanted_pids, &child_tgid, &yes, BPF_ANY))
		__sync_fetch_and_add(&follow_overflow, 1);
	else
		__sync_fetch_and_add(&followed_alive, 1);
	return 0;
}

/* The last thread of a group: signal->live was counted down before, in do_exit(). */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(follow_exit, struct task_struct *task)
{
	u32 tgid = task->tgid;

	if (task->signal->live.counter)
		return 0;
	if (!bpf_map_delete_elem(&wanted_pids, &tgid))
		__sync_fetch_and_add(&followed_alive, -1);
	return 0;
}
