/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which io_uring request failed? io_uring_enter(2) names only the ring. A worker thread holds its
 * request. A request that is issued while it is submitted, by io_uring_enter(2) or by the thread
 * that polls the ring, is an entry of the submission ring. A request that is tried again in task
 * work is neither, and stays unknown.
 */
#pragma once

#include "core/kernel_compat.bpf.h"
#include "core/object.bpf.h"
#include "core/syscall.bpf.h"

#define IORING_SETUP_SQPOLL (1u << 1)
#define IORING_SETUP_SQE128 (1u << 10)
#define IORING_SETUP_NO_SQARRAY (1u << 16)
#define IORING_ENTER_REGISTERED_RING (1u << 4)

#define IOSQE_FIXED_FILE 1u
#define IOSQE_IO_LINK (1u << 2)
#define IOSQE_IO_HARDLINK (1u << 3)
#define REQ_F_FIXED_FILE IOSQE_FIXED_FILE

#define CHAIN_MAX 8	 /* requests of a chain: in longer ones the first is not found */
#define RING_FDS_MAX 256 /* fds of a process among which a polled ring is looked for */

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

/* The entries of a ring, and how to find one of them. */
struct uring_queue {
	u64 entries;
	u64 array; /* 0: the entries are in the order of the requests */
	u32 mask;
	u32 shift; /* of an entry's size */
	u32 begin; /* position of the first request that is being submitted */
	u32 end;   /* and the one after the last that the kernel has taken */
};

static __always_inline void uring_queue_read(struct uring_queue *out, const struct io_ring_ctx *ctx)
{
	u32 flags = BPF_CORE_READ(ctx, flags);

	out->entries = (u64)BPF_CORE_READ(ctx, sq_sqes);
	out->array = flags & IORING_SETUP_NO_SQARRAY ? 0 : (u64)BPF_CORE_READ(ctx, sq_array);
	out->mask = BPF_CORE_READ(ctx, sq_entries) - 1;
	out->shift = flags & IORING_SETUP_SQE128 ? 7 : 6;
	/* io_commit_sqring() gives the entries back to the process at the end of a submission. */
	out->begin = BPF_CORE_READ(ctx, rings, sq.head);
	out->end = BPF_CORE_READ(ctx, cached_sq_head);
}

static __always_inline const struct uring_entry *uring_entry_at(const struct uring_queue *queue,
								u32 position)
{
	u32 index = position & queue->mask;

	if (queue->array) {
		bpf_probe_read_kernel(&index, sizeof(index),
				      (void *)(queue->array + (u64)index * sizeof(index)));
		index &= queue->mask;
	}
	return (const void *)(queue->entries + ((u64)index << queue->shift));
}

static __always_inline bool uring_is_linked(const struct uring_entry *entry)
{
	u8 flags = 0;

	bpf_probe_read_kernel(&flags, sizeof(flags), &entry->flags);
	return flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK);
}

/*
 * The entry of the request that is being issued. The kernel issues a chain when it has taken its
 * last entry, and then the first one; the others follow in task work. NULL: no submission is under
 * way, so the request is one that is tried again, or the chain is too long.
 */
static __always_inline const struct uring_entry *uring_entry_issued(const struct uring_queue *queue)
{
	u32 position = queue->end - 1;

	if (queue->begin == queue->end)
		return NULL;
#pragma unroll
	for (int i = 0; i < CHAIN_MAX; i++) {
		if (position == queue->begin ||
		    !uring_is_linked(uring_entry_at(queue, position - 1)))
			return uring_entry_at(queue, position);
		position--;
	}
	return NULL;
}

/* The process may use the memory of its vectors again only when its entries are given back. */
static __always_inline void uring_entry_bytes(struct ev_syscall *out,
					      const struct uring_entry *entry)
{
	switch (entry->opcode) {
	case IORING_OP_WRITE:
	case IORING_OP_WRITE_FIXED:
	case IORING_OP_SEND:
	case IORING_OP_SEND_ZC:
	case IORING_OP_SPLICE:
	case IORING_OP_TEE:
		out->bytes = entry->len;
		out->flags_present |= EV_SYSCALL_HAVE_BYTES;
		break;
	case IORING_OP_WRITEV:
		/* The polling thread makes no call that tells the width of a word. */
		if (out->flags_present & EV_SYSCALL_HAVE)
			syscall_sum_iovecs(out, entry->addr, entry->len);
		break;
	case IORING_OP_SENDMSG:
	case IORING_OP_SENDMSG_ZC:
		if (out->flags_present & EV_SYSCALL_HAVE)
			syscall_sum_msghdr(out, entry->addr);
		break;
	}
}

/* The request that CTX is submitting in the current thread. Its file if it is registered, or 0. */
static __always_inline u64 uring_capture_entry(struct ev_syscall *out,
					       const struct io_ring_ctx *ctx)
{
	const struct uring_entry *from;
	struct uring_entry entry = {};
	struct uring_queue queue;

	if (!bpf_core_field_exists(ctx->rings->sq.head))
		return 0;
	uring_queue_read(&queue, ctx);
	from = uring_entry_issued(&queue);
	if (!from || bpf_probe_read_kernel(&entry, sizeof(entry), from) ||
	    !uring_op_writes(entry.opcode))
		return 0;
	out->uring_op = entry.opcode;
	out->flags_present |= EV_SYSCALL_HAVE_URING | EV_SYSCALL_URING_RING;
	uring_entry_bytes(out, &entry);
	if (entry.flags & IOSQE_FIXED_FILE) {
		out->fd_status = EV_FD_URING_FIXED;
		return uring_registered_file(ctx, entry.fd);
	}
	out->fd = entry.fd;
	out->fd_status = EV_FD_KNOWN;
	return 0;
}

