/* SPDX-License-Identifier: GPL-2.0-only */
/* The thread block: which code ran, and its registers. */
#pragma once

#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"

#if defined(__TARGET_ARCH_x86)

/* Selectors of 32-bit user code: arch/x86/include/asm/segment.h, and Xen's (xen/interface/xen.h). */
#define USER32_CS 0x23
#define USER32_CS_XEN 0xe023

static __always_inline u8 thread_abi(const struct pt_regs *regs, struct task_struct *task)
{
	u16 selector = BPF_CORE_READ(regs, cs);

	return selector == USER32_CS || selector == USER32_CS_XEN ? EV_ABI_I386 : EV_ABI_X86_64;
}

static __always_inline void registers_capture(struct ev_thread *out, const struct pt_regs *regs)
{
	out->ip = BPF_CORE_READ(regs, ip);
	out->sp = BPF_CORE_READ(regs, sp);
	if (out->abi == EV_ABI_I386) {
		out->register_count = 9;
		out->registers[0] = BPF_CORE_READ(regs, ax);
		out->registers[1] = BPF_CORE_READ(regs, cx);
		out->registers[2] = BPF_CORE_READ(regs, dx);
		out->registers[3] = BPF_CORE_READ(regs, bx);
		out->registers[4] = out->sp;
		out->registers[5] = BPF_CORE_READ(regs, bp);
		out->registers[6] = BPF_CORE_READ(regs, si);
		out->registers[7] = BPF_CORE_READ(regs, di);
		out->registers[8] = out->ip;
		return;
	}
	out->register_count = 17;
	out->registers[0] = BPF_CORE_READ(regs, ax);
	out->registers[1] = BPF_CORE_READ(regs, dx);
	out->registers[2] = BPF_CORE_READ(regs, cx);
	out->registers[3] = BPF_CORE_READ(regs, bx);
	out->registers[4] = BPF_CORE_READ(regs, si);
	out->registers[5] = BPF_CORE_READ(regs, di);
	out->registers[6] = BPF_CORE_READ(regs, bp);
	out->registers[7] = out->sp;
	out->registers[8] = BPF_CORE_READ(regs, r8);
	out->registers[9] = BPF_CORE_READ(regs, r9);
	out->registers[10] = BPF_CORE_READ(regs, r10);
	out->registers[11] = BPF_CORE_READ(regs, r11);
	out->registers[12] = BPF_CORE_READ(regs, r12);
	out->registers[13] = BPF_CORE_READ(regs, r13);
	out->registers[14] = BPF_CORE_READ(regs, r14);
	out->registers[15] = BPF_CORE_READ(regs, r15);
	out->registers[16] = out->ip;
}

#elif defined(__TARGET_ARCH_arm64)

static __always_inline u8 thread_abi(const struct pt_regs *regs, struct task_struct *task)
{
	const struct task_struct___arm64 *arm64 = (const void *)task;

	return BPF_CORE_READ(arm64, thread_info.flags) & (1UL << TIF_32BIT) ? EV_ABI_ARM
									    : EV_ABI_AARCH64;
}

static __always_inline void registers_capture(struct ev_thread *out, const struct pt_regs *regs)
{
	out->ip = BPF_CORE_READ(regs, pc);
	out->sp = BPF_CORE_READ(regs, sp);
	out->register_count = 33;
	bpf_core_read(out->registers, 31 * 8, &regs->regs);
	out->registers[31] = out->sp;
	out->registers[32] = out->ip;
}

#elif defined(__TARGET_ARCH_riscv)

static __always_inline u8 thread_abi(const struct pt_regs *regs, struct task_struct *task)
{
	return riscv_abi(regs);
}

static __always_inline void registers_capture(struct ev_thread *out, const struct pt_regs *regs)
{
	out->ip = BPF_CORE_READ(regs, epc);
	out->sp = BPF_CORE_READ(regs, sp);
	out->register_count = 33;
	out->registers[0] = 0; /* always */
	bpf_core_read(&out->registers[1], 31 * 8, &regs->ra);
	out->registers[32] = out->ip;
}

#endif

/*
 * Of TASK, the current task. Kernel threads and io_uring workers have no user registers. Call it
 * after call_capture(): only the number of a call identifies x32 code.
 */
static __always_inline void thread_capture(struct scratch *scratch, struct task_struct *task)
{
	struct ev_thread *out = &scratch->thread;
	const struct pt_regs *regs;

	if (BPF_CORE_READ(task, flags) & (PF_KTHREAD | PF_IO_WORKER))
		return;
	regs = current_user_regs();
	out->abi = thread_abi(regs, task);
	if (scratch->incident.block[EV_BLOCK_CALL].length && scratch->call.abi == EV_ABI_X32)
		out->abi = EV_ABI_X32;
	__builtin_memset(out->pad0, 0, sizeof(out->pad0));
	registers_capture(out, regs);
	block_have(scratch, EV_BLOCK_THREAD, thread);
}

/* True if thread_capture() found user registers. */
static __always_inline bool thread_is_known(const struct scratch *scratch)
{
	return scratch->incident.block[EV_BLOCK_THREAD].length;
}
