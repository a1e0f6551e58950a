/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts about a process that several blocks need. */
#pragma once

#include "core/pid_here.bpf.h"

#define PIDTYPE_PGID 2 /* enum pid_type */

static __always_inline bool task_is_current(struct task_struct *task)
{
	return bpf_get_current_task() == (u64)task;
}

/* The process group, as a number of the initial namespace. */
static __always_inline u32 process_group(struct task_struct *task)
{
	const struct pid *pid = BPF_CORE_READ(task, signal, pids[PIDTYPE_PGID]);
	const struct upid *upid = pid_number_at(pid, 0);

	return BPF_CORE_READ(upid, nr);
}

/*
 * The wait status that the parent of the exiting TASK, the last of its group, will see:
 * wait_task_zombie(). Without SIGNAL_GROUP_EXIT the code of the group may be that of a stop, before
 * 5.17.
 */
static __always_inline s32 exit_status(struct task_struct *task)
{
	if (BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(task, signal, group_exit_code);
	return BPF_CORE_READ(task, group_leader, exit_code);
}