/*
 * Completes the call of the scratch record SLOT: io_uring_enter(2), which the current thread is in.
 * The file that it is on if it is a registered one, or 0. Global: see path_append().
 */
__noinline __weak u64 uring_capture_inline(u32 slot)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct scratch *scratch = scratch_get(slot);
	struct io_ring_ctx *ctx;
	struct file *ring;

	if (!scratch)
		return 0;
	ring = uring_ring_file(&scratch->call, task);
	if (!ring)
		return 0;
	ctx = BPF_CORE_READ(ring, private_data);
	if (BPF_CORE_READ(ctx, flags) & IORING_SETUP_SQPOLL)
		return 0;
	return uring_capture_entry(&scratch->call, ctx);
}

/*
 * The ring behind FD, if the current thread polls it and submits a request of it now, or 0. Other
 * files than rings are rejected by their type, and by a pointer that only a ring has.
 */
__noinline __weak u64 uring_polled_ring(u64 fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	const struct io_ring_ctx *ctx = NULL;
	struct file *file;
	u16 type;

	if (!bpf_core_field_exists(ctx->sq_data->thread))
		return 0;
	file = fd_to_file(task, fd);
	if (!file)
		return 0;
	/* 6.16 (cfd86ef7e8e7 "anon_inode: use a proper mode internally"): S_IFREG; before: 0. */
	type = BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT;
	if (type && type != S_IFREG)
		return 0;
	ctx = BPF_CORE_READ(file, private_data);
	if (!ctx || BPF_CORE_READ(ctx, sq_data, thread) != task ||
	    BPF_CORE_READ(ctx, rings, sq.head) == BPF_CORE_READ(ctx, cached_sq_head))
		return 0;
	return (u64)ctx;
}

/* A thread may poll several rings of its process; it submits for one of them at a time. */
static __always_inline u64 uring_capture_poller(struct ev_syscall *out)
{
	u64 ctx = 0;

	for (int fd = 0; fd < RING_FDS_MAX && !ctx; fd++)
		ctx = uring_polled_ring(fd);
	return ctx ? uring_capture_entry(out, (const void *)ctx) : 0;
}

/* What the request asks to write. */
static __always_inline void uring_request_bytes(struct ev_syscall *out,
						const struct io_kiocb *request)
{
	const struct io_sr_msg *send = (const void *)request;
	const struct io_splice *splice = (const void *)request;
	s32 result;

	switch (out->uring_op) {
	case IORING_OP_WRITE:
	case IORING_OP_WRITEV:
	case IORING_OP_WRITE_FIXED:
		result = uring_request_result(request);
		if (result <= 0)
			return;
		out->bytes = result;
		break;
	case IORING_OP_SEND:
	case IORING_OP_SEND_ZC:
		if (!bpf_core_field_exists(send->len))
			return;
		bpf_core_read(&result, sizeof(result), &send->len);
		out->bytes = (u32)result;
		break;
	case IORING_OP_SPLICE:
	case IORING_OP_TEE:
		if (!bpf_core_field_exists(splice->len))
			return;
		out->bytes = BPF_CORE_READ(splice, len);
		break;
	default:
		return;
	}
	out->flags_present |= EV_SYSCALL_HAVE_BYTES;
}

/* The request that the worker thread TASK is executing: its file, or NULL. */
static __always_inline struct file *uring_capture_work(struct ev_syscall *out,
						       const struct io_worker *worker)
{
	struct io_wq_work *work;
	struct io_kiocb *request;

	if (!bpf_core_type_exists(struct io_worker))
		return NULL;
	work = BPF_CORE_READ(worker, cur_work);
	if (!work)
		return NULL;
	request = (void *)work - bpf_core_field_offset(struct io_kiocb, work);
	out->uring_op = BPF_CORE_READ(request, opcode);
	out->flags_present |= EV_SYSCALL_HAVE_URING;
	uring_request_bytes(out, request);
	if (BPF_CORE_READ(request, flags) & REQ_F_FIXED_FILE) {
		out->fd_status = EV_FD_URING_FIXED;
	} else {
		out->fd = uring_request_fd(request);
		out->fd_status = out->fd >= 0 ? EV_FD_KNOWN : EV_FD_URING_WORKER;
	}
	return BPF_CORE_READ(request, file);
}

/*
 * Fills in the call of the scratch record SLOT: the request of the current thread, which is a
 * worker or a poller. Its file, or 0.
 */
__noinline __weak u64 uring_capture_thread(u32 slot)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	const struct io_worker *worker = task_io_worker(task);
	struct scratch *scratch = scratch_get(slot);
	struct ev_syscall *call;
	u64 file;

	if (!scratch)
		return 0;
	call = &scratch->call;
	syscall_clear(call, EV_FD_URING_UNKNOWN);
	if (worker)
		return (u64)uring_capture_work(call, worker);
	file = uring_capture_poller(call);
	return call->fd_status == EV_FD_KNOWN ? (u64)fd_to_file(task, call->fd) : file;
}
