/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which io_uring request failed? io_uring_enter(2) names only the ring. Two cases can be
 * identified: a worker thread holds its request, and a request that is issued inline is the entry
 * that the kernel took last from the submission ring. A request that is retried in task work looks
 * like neither, and stays unknown.
 */
#pragma once

#include "core/kernel_compat.bpf.h"

#define IORING_SETUP_SQPOLL (1u << 1)
#define IORING_SETUP_SQE128 (1u << 10)
#define IORING_SETUP_NO_SQARRAY (1u << 16)
#define IORING_ENTER_REGISTERED_RING (1u << 4)

#define IOSQE_FIXED_FILE 1u

#define IORING_OP_WRITEV 2
#define IORING_OP_WRITE_FIXED 5
#define IORING_OP_SENDMSG 9
#define IORING_OP_WRITE 23
#define IORING_OP_SEND 26
#define IORING_OP_SPLICE 30
#define IORING_OP_TEE 33
#define IORING_OP_SEND_ZC 47
#define IORING_OP_SENDMSG_ZC 48

/* The head of struct io_uring_sqe, include/uapi/linux/io_uring.h. */
struct uring_entry {
	u8 opcode;
	u8 flags;
	u16 ioprio;
	s32 fd;
	u64 off;
	u64 addr;
	u32 len;
	u32 rw_flags;
};

static __always_inline bool uring_op_writes(u8 op)
{
	return op == IORING_OP_WRITE || op == IORING_OP_WRITEV || op == IORING_OP_WRITE_FIXED ||
	       op == IORING_OP_SEND || op == IORING_OP_SENDMSG || op == IORING_OP_SPLICE ||
	       op == IORING_OP_TEE || op == IORING_OP_SEND_ZC || op == IORING_OP_SENDMSG_ZC;
}

static __always_inline struct file *fd_to_file(struct task_struct *task, u32 fd);

static __always_inline struct file *uring_ring_file(const struct ev_syscall *call,
						    struct task_struct *task)
{
	struct io_uring_task *tctx = BPF_CORE_READ(task, io_uring);
	u32 index = call->args[0];
	struct file *file = NULL;

	if (!(call->args[3] & IORING_ENTER_REGISTERED_RING))
		return fd_to_file(task, index);
	/* 5.18 (e7a6c00dc77a "io_uring: add support for registering ring file descriptors") */
	if (index >= 16 || !bpf_core_field_exists(tctx->registered_rings))
		return NULL;
	bpf_core_read(&file, sizeof(file), &tctx->registered_rings[index]);
	return file;
}

/* The entry of the submission ring that the kernel took last, for io_uring_enter of TASK itself. */
static __always_inline void uring_capture_inline(struct ev_syscall *out, struct task_struct *task)
{
	struct file *ring = uring_ring_file(out, task);
	struct uring_entry entry = {};
	struct io_ring_ctx *ctx;
	u32 flags, index;

	if (!ring)
		return;
	ctx = BPF_CORE_READ(ring, private_data);
	flags = BPF_CORE_READ(ctx, flags);
	index = (BPF_CORE_READ(ctx, cached_sq_head) - 1) & (BPF_CORE_READ(ctx, sq_entries) - 1);
	if (flags & IORING_SETUP_SQPOLL)
		return;
	if (!(flags & IORING_SETUP_NO_SQARRAY)) {
		u32 *array = BPF_CORE_READ(ctx, sq_array);

		bpf_probe_read_kernel(&index, sizeof(index), &array[index]);
		index &= BPF_CORE_READ(ctx, sq_entries) - 1;
	}
	if (flags & IORING_SETUP_SQE128)
		index <<= 1;
	if (bpf_probe_read_kernel(&entry, sizeof(entry),
				  (void *)BPF_CORE_READ(ctx, sq_sqes) + index * 64ULL) ||
	    !uring_op_writes(entry.opcode))
		return;
	out->uring_op = entry.opcode;
	out->flags_present |= EV_SYSCALL_HAVE_URING | EV_SYSCALL_URING_RING;
	if (entry.opcode == IORING_OP_WRITE || entry.opcode == IORING_OP_WRITE_FIXED ||
	    entry.opcode == IORING_OP_SEND || entry.opcode == IORING_OP_SPLICE ||
	    entry.opcode == IORING_OP_TEE) {
		out->bytes = entry.len;
		out->flags_present |= EV_SYSCALL_HAVE_BYTES;
	}
	if (entry.flags & IOSQE_FIXED_FILE) {
		out->fd_status = EV_FD_URING_FIXED;
		return;
	}
	out->fd = entry.fd;
	out->fd_status = EV_FD_KNOWN;
}

/* The request that the worker thread TASK is executing: its file, or NULL. */
static __always_inline struct file *uring_capture_worker(struct ev_syscall *out,
							 struct task_struct *task)
{
	struct io_worker *worker = task_io_worker(task);
	struct io_wq_work *work;
	struct io_kiocb *request;

	syscall_clear(out, EV_FD_URING_UNKNOWN);
	if (!worker || !bpf_core_type_exists(struct io_worker))
		return NULL;
	work = BPF_CORE_READ(worker, cur_work);
	if (!work)
		return NULL;
	request = (void *)work - bpf_core_field_offset(struct io_kiocb, work);
	out->uring_op = BPF_CORE_READ(request, opcode);
	out->flags_present |= EV_SYSCALL_HAVE_URING;
	out->fd_status = EV_FD_URING_WORKER;
	return BPF_CORE_READ(request, file);
}
