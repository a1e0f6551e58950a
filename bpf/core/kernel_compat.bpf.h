/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All differences between kernels (5.10 to 7.3) and between machines that sigpath knows, each with
 * its version or commit. The code decides by the BTF of the running kernel, never by its version,
 * because distributions backport changes. kernel_registers.bpf.h, which it includes, has those of
 * the registers.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/kernel_registers.bpf.h"
#include "core/kernel_types.bpf.h"
#include "event.h"

/*
 * 6.15 (633488947ef6 "kernfs: Use RCU to access kernfs_node::parent"): kernfs_node.parent became
 * __parent.
 */
struct kernfs_node___parent {
	struct kernfs_node *parent;
} __attribute__((preserve_access_index));

struct kernfs_node___v6_15 {
	struct kernfs_node *__parent;
} __attribute__((preserve_access_index));

static __always_inline struct kernfs_node *kernfs_parent(const void *node)
{
	const struct kernfs_node___parent *old = node;
	const struct kernfs_node___v6_15 *new = node;

	if (bpf_core_field_exists(new->__parent))
		return BPF_CORE_READ(new, __parent);
	return BPF_CORE_READ(old, parent);
}

/*
 * 5.12 (3bfe6106693b "io-wq: fork worker threads from original task"): the io_uring worker of a
 * thread hangs off PF_IO_WORKER tasks as pf_io_worker; 5.17 (e32cf5dfbe22) made it worker_private.
 */
struct task_struct___pf_io_worker {
	void *pf_io_worker;
} __attribute__((preserve_access_index));

struct task_struct___worker_private {
	void *worker_private;
} __attribute__((preserve_access_index));

static __always_inline void *task_io_worker(const void *task)
{
	const struct task_struct___worker_private *new = task;
	const struct task_struct___pf_io_worker *old = task;

	if (bpf_core_field_exists(new->worker_private))
		return BPF_CORE_READ(new, worker_private);
	if (bpf_core_field_exists(old->pf_io_worker))
		return BPF_CORE_READ(old, pf_io_worker);
	return NULL;
}

/*
 * 6.13 (90ee6ed776c0 "fs: port files to file_ref"): f_count became f_ref, which is one less while
 * there are references and negative afterwards (include/linux/file_ref.h).
 */
struct file___f_count {
	struct {
		s64 counter;
	} f_count;
} __attribute__((preserve_access_index));

struct file___f_ref {
	struct {
		struct {
			s64 counter;
		} refcnt;
	} f_ref;
} __attribute__((preserve_access_index));

/* The references to a file: fds, and calls under way. 0: the last one is gone, it is released. */
static __always_inline s64 file_references(const void *file)
{
	const struct file___f_count *old = file;
	const struct file___f_ref *new = file;
	s64 references;

	if (!bpf_core_field_exists(new->f_ref))
		return BPF_CORE_READ(old, f_count.counter);
	references = BPF_CORE_READ(new, f_ref.refcnt.counter);
	return references < 0 ? 0 : references + 1;
}

/*
 * Up to 6.9 the garbage collector of unix sockets runs in whatever thread closes or sends. It marks
 * the sockets that it frees (UNIX_GC_CANDIDATE, net/unix/garbage.c). 6.10 (4090fa373f0e "af_unix:
 * Replace garbage collection algorithm.") removed the mark; a kernel thread collects since 6.8.
 */
struct unix_sock___gc {
	unsigned long gc_flags;
} __attribute__((preserve_access_index));

static __always_inline bool unix_is_collected(const void *sk)
{
	const struct unix_sock___gc *u = sk;

	return bpf_core_field_exists(u->gc_flags) && BPF_CORE_READ(u, gc_flags) & 1;
}

/*
 * 5.19 (cef216fc32d7 "io_uring: explicitly keep a CQE in io_kiocb"): a request has the result and
 * the fd that it was made with in cqe, before only the result. A write sets the result to what it
 * is asked to write, before it begins (io_write() in io_uring/rw.c).
 */
struct io_kiocb___result {
	s32 result;
} __attribute__((preserve_access_index));

struct io_kiocb___cqe {
	struct io_cqe cqe;
} __attribute__((preserve_access_index));

