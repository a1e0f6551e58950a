/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number of a process or a thread here: in the PID namespace of sigpath. Where that is the
 * host's it is the host's number, and the verifier removes the rest. A number of 0: it has none
 * here, because it is in another namespace and not below this one.
 */
#pragma once

#include "core/config.bpf.h"

/* The namespace of sigpath, if config.machine.pid_namespace is set. own_namespace() sets them. */
__u32 here_level __weak = 0;
__u32 here_inode __weak = 0;

/*
 * The number of PID in the namespace at LEVEL. numbers[] changed from [1] to a flexible array
 * (6.5), so its offset and stride come from BTF.
 */
static __always_inline const struct upid *pid_number_at(const struct pid *pid, u32 level)
{
	return (const void *)pid + bpf_core_field_offset(struct pid, numbers) +
	       level * bpf_core_type_size(struct upid);
}

/*
 * The number of the struct pid at ADDRESS in the namespace of sigpath. A global function, so the
 * verifier checks it once and not at each call.
 */
__noinline __weak int pid_find_here(u64 address)
{
	const struct pid *pid = (const void *)address;
	u32 level = here_level;
	const struct upid *upid = pid_number_at(pid, level);

	if (BPF_CORE_READ(pid, level) < level || BPF_CORE_READ(upid, ns, ns.inum) != here_inode)
		return 0;
	return BPF_CORE_READ(upid, nr);
}

static __always_inline u32 pid_here(const struct pid *pid)
{
	if (!config.machine.pid_namespace)
		return BPF_CORE_READ(pid_number_at(pid, 0), nr);
	return pid_find_here((u64)pid);
}

/* TGID: of TASK, as the host counts. */
static __always_inline u32 process_here(struct task_struct *task, u32 tgid)
{
	if (!config.machine.pid_namespace)
		return tgid;
	return pid_find_here((u64)BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]));
}

static __always_inline u32 thread_here(struct task_struct *task, u32 tid)
{
	if (!config.machine.pid_namespace)
		return tid;
	return pid_find_here((u64)BPF_CORE_READ(task, thread_pid));
}
