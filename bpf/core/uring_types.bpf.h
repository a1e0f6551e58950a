/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's types of io_uring. Only kernel_types.bpf.h includes it, which also explains them. */
#pragma once

struct io_uring_sqe;

struct io_uring {
	u32 head;
};

struct io_rings {
	struct io_uring sq;
};

/* The thread that takes the requests of rings with IORING_SETUP_SQPOLL. */
struct io_sq_data {
	struct task_struct *thread;
};

struct io_ring_ctx {
	u32 flags; /* IORING_SETUP_* */
	struct io_rings *rings;
	u32 *sq_array;
	struct io_uring_sqe *sq_sqes;
	u32 cached_sq_head;
	u32 sq_entries;
	struct io_sq_data *sq_data;
};

struct io_wq_work {
	u32 flags;
};

struct io_cqe {
	s32 res;
	s32 fd;
};

struct io_kiocb {
	struct file *file;
	u8 opcode;
	u32 flags; /* REQ_F_*, the low half of it since 6.8 */
	struct io_wq_work work;
};

/* What a request asks for. It is at the beginning of its struct io_kiocb. */
struct io_sr_msg {
	u32 len; /* size_t before 6.0 */
};

struct io_splice {
	u64 len;
};

struct io_worker {
	struct io_wq_work *cur_work;
};
