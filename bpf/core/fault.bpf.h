/* SPDX-License-Identifier: GPL-2.0-only */
/* The fault block: what an instruction accessed, and what is mapped there. */
#pragma once

#include "core/mapping.bpf.h"
#include "core/sender.bpf.h"
#include "core/thread.bpf.h"
#include "core/trap.bpf.h"

#define RLIMIT_STACK 3
#define TMPFS_MAGIC 0x01021994
#define STACK_GAP_PAGES \
	256 /* mm/mmap.c: stack_guard_gap, unless the kernel was booted with another */

/* include/linux/shmem_fs.h */
struct shmem_sb_info {
	unsigned long max_blocks;
	struct percpu_counter used_blocks;
} __attribute__((preserve_access_index));

/* INFO: the address of a struct kernel_siginfo; SEND_SIG_* or 0: there is none that has an address.
 */
static __always_inline void fault_address_capture(struct ev_fault *out,
						  const struct ev_signal *signal, u64 address)
{
	const struct kernel_siginfo *info = (const void *)address;

	if (address <= SEND_SIG_PRIV || signal->code == SI_KERNEL || !siginfo_has_address(signal))
		return;
	out->flags |= EV_FAULT_HAVE_ADDRESS;
	out->address = (u64)BPF_CORE_READ(info, _sifields._sigfault._addr);
}

static __always_inline void fault_stack_capture(struct ev_fault *out, struct task_struct *task,
						const struct mm_struct *mm)
{
	if (BPF_CORE_READ(task, pid) == BPF_CORE_READ(task, tgid))
		out->flags |= EV_FAULT_MAIN_THREAD;
	out->stack_limit = BPF_CORE_READ(task, signal, rlim[RLIMIT_STACK].rlim_cur);
	out->stack_start = BPF_CORE_READ(mm, start_stack);
	out->stack_gap = (u64)STACK_GAP_PAGES << config.machine.page_shift;
}

/* How full the tmpfs is that holds the file of VMA. */
static __always_inline void fault_blocks_capture(struct ev_fault *out,
						 const struct vm_area_struct *vma)
{
	const struct shmem_sb_info *info;

	if (out->at.fs != TMPFS_MAGIC)
		return;
	info = BPF_CORE_READ(vma, vm_file, f_inode, i_sb, s_fs_info);
	out->blocks_limit = BPF_CORE_READ(info, max_blocks);
	out->blocks_used = BPF_CORE_READ(info, used_blocks.count);
	out->flags |= EV_FAULT_HAVE_BLOCKS;
}

static __always_inline void fault_mappings_capture(struct scratch *scratch, struct mm_struct *mm,
						   u64 address)
{
	struct mapping_search *search = &scratch->search;
	struct ev_fault *out = &scratch->fault;
	const struct vm_area_struct *vma;
	struct file *file;

	mappings_find(scratch, mm, address);
	mapping_fill(&out->at, (u64)mm, AGAIN(search->at));
	mapping_fill(&out->below, (u64)mm, AGAIN(search->below));
	mapping_fill(&out->above, (u64)mm, AGAIN(search->above));
	out->flags |= EV_FAULT_HAVE_MAPPINGS;
	vma = (const void *)AGAIN(search->at);
	if (!AGAIN(out->at.inode))
		return;
	fault_blocks_capture(out, vma);
	file = BPF_CORE_READ(vma, vm_file);
	if (file)
		file_path_capture(scratch, EV_BLOCK_FAULT_PATH, file);
}

/*
 * TASK is the current task, inside the exception, or at the delivery of its signal before it
 * returns. The signal block is there. INFO: the address of its siginfo, or 0.
 */
static __always_inline void fault_capture(struct scratch *scratch, struct task_struct *task,
					  u64 info)
{
	const struct ev_signal *signal = &scratch->signal;
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct ev_fault *out = &scratch->fault;

	if (!mm)
		return;
	__builtin_memset(out, 0, sizeof(*out));
	block_have(scratch, EV_BLOCK_FAULT, fault);
	fault_address_capture(out, signal, info);
	trap_capture(out, signal, task, current_user_regs());
	fault_stack_capture(out, task, mm);
	if (out->flags & EV_FAULT_HAVE_ADDRESS)
		fault_mappings_capture(scratch, mm, AGAIN(out->address));
}
