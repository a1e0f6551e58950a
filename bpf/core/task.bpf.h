/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process block: which process it was. The kernel side reads it, because a dead process has no
 * /proc.
 */
#pragma once

#include "core/cgroup.bpf.h"
#include "core/path.bpf.h"
#include "core/process.bpf.h"

/* The number of PID in its own namespace: the last of numbers[]. */
static __always_inline u32 pid_own_number(const struct pid *pid, u32 *ret_pid_ns)
{
	const struct upid *upid = pid_number_at(pid, BPF_CORE_READ(pid, level));

	if (ret_pid_ns)
		*ret_pid_ns = BPF_CORE_READ(upid, ns, ns.inum);
	return BPF_CORE_READ(upid, nr);
}

/* The executable, the root directory and the cgroup. */
static __always_inline void task_capture_paths(struct scratch *scratch, struct task_struct *task)
{
	struct ev_process *process = &scratch->process;
	struct kernfs_node *node = named_cgroup(task);
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	process->cgroup_id = BPF_CORE_READ(node, id);
	block_begin(scratch, EV_BLOCK_CGROUP);
	block_end(scratch, EV_BLOCK_CGROUP, cgroup_path_append(scratch->slot, (u64)node));

	/* Paths are those of the mount namespace; a process can have a root directory of its own. */
	process->root_fs = 0;
	if (fs) {
		process->root_fs = BPF_CORE_READ(fs, root.mnt, mnt_sb, s_magic);
		path_capture(scratch, EV_BLOCK_ROOT, &fs->root);
	}

	block_begin(scratch, EV_BLOCK_EXE);
	process->exe_inode = 0;
	process->exe_dev = 0;
	process->exe_fs = 0;
	if (exe) {
		struct inode *inode = BPF_CORE_READ(exe, f_inode);

		process->exe_inode = BPF_CORE_READ(inode, i_ino);
		process->exe_dev = BPF_CORE_READ(inode, i_sb, s_dev);
		process->exe_fs = BPF_CORE_READ(inode, i_sb, s_magic);
		if (!BPF_CORE_READ(inode, i_nlink))
			process->flags |= EV_PROCESS_EXE_DELETED;
		file_path_capture(scratch, EV_BLOCK_EXE, exe);
	} else {
		block_end(scratch, EV_BLOCK_EXE, EV_SPAN_UNREAD);
	}
}

/* At most MAX bytes of it. */
static __always_inline void task_capture_cmdline(struct scratch *scratch, struct task_struct *task,
						 const u64 max)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	u64 start, length, first;
	u32 flags = 0;

	block_begin(scratch, EV_BLOCK_CMDLINE);
	if (!mm || !task_is_current(task)) {
		block_end(scratch, EV_BLOCK_CMDLINE, EV_SPAN_UNREAD);
		return;
	}
	start = BPF_CORE_READ(mm, arg_start);
	length = BPF_CORE_READ(mm, arg_end) - start;
	if (length > max) {
		length = max;
		flags = EV_SPAN_TRUNCATED;
	}
	first = chunk_rest(start);
	if (first > length)
		first = length;
	if (blob_add_user(scratch->slot, start, first))
		flags = EV_SPAN_UNREAD;
	else if (length > first && blob_add_user(scratch->slot, start + first, length - first))
		flags = EV_SPAN_TRUNCATED;
	block_end(scratch, EV_BLOCK_CMDLINE, flags);
}

/*
 * The kernel counts the execve() calls along each line of descent (self_exec_id), and a process
 * keeps the count that its parent had at the fork. A process that adopts another one has a smaller
 * count than the real parent, unless that was a fork of it that called no execve().
 */
static __always_inline u32 lineage_flags(struct task_struct *leader, struct task_struct *parent)
{
	u64 at_fork = BPF_CORE_READ(leader, parent_exec_id);
	u32 flags = 0;

	if (at_fork == BPF_CORE_READ(parent, self_exec_id))
		flags |= EV_PROCESS_PARENT_FORKED;
	if (at_fork == BPF_CORE_READ(leader, self_exec_id))
		flags |= EV_PROCESS_SAME_PROGRAM;
	return flags;
}

/* The numbers here. Those of closers are there already. */
static __always_inline void numbers_capture(struct scratch *scratch, struct task_struct *task)
{
	const struct ev_process *process = &scratch->process;
	u32 *number = scratch->numbers.number;

	if (!config.machine.pid_namespace)
		return;
	block_have(scratch, EV_BLOCK_NUMBERS, numbers);
	scratch->numbers.pid_ns = here_inode;
	number[EV_NUMBER_PID] = process_here(task, process->pid);
	number[EV_NUMBER_TID] = thread_here(task, process->tid);
	number[EV_NUMBER_PARENT] = process_here(BPF_CORE_READ(task, real_parent), process->ppid);
	number[EV_NUMBER_GROUP] = pid_here(BPF_CORE_READ(task, signal, pids[PIDTYPE_PGID]));
	if (process->tracer_pid)
		number[EV_NUMBER_TRACER] =
			process_here(BPF_CORE_READ(task, parent), process->tracer_pid);
}

/* The block without the paths and the command line. */
static __always_inline void task_capture_process(struct scratch *scratch, struct task_struct *task)
{
	struct ev_process *process = &scratch->process;
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	const struct cred *cred = BPF_CORE_READ(task, cred);
	u32 flags = BPF_CORE_READ(task, flags);

	block_have(scratch, EV_BLOCK_PROCESS, process);
	process->pid = BPF_CORE_READ(task, tgid);
	process->tid = BPF_CORE_READ(task, pid);
	process->ppid = BPF_CORE_READ(parent, tgid);
	process->uid = BPF_CORE_READ(cred, uid.val);
	process->gid = BPF_CORE_READ(cred, gid.val);
	process->flags = lineage_flags(leader, parent);
	if (flags & PF_IO_WORKER)
		process->flags |= EV_PROCESS_IO_WORKER;
	if (BPF_CORE_READ(leader, flags) & PF_EXITING)
		process->flags |= EV_PROCESS_LEADER_GONE;
	process->tracer_pid = BPF_CORE_READ(task, ptrace) ? BPF_CORE_READ(task, parent, tgid) : 0;
	process->pgid = process_group(task);
	process->threads = BPF_CORE_READ(task, signal, nr_threads);
	process->ns_tid = pid_own_number(BPF_CORE_READ(task, thread_pid), &process->pid_ns);
	process->ns_pid = pid_own_number(BPF_CORE_READ(leader, thread_pid), NULL);
	process->net_ns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	process->mnt_ns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	process->start_boot_ns = BPF_CORE_READ(leader, start_boottime);
	bpf_core_read(process->comm, sizeof(process->comm), &leader->comm);
	bpf_core_read(process->thread_comm, sizeof(process->thread_comm), &task->comm);
	bpf_core_read(process->parent_comm, sizeof(process->parent_comm), &parent->comm);
	numbers_capture(scratch, task);
}

/* All of it, of the task at ADDRESS. Global: see path_append(). */
__noinline __weak int task_capture(u32 slot, u64 address)
{
	struct task_struct *task = (struct task_struct *)address;
	struct scratch *scratch = scratch_get(slot);

	if (!scratch)
		return 0;
	task_capture_process(scratch, task);
	task_capture_paths(scratch, task);
	task_capture_cmdline(scratch, task, EV_CMDLINE_MAX);
	return 0;
}
