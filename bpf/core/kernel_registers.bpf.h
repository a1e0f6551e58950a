/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A part of kernel_compat.bpf.h, and included by it alone: the user registers, and the ABI of the
 * system call under way.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/kernel_types.bpf.h"
#include "event.h"

#if defined(__TARGET_ARCH_x86)

struct pt_regs {
	unsigned long r15;
	unsigned long r14;
	unsigned long r13;
	unsigned long r12;
	unsigned long bp;
	unsigned long bx;
	unsigned long r11;
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long ax;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
	unsigned long ip;
	unsigned long cs; /* 6.9 (FRED): in a union, 16 bits of it */
	unsigned long sp;
} __attribute__((preserve_access_index));

struct thread_info {
	u32 status;
} __attribute__((preserve_access_index));

struct task_struct___x86 {
	struct thread_info thread_info;
} __attribute__((preserve_access_index));

#define REG_PC ip
#define REG_FIRST di /* the first argument of the system call */
#define TS_COMPAT 0x0002
#define X32_SYSCALL_BIT 0x40000000
#define KERNEL_STACK_BYTES 16384ULL /* THREAD_SIZE without KASAN */

#elif defined(__TARGET_ARCH_arm64)

struct pt_regs {
	u64 regs[31];
	u64 sp;
	u64 pc;
	u64 orig_x0;
	s32 syscallno;
} __attribute__((preserve_access_index));

struct thread_info {
	unsigned long flags;
} __attribute__((preserve_access_index));

struct task_struct___arm64 {
	struct thread_info thread_info;
} __attribute__((preserve_access_index));

#define REG_PC pc
#define REG_FIRST orig_x0 /* regs[0] is already the register of the result */
#define TIF_32BIT 22
/* THREAD_SIZE without KASAN: one page, or 16 KiB where pages are smaller. */
#define KERNEL_STACK_BYTES \
	(config.machine.page_shift > 14 ? 1ULL << config.machine.page_shift : 16384ULL)

#elif defined(__TARGET_ARCH_riscv)

struct pt_regs {
	unsigned long epc;
	unsigned long ra; /* x1; the others follow in the order of their numbers, up to x31 */
	unsigned long sp;
	unsigned long a0;
	unsigned long a1;
	unsigned long a2;
	unsigned long a3;
	unsigned long a4;
	unsigned long a5;
	unsigned long a7;
	unsigned long status;
	unsigned long cause;
	unsigned long orig_a0;
} __attribute__((preserve_access_index));

#define REG_PC epc
#define REG_FIRST orig_a0
#define EXC_SYSCALL 8
/* sstatus.UXL: the width of user code, as start_thread() sets it. */
#define SR_UXL_SHIFT 32
#define SR_UXL_32 1
#define KERNEL_STACK_BYTES 16384ULL /* THREAD_SIZE without KASAN */

#endif

enum bpf_func_id___task_pt_regs {
	BPF_FUNC_task_pt_regs___task_pt_regs = 175,
};

/*
 * bpf_task_pt_regs() exists since 5.15. Before, the registers are at the top of the kernel stack:
 * task_pt_regs() in arch/{x86,arm64,riscv}/include/asm/processor.h. (CONFIG_X86_FRED, 6.9, moves
 * them by 16 bytes, but such a kernel has the helper.)
 */
static __always_inline const struct pt_regs *stack_user_regs(const struct task_struct *task)
{
	return (const struct pt_regs *)((u64)BPF_CORE_READ(task, stack) + KERNEL_STACK_BYTES -
					bpf_core_type_size(struct pt_regs));
}

/* TASK is the current task, as a pointer whose type the verifier knows. */
static __always_inline const struct pt_regs *task_user_regs(struct task_struct *task)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id___task_pt_regs,
				       BPF_FUNC_task_pt_regs___task_pt_regs))
		return (const struct pt_regs *)bpf_task_pt_regs(task);
	return stack_user_regs(task);
}

/* bpf_get_current_task_btf() exists since 5.11, so it exists whenever bpf_task_pt_regs() does. */
static __always_inline const struct pt_regs *current_user_regs(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id___task_pt_regs,
				       BPF_FUNC_task_pt_regs___task_pt_regs))
		return task_user_regs(bpf_get_current_task_btf());
	return stack_user_regs((const struct task_struct *)bpf_get_current_task());
}

/*
 * A field of the user registers. With bpf_task_pt_regs() the verifier knows the type of the
 * pointer, so the field is read directly, which costs half of a helper call.
 */
#define REGS_READ(regs, field)                                            \
	(bpf_core_enum_value_exists(enum bpf_func_id___task_pt_regs,      \
				    BPF_FUNC_task_pt_regs___task_pt_regs) \
		 ? (regs)->field                                          \
		 : BPF_CORE_READ(regs, field))

/*
 * The number of the system call that these registers are of; negative: of none. rt_sigreturn(2)
 * replaces its own by those that the signal had interrupted, and marks them as of no call.
 */
static __always_inline s64 regs_call_number(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return REGS_READ(regs, orig_ax);
#elif defined(__TARGET_ARCH_arm64)
	return REGS_READ(regs, syscallno);
#else
	return REGS_READ(regs, cause) == EXC_SYSCALL ? (s64)REGS_READ(regs, a7) : -1;
#endif
}

#if defined(__TARGET_ARCH_riscv)
static __always_inline u8 riscv_abi(const struct pt_regs *regs)
{
	u64 status = BPF_CORE_READ(regs, status);

	return (status >> SR_UXL_SHIFT & 3) == SR_UXL_32 ? EV_ABI_RISCV32 : EV_ABI_RISCV64;
}
#endif

/*
 * The Nth integer argument of a function, from the REGS of its kprobe, by the calling convention of
 * the kernel.
 */
static __always_inline u64 regs_argument(const struct pt_regs *regs, int n)
{
#if defined(__TARGET_ARCH_x86)
	return n == 0 ? regs->di : n == 1 ? regs->si : regs->dx;
#elif defined(__TARGET_ARCH_arm64)
	return n == 0 ? regs->regs[0] : n == 1 ? regs->regs[1] : regs->regs[2];
#else
	return n == 0 ? regs->a0 : n == 1 ? regs->a1 : regs->a2;
#endif
}
