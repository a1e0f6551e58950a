/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes were started with a read end of a pipe open, as a shell starts the commands of a
 * pipeline. Used only where the release of a pipe cannot be hooked: `head` and `tee` close their
 * input before they exit, so their exit does not show it. A process stays noted only while nobody
 * else can have the end from it.
 */
#pragma once

#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"

/* The fds that are checked when a program is started: a shell puts pipes at the low ones. */
#define HOLDER_FDS_MAX 8
/* And for unix sockets. */
#define HOLDER_SOCKETS_MAX 32
/* A unix socket at one of the first fds is a terminal's or a log's stand-in. */
#define STANDARD_FDS 3

static __always_inline u32 current_process(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

static __always_inline bool holder_is_current(const struct ev_holder *holder, u64 start_boot_ns)
{
	return holder->pid == current_process() && holder->start_boot_ns == start_boot_ns;
}

static __always_inline u64 current_start(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, group_leader, start_boottime);
}

/* False: there is no space. */
static __always_inline bool process_holds(u64 inode, u64 pipe)
{
	u32 pid = current_process();
	struct held_pipes *held = bpf_map_lookup_elem(&processes_held, &pid);

	if (!held)
		return false;
	for (u32 i = 0; i < HELD_PIPES_MAX; i++) {
		if (held->pipe[i].inode && held->pipe[i].inode != inode)
			continue;
		held->pipe[i] = (struct held_pipe){ .inode = inode, .pipe = pipe };
		return true;
	}
	return false;
}

/* The current process has been started with FILE, an address, open. */
__noinline __weak int holder_join(u64 address)
{
	const struct file *file = (const void *)address;
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct pipe_holders fresh = {}, *holders;
	struct ev_holder self = { .pid = current_process() };
	u64 key;

	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFIFO ||
	    !(BPF_CORE_READ(file, f_mode) & FMODE_READ) ||
	    BPF_CORE_READ(inode, i_sb, s_magic) != PIPEFS_MAGIC)
		return 0;
	self.start_boot_ns = current_start();
	self.flags = file_references(file) == 1 && BPF_CORE_READ(inode, i_pipe, readers) == 1
			     ? EV_HOLDER_SOLE
			     : 0;
	key = BPF_CORE_READ(inode, i_ino);
	if (!process_holds(key, (u64)BPF_CORE_READ(inode, i_pipe)))
		self.flags = 0;
	holders = bpf_map_lookup_elem(&pipes_held, &key);
	if (!holders) {
		fresh.holder[0] = self;
		bpf_map_update_elem(&pipes_held, &key, &fresh, BPF_ANY);
		return 0;
	}
	for (u32 i = 0; i < EV_HOLDERS_MAX; i++) {
		if (holders->holder[i].pid &&
		    !holder_is_current(&holders->holder[i], self.start_boot_ns))
			continue;
		holders->holder[i] = self;
		return 0;
	}
	holders->lost++;
	return 0;
}

/* Somebody else than the current process has, or may have, the pipe INODE from it. */
static __always_inline void holder_share(u64 inode, bool leaves)
{
	struct pipe_holders *holders = bpf_map_lookup_elem(&pipes_held, &inode);
	u64 start;

	if (!holders)
		return;
	start = current_start();
	for (u32 i = 0; i < EV_HOLDERS_MAX; i++) {
		if (!holder_is_current(&holders->holder[i], start))
			continue;
		holders->holder[i].flags = 0;
		if (leaves)
			holders->holder[i].pid = 0;
	}
}

/* The current process exits and still has the pipe of INODE open: it has not closed it before. */
static __always_inline void holder_leave(const struct inode *inode)
{
	holder_share(BPF_CORE_READ(inode, i_ino), true);
}

static __always_inline struct held_pipes *held_by_current(void)
{
	u32 pid = current_process();
	struct held_pipes *held = bpf_map_lookup_elem(&processes_held, &pid);

	return held && held->start_boot_ns == current_start() ? held : NULL;
}

/* The current process forks, and its child has all its fds; or it may pass them on. */
static __always_inline void holder_shares_all(void)
{
	struct held_pipes *held = held_by_current();

	if (!held)
		return;
	for (u32 i = 0; i < HELD_PIPES_MAX; i++)
		if (held->pipe[i].inode)
			holder_share(held->pipe[i].inode, false);
}

/*
 * The current process exits. PASSES: it may have passed an end on, by a unix socket. If the pipe
 * still has a reader, that one is the last and not this process. (If the pipe is gone, its memory
 * may be another's: then nothing depends on the answer.)
 */
static __always_inline void holder_exits(bool passes)
{
	struct held_pipes *held = held_by_current();

	if (!held)
		return;
	for (u32 i = 0; i < HELD_PIPES_MAX; i++) {
		const struct pipe_inode_info *pipe = (const void *)held->pipe[i].pipe;

		if (held->pipe[i].inode && (passes || BPF_CORE_READ(pipe, readers)))
			holder_share(held->pipe[i].inode, true);
	}
}

static __always_inline void holders_recall(struct ev_history *out, u64 inode)
{
	struct pipe_holders *holders = bpf_map_lookup_elem(&pipes_held, &inode);

	if (!holders)
		return;
	__builtin_memcpy(out->holders, holders->holder, sizeof(out->holders));
	out->holders_lost = holders->lost;
}

/* Is FILE, an address, a unix socket? By one a process can pass its fds on. */
static __always_inline bool file_is_unix(u64 address)
{
	const struct file *file = (const void *)address;
	struct socket *socket;

	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return false;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk, __sk_common.skc_family) == AF_UNIX;
}

/*
 * FILE, an address, is open at FD in the process that was started. Returns 1 for a unix socket. A
 * global function, so the verifier checks it once and not once for each fd.
 */
__noinline __weak int holder_note_file(u64 address, u32 fd)
{
	if (fd < HOLDER_FDS_MAX)
		holder_join(address);
	return fd >= STANDARD_FDS && file_is_unix(address);
}

/* The current process has been started: notes the pipes that it has open for reading. */
static __always_inline void holders_note(struct task_struct *task)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct held_pipes none = { .start_boot_ns = current_start() };
	u32 pid = current_process();
	struct file **slots;
	int sockets = 0;
	u32 max_fds;

	if (!table)
		return;
	bpf_map_update_elem(&processes_held, &pid, &none, BPF_ANY);
	slots = BPF_CORE_READ(table, fd);
	max_fds = BPF_CORE_READ(table, max_fds);
	for (u32 fd = 0; fd < HOLDER_SOCKETS_MAX; fd++) {
		u64 file = 0;

		if (fd >= max_fds)
			break;
		if (!bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]) && file)
			sockets |= holder_note_file(file, fd);
	}
	if (sockets)
		holder_shares_all();
}
