/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes have exited recently, and how. User space maps this map and reads it in place:
 * for an incident whose outcome is open, and for a process that closed the other end of an object.
 */
#pragma once

#include "core/holders.bpf.h"
#include "core/object_memory.bpf.h"
#include "core/process.bpf.h"
#include "exit_entry.h"

/* The fds that are checked when a process exits, by words of the bitmap of open fds. */
#define EXIT_WORDS_MAX 16
#define WORD_BITS 64

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EV_EXITS);
	__type(key, u32);
	__type(value, struct ev_exit_entry);
} exits SEC(".maps") __weak;

static __always_inline void exit_note(struct task_struct *task, u64 now_ns, u32 flags)
{
	u32 pid = BPF_CORE_READ(task, tgid), slot = pid & (EV_EXITS - 1);
	struct ev_exit_entry *entry = bpf_map_lookup_elem(&exits, &slot);
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct ev_exit exit = { .time_ns = now_ns, .pid = pid, .flags = flags };

	if (!entry)
		return;
	exit.start_boot_ns = BPF_CORE_READ(leader, start_boottime);
	exit.ppid = BPF_CORE_READ(task, real_parent, tgid);
	exit.pgid = process_group(task);
	exit.pid_here = process_here(task, pid);
	exit.status = exit_status(task);
	bpf_core_read(exit.comm, sizeof(exit.comm), &leader->comm);
	entry->exit = exit;
	entry->check = ev_exit_check(&exit);
}

/*
 * FILE, an address, is open in the exiting process. A global function, so the verifier checks it
 * once and not once for each fd.
 */
__noinline __weak int exit_note_file(u64 address, u64 now_ns, u32 fd)
{
	const struct file *file = (const void *)address;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	u16 type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
	struct object_identity identity;
	const struct unix_sock *u;
	const struct sock *peer;
	struct socket *socket;

	if (type == S_IFIFO) {
		struct pipe_inode_info *pipe = BPF_CORE_READ(inode, i_pipe);

		if (!(BPF_CORE_READ(file, f_mode) & FMODE_READ))
			return 0;
		holder_leave(inode);
		pipe_identity(&identity, inode);
		if (BPF_CORE_READ(pipe, readers) == 1)
			object_exit_note(pipe, &identity, address, now_ns);
	} else if (type == S_IFSOCK) {
		socket = BPF_CORE_READ(file, private_data);
		u = (const void *)BPF_CORE_READ(socket, sk);
		if (!u || BPF_CORE_READ(socket, sk, __sk_common.skc_family) != AF_UNIX)
			return 0;
		peer = BPF_CORE_READ(u, peer);
		if (peer) {
			unix_identity(&identity, (const void *)u, peer);
			/* Without an inode it cannot be told from a later one. */
			if (identity.inode)
				object_exit_note(u, &identity, address, now_ns);
		}
		return fd >= STANDARD_FDS ? EV_EXIT_UNIX : 0;
	}
	return 0;
}

/* The fds of one word of the bitmap, from FIRST on. SLOTS: the address of the first one's pointer. */
__noinline __weak int exit_note_word(u64 slots, u64 word, u64 now_ns, u32 first)
{
	int met = 0;

	for (u32 i = 0; i < WORD_BITS; i++) {
		u64 file = 0;

		if (word >> i & 1 &&
		    !bpf_probe_read_kernel(&file, sizeof(file),
					   (void *)(slots + i * sizeof(u64))) &&
		    file)
			met |= exit_note_file(file, now_ns, first + i);
	}
	return met;
}

/*
 * Is the table of fds shared with another process (CLONE_FILES)? Then the exit closes nothing.
 * Threads of this process that have not ended yet share it, too.
 */
static __always_inline bool files_are_shared(struct task_struct *task)
{
	return BPF_CORE_READ(task, files, count.counter) > BPF_CORE_READ(task, signal, nr_threads);
}

/* The files that are closed by the exit. Returns EV_EXIT_*. */
static __always_inline int exit_note_files(struct task_struct *task, u64 now_ns)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	unsigned long *open;
	int met = 0;
	u64 slots;
	u32 max_fds;

	if (!table || files_are_shared(task))
		return EV_EXIT_UNIX;
	open = BPF_CORE_READ(table, open_fds);
	slots = (u64)BPF_CORE_READ(table, fd);
	max_fds = BPF_CORE_READ(table, max_fds);
	for (u32 i = 0; i < EXIT_WORDS_MAX; i++) {
		u64 word = 0;

		if (i * WORD_BITS >= max_fds)
			break;
		if (!bpf_probe_read_kernel(&word, sizeof(word), &open[i]) && word)
			met |= exit_note_word(slots + i * WORD_BITS * sizeof(u64), word, now_ns,
					      i * WORD_BITS);
	}
	return met;
}

/* For kernels whose releases cannot be hooked. Returns EV_EXIT_*. */
static __always_inline u32 exit_note_ends(struct task_struct *task, u64 now_ns)
{
	u32 met = exit_note_files(task, now_ns);

	holder_exits(met & EV_EXIT_UNIX);
	return met;
}