static __always_inline s32 uring_request_result(const void *request)
{
	const struct io_kiocb___cqe *new = request;
	const struct io_kiocb___result *old = request;

	if (bpf_core_field_exists(new->cqe.res))
		return BPF_CORE_READ(new, cqe.res);
	if (bpf_core_field_exists(old->result))
		return BPF_CORE_READ(old, result);
	return 0;
}

/* -1: the request does not keep it. */
static __always_inline s32 uring_request_fd(const void *request)
{
	const struct io_kiocb___cqe *new = request;

	return bpf_core_field_exists(new->cqe.fd) ? BPF_CORE_READ(new, cqe.fd) : -1;
}

/*
 * 6.13 (7029acd8a950 "io_uring/rsrc: get rid of per-ring io_rsrc_node list"): a registered file
 * hangs off a node; before, the table held it itself, as struct io_fixed_file, a word. That type is
 * not declared here: to look for a type that the kernel lacks, libbpf wants CAP_SYS_ADMIN, for the
 * BTF of modules. The low bits of the file's address are flags.
 */
struct io_file_table___files {
	u64 *files;
} __attribute__((preserve_access_index));

struct io_ring_ctx___files {
	struct io_file_table___files file_table;
	u32 nr_user_files;
} __attribute__((preserve_access_index));

struct io_rsrc_node {
	unsigned long file_ptr;
} __attribute__((preserve_access_index));

struct io_rsrc_data {
	u32 nr;
	struct io_rsrc_node **nodes;
} __attribute__((preserve_access_index));

struct io_file_table___data {
	struct io_rsrc_data data;
} __attribute__((preserve_access_index));

struct io_ring_ctx___data {
	struct io_file_table___data file_table;
} __attribute__((preserve_access_index));

#define URING_FILE_MASK (~7UL)

/* The file that the ring CTX knows by INDEX, or 0. */
static __always_inline u64 uring_registered_file(const void *ctx, u32 index)
{
	const struct io_ring_ctx___data *new = ctx;
	const struct io_ring_ctx___files *old = ctx;
	struct io_rsrc_node *node = NULL;
	u64 file = 0;

	if (bpf_core_field_exists(new->file_table.data.nodes)) {
		if (index >= BPF_CORE_READ(new, file_table.data.nr))
			return 0;
		bpf_probe_read_kernel(&node, sizeof(node),
				      BPF_CORE_READ(new, file_table.data.nodes) + index);
		return node ? BPF_CORE_READ(node, file_ptr) & URING_FILE_MASK : 0;
	}
	if (!bpf_core_field_exists(old->file_table.files) ||
	    index >= BPF_CORE_READ(old, nr_user_files))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(old, file_table.files) + index);
	return file & URING_FILE_MASK;
}

/* CONFIG_MPTCP only. */
struct tcp_sock___mptcp {
	bool is_mptcp;
} __attribute__((preserve_access_index));

static __always_inline bool tcp_is_mptcp_subflow(const void *tp)
{
	const struct tcp_sock___mptcp *mptcp = tp;
	bool is_mptcp = false;

	if (bpf_core_field_exists(mptcp->is_mptcp))
		bpf_core_read(&is_mptcp, sizeof(is_mptcp), &mptcp->is_mptcp);
	return is_mptcp;
}

/*
 * 6.1 (d4af56c5c7c6 "mm: start tracking VMAs with maple tree", 763ecb035029 "mm: remove the vma
 * linked list"): the list of mappings at mm->mmap became a maple tree. Its nodes are struct
 * maple_range_64 and _arange_64. The low bits of a pointer to a node have its type
 * (include/linux/maple_tree.h).
 */
struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
} __attribute__((preserve_access_index));

struct rb_root {
	struct rb_node *rb_node;
} __attribute__((preserve_access_index));

struct mm_struct___list {
	struct vm_area_struct *mmap;
	struct rb_root mm_rb;
} __attribute__((preserve_access_index));

struct vm_area_struct___list {
	struct vm_area_struct *vm_next;
	struct vm_area_struct *vm_prev;
	struct rb_node vm_rb;
} __attribute__((preserve_access_index));

struct maple_tree {
	void *ma_root;
} __attribute__((preserve_access_index));

struct mm_struct___maple {
	struct maple_tree mm_mt;
} __attribute__((preserve_access_index));

struct maple_metadata {
	unsigned char end;
} __attribute__((preserve_access_index));

