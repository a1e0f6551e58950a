/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The call that failed, and the object it failed on, for the current thread. They come from the
 * system call and its fd, or from the socket that the kernel itself holds, if a hook has seen it.
 */
#pragma once

#include "core/history.bpf.h"
#include "core/object.bpf.h"
#include "core/syscall.bpf.h"
#include "core/uring.bpf.h"

/*
 * Adds the block of the call that the current task is in. Returns the file of the call according to
 * its arguments, or 0. Global: see path_append().
 */
__noinline __weak u64 call_capture(u32 slot)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct scratch *scratch = scratch_get(slot);
	struct ev_syscall *call;
	u64 registered = 0;

	if (!scratch)
		return 0;
	call = &scratch->call;
	if (BPF_CORE_READ(task, flags) & PF_IO_WORKER) {
		block_have(scratch, EV_BLOCK_CALL, call);
		return uring_capture_thread(slot);
	}
	if (syscall_capture(call, task) == CALL_IO_URING)
		registered = uring_capture_inline(slot);
	if (call->flags_present & EV_SYSCALL_HAVE)
		block_have(scratch, EV_BLOCK_CALL, call);
	return call->fd_status == EV_FD_KNOWN ? (u64)fd_to_file(task, call->fd) : registered;
}

/*
 * The mode of the inode that the call of TASK, which is current, is on: where its arguments name
 * the fd, and cheaper than call_capture(), whose block it uses up. 0: no such file. False: it needs
 * a closer look.
 */
static __always_inline bool call_mode(struct scratch *scratch, struct task_struct *task,
				      u16 *ret_mode)
{
	struct ev_syscall *call = &scratch->call;
	const struct syscall_shape *shape;
	struct file *file;

	syscall_clear(call, EV_FD_NO_SYSCALL);
	if (!syscall_read_registers(call, task))
		return false;
	shape = syscall_shape_of(call);
	if (!shape || shape->call != CALL_FD)
		return false;
	file = fd_to_file(task, call->args[shape->fd_arg & 3]);
	*ret_mode = file ? BPF_CORE_READ(file, f_inode, i_mode) : 0;
	return true;
}

static __always_inline const struct sock *file_to_sock(const struct file *file)
{
	struct socket *socket;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

/*
 * Can a write to this object fail with a broken pipe? If not, another thread has put another file
 * behind the fd number while the call slept. The call holds its own file, but the fd table has
 * changed.
 */
static __always_inline bool object_is_broken(const struct ev_object *object)
{
	switch (object->type) {
	case EV_OBJECT_PIPE:
	case EV_OBJECT_FIFO:
		/* The kernel holds pipe->mutex from its test until the signal. */
		return !object->pipe.readers;
	case EV_OBJECT_TCP:
		/* TLS and other upper layers can fail by their own rules. */
		return object->state != TCP_ESTABLISHED || object->shutdown || object->tcp.ulp[0];
	case EV_OBJECT_UNIX:
		return object->shutdown || object->unix_.peer_shutdown ||
		       object->unix_.flags & EV_UNIX_PEER_DEAD ||
		       !(object->unix_.flags & EV_UNIX_PEER_HAVE);
	case EV_OBJECT_FILE:
		return false;
	}
	return true;
}

/*
 * Adds the block of the object that the call failed on. The file: from call_capture(). The socket:
 * the one that the kernel failed on, or 0 if no hook has seen it. Global: see path_append().
 */
__noinline __weak int failure_capture(u32 slot, u64 file_address, u64 sk_address)
{
	const struct file *file = (const void *)file_address;
	const struct sock *sk = (const void *)sk_address;
	struct scratch *scratch = scratch_get(slot);
	struct ev_object *object;

	if (!scratch)
		return 0;
	object = &scratch->object;
	object_clear(scratch, EV_OBJECT_NO_FD);
	if (sk && file_to_sock(file) != sk) {
		if (scratch->call.fd_status == EV_FD_KNOWN)
			object->status = EV_OBJECT_FD_MOVED;
		else
			object->status = EV_OBJECT_KNOWN;
		object->mode = S_IFSOCK;
		object->inode = BPF_CORE_READ(sk, sk_socket, file, f_inode, i_ino);
		object->file_flags = BPF_CORE_READ(sk, sk_socket, file, f_flags);
		socket_capture(scratch, sk);
	} else if (file) {
		object_capture(scratch, file);
		if (scratch->signal.number == SIGPIPE && !sk && !object_is_broken(object))
			object_clear(scratch, EV_OBJECT_REUSED);
	} else if (scratch->call.fd_status == EV_FD_KNOWN) {
		object->status = EV_OBJECT_FD_CLOSED;
	}
	history_recall(scratch, file ? BPF_CORE_READ(file, f_inode) : NULL);
	return 0;
}
