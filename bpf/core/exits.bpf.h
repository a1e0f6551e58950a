/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes have exited recently, and how, and which ends of pipes and unix sockets they
 * still had open. User space maps this map and reads it in place: for an incident whose outcome is
 * open, and for a pipe whose reader no hook saw closing.
 */
#pragma once

#include "core/closer.bpf.h"
#include "core/process.bpf.h"
#include "exit_entry.h"

/*
 * The number of fds that are checked when a process exits: the low ones, because the pipes of a job
 * are there.
 */
#define EXIT_FDS_MAX 64

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EV_EXITS);
	__type(key, u32);
	__type(value, struct ev_exit_entry);
} exits SEC(".maps") __weak;

static __always_inline void exit_note(struct task_struct *task, u64 now_ns)
{
	u32 pid = BPF_CORE_READ(task, tgid), slot = pid & (EV_EXITS - 1);
	struct ev_exit_entry *entry = bpf_map_lookup_elem(&exits, &slot);
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct ev_exit exit = { .time_ns = now_ns, .pid = pid };

	if (!entry)
		return;
	exit.start_boot_ns = BPF_CORE_READ(leader, start_boottime);
	exit.ppid = BPF_CORE_READ(task, real_parent, tgid);
	exit.pgid = process_group(task);
	exit.status = exit_status(task);
	bpf_core_read(exit.comm, sizeof(exit.comm), &leader->comm);
	entry->exit = exit;
	entry->check = ev_exit_check(&exit);
}

/*
 * A read end of a pipe or a unix socket that the exiting process still has open. ADDRESS is the
 * address of its struct file. A global function, so the verifier checks it once and not once for
 * each fd.
 */
__noinline int exit_note_file(u64 address)
{
	const struct file *file = (const void *)address;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u16 type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	struct socket *socket;
	struct sock *sk;

	if (type == S_IFIFO) {
		if (BPF_CORE_READ(file, f_mode) & FMODE_READ)
			object_closer_note(BPF_CORE_READ(inode, i_pipe), EV_CLOSER_EXITED);
	} else if (type == S_IFSOCK) {
		socket = BPF_CORE_READ(file, private_data);
		sk = BPF_CORE_READ(socket, sk);
		if (sk && BPF_CORE_READ(sk, __sk_common.skc_family) == AF_UNIX)
			object_closer_note(sk, EV_CLOSER_EXITED);
	}
	return 0;
}

/* These entries identify the reader of a pipe if pipe_release() cannot be hooked. */
static __always_inline void exit_note_files(struct task_struct *task)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slots;
	u32 max_fds;

	if (!table)
		return;
	slots = BPF_CORE_READ(table, fd);
	max_fds = BPF_CORE_READ(table, max_fds);
	for (u32 fd = 0; fd < EXIT_FDS_MAX; fd++) {
		u64 file = 0;

		if (fd >= max_fds)
			break;
		if (!bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]) && file)
			exit_note_file(file);
	}
}