struct maple_range_64 {
	unsigned long pivot[15];
	void *slot[16];
	struct maple_metadata meta;
} __attribute__((preserve_access_index));

struct maple_arange_64 {
	unsigned long pivot[9];
	void *slot[10];
	struct maple_metadata meta;
} __attribute__((preserve_access_index));

/*
 * 6.2 (f1a7941243c1 "mm: convert mm's rss stats into percpu_counter"): the counts of resident pages
 * became counters with a part on each CPU. Their sum is off by what the CPUs have not added yet: at
 * most 32 pages for each, or twice their number.
 */
struct mm_struct___atomic {
	struct {
		atomic64_t count[4]; /* by MM_* */
	} rss_stat;
} __attribute__((preserve_access_index));

struct percpu_counter {
	s64 count;
} __attribute__((preserve_access_index));

struct mm_struct___percpu {
	struct percpu_counter rss_stat[4];
} __attribute__((preserve_access_index));

/* include/linux/mm_types_task.h */
#define MM_FILEPAGES 0
#define MM_ANONPAGES 1
#define MM_SWAPENTS 2
#define MM_SHMEMPAGES 3

static __always_inline u64 mm_pages(const void *mm, u32 which)
{
	const struct mm_struct___atomic *old = mm;
	u64 at = (u64)mm;
	s64 pages = 0;

	if (bpf_core_field_exists(old->rss_stat.count))
		at += bpf_core_field_offset(old->rss_stat.count) + which * sizeof(pages);
	else
		at += bpf_core_field_offset(struct mm_struct___percpu, rss_stat) +
		      which * bpf_core_type_size(struct percpu_counter) +
		      bpf_core_field_offset(struct percpu_counter, count);
	bpf_probe_read_kernel(&pages, sizeof(pages), (void *)at);
	return pages > 0 ? pages : 0;
}

/* After 6.18 (struct rseq_data, include/linux/rseq_types.h) the pointer became a structure. */
struct task_struct___rseq {
	void *rseq;
} __attribute__((preserve_access_index));

struct task_struct___rseq_data {
	struct {
		void *usrptr;
	} rseq;
} __attribute__((preserve_access_index));

/* The address that the thread has registered with rseq(2); 0: none. */
static __always_inline u64 task_rseq(const void *task)
{
	const struct task_struct___rseq_data *new = task;
	const struct task_struct___rseq *old = task;

	if (bpf_core_field_exists(new->rseq.usrptr))
		return (u64)BPF_CORE_READ(new, rseq.usrptr);
	if (bpf_core_field_exists(old->rseq))
		return (u64)BPF_CORE_READ(old, rseq);
	return 0;
}

/*
 * Who may dump the memory. Up to 6.17 the two lowest bits of mm->flags, a number; from 6.18
 * mm_flags_t, a bitmap. From 7.2 on it belongs to the program (task->exec_state).
 */
struct mm_struct___flags {
	unsigned long flags;
} __attribute__((preserve_access_index));

struct mm_struct___bitmap {
	struct {
		unsigned long __mm_flags[1];
	} flags;
} __attribute__((preserve_access_index));

/* CO-RE takes a number for no enum. */
enum task_dumpable {
	TASK_DUMPABLE_OFF = 0,
};

struct task_exec_state {
	enum task_dumpable dumpable;
} __attribute__((preserve_access_index));

struct task_struct___exec_state {
	struct task_exec_state *exec_state;
} __attribute__((preserve_access_index));

#define MMF_DUMPABLE_MASK 3

/* EV_DUMPABLE_*; -1: it is not known. */
static __always_inline int task_dumpable(struct task_struct *task)
{
	const struct task_struct___exec_state *new = (const void *)task;
	const void *mm = BPF_CORE_READ(task, mm);
	const struct mm_struct___flags *plain = mm;
	const struct mm_struct___bitmap *bitmap = mm;
	u64 flags = 0;

	if (!mm)
		return -1;
	if (bpf_core_field_exists(new->exec_state))
		return BPF_CORE_READ(new, exec_state, dumpable);
	if (bpf_core_field_exists(plain->flags))
		flags = BPF_CORE_READ(plain, flags);
	else if (!bpf_core_field_exists(bitmap->flags) ||
		 bpf_core_read(&flags, sizeof(flags), &bitmap->flags))
		return -1;
	return flags & MMF_DUMPABLE_MASK;
}
