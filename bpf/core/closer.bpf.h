/* SPDX-License-Identifier: GPL-2.0-only */
/* Who closed an end of an object: the current thread, while the end is closed. */
#pragma once

#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"
#include "core/process.bpf.h"

/*
 * Up to 6.7 the garbage collector of unix sockets runs in whatever thread closes one
 * (unix_release()), and what it frees is closed when that thread returns to user space or ends
 * (____fput() as task work). That is at once. It calls unix_notinflight() for each file that it
 * frees; the queue of the socket that was closed is empty by then.
 */
#define COLLECTED_WITHIN_NS 100000000ull

static __always_inline void collector_begins(void)
{
	struct collector collector = { .since_ns = bpf_ktime_get_ns() };
	u32 tid = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&collectors, &tid, &collector, BPF_ANY);
}

static __always_inline struct collector *collector_now(u64 now_ns)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct collector *collector = bpf_map_lookup_elem(&collectors, &tid);

	return collector && now_ns - collector->since_ns < COLLECTED_WITHIN_NS ? collector : NULL;
}

static __always_inline void collector_frees(void)
{
	struct collector *collector = collector_now(bpf_ktime_get_ns());

	if (collector)
		collector->has_freed = true;
}

/* What the current thread closes may be garbage of others. */
static __always_inline bool is_collecting(u64 now_ns)
{
	struct collector *collector = config.hooks.collector ? collector_now(now_ns) : NULL;

	return collector && collector->has_freed;
}

static __always_inline void closer_fill(struct closer *note, u32 flags, u64 now_ns)
{
	struct ev_closer *closer = &note->seen;
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u64 pid_tgid = bpf_get_current_pid_tgid();
	u32 task_flags = BPF_CORE_READ(task, flags);

	closer->time_ns = now_ns;
	closer->start_boot_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	closer->pid = pid_tgid >> 32;
	closer->tid = pid_tgid;
	closer->flags = flags;
	closer->exit_code = 0;
	note->pid_here = process_here(task, closer->pid);
	note->tid_here = thread_here(task, closer->tid);
	bpf_get_current_comm(closer->comm, sizeof(closer->comm));
	/*
	 * A worker that frees what others gave up: delayed_fput(), the garbage collector of unix
	 * sockets, a ring of io_uring. Or it is the collector, in the thread of somebody who has
	 * nothing to do with the object.
	 */
	if (task_flags & PF_KTHREAD || flags & EV_CLOSER_KERNEL || is_collecting(now_ns)) {
		closer->flags |= EV_CLOSER_KERNEL;
		closer->pid = closer->tid = 0;
	} else if (task_flags & PF_EXITING) {
		closer->flags |= EV_CLOSER_EXITED;
		closer->exit_code = exit_status(task);
	}
}

/* NUMBER: of its process in struct ev_numbers. */
static __always_inline void closer_recall(struct scratch *scratch, struct ev_closer *out,
					  enum ev_number number, const struct closer *note)
{
	*out = note->seen;
	scratch->numbers.number[number] = note->pid_here;
	scratch->numbers.number[number + 1] = note->tid_here;
}
