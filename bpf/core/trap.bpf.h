/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the processor said about a fault. The kernel keeps it with the thread and never clears it,
 * so it is only right while the thread has not returned from this very exception.
 */
#pragma once

#include "core/kernel_compat.bpf.h"

/* include/uapi/asm-generic/siginfo.h */
#define SI_KERNEL 0x80
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN 1
#define BUS_ADRERR 2

/* The siginfo is not seen by perf. One with the code SI_KERNEL has no address. */
static __always_inline void address_complete(struct ev_fault *out, const struct ev_signal *signal,
					     u64 address)
{
	if (out->flags & EV_FAULT_HAVE_ADDRESS || signal->code == SI_KERNEL)
		return;
	out->flags |= EV_FAULT_HAVE_ADDRESS;
	out->address = address;
}

#if defined(__TARGET_ARCH_x86)

struct thread_struct___trap {
	unsigned long cr2;
	unsigned long trap_nr;
	unsigned long error_code;
} __attribute__((preserve_access_index));

struct task_struct___trap {
	struct thread_struct___trap thread;
} __attribute__((preserve_access_index));

/* arch/x86/include/asm/trapnr.h and trap_pf.h */
#define X86_TRAP_PF 14
#define X86_PF_WRITE (1u << 1)
#define X86_PF_INSTR (1u << 4)

/*
 * The entry of an exception sets orig_ax to -1, and that of a system call to its number. A signal
 * that comes from a call is of no exception.
 */
static __always_inline void trap_capture(struct ev_fault *out, const struct ev_signal *signal,
					 const struct task_struct *task, const struct pt_regs *regs)
{
	const struct task_struct___trap *x86 = (const void *)task;

	if (BPF_CORE_READ(regs, orig_ax) != ~0UL)
		return;
	out->flags |= EV_FAULT_HAVE_TRAP;
	out->trap = BPF_CORE_READ(x86, thread.trap_nr);
	out->error_code = BPF_CORE_READ(x86, thread.error_code);
	/* arch/x86/kernel/traps.c: error_get_trap_addr() */
	if (signal->number == SIGILL || signal->number == SIGFPE)
		address_complete(out, signal, BPF_CORE_READ(regs, ip));
	if (out->trap != X86_TRAP_PF)
		return;
	if (out->error_code & X86_PF_INSTR)
		out->access = EV_ACCESS_EXECUTE;
	else
		out->access = out->error_code & X86_PF_WRITE ? EV_ACCESS_WRITE : EV_ACCESS_READ;
	address_complete(out, signal, BPF_CORE_READ(x86, thread.cr2));
}

/* exc_alignment_check() gives no address. */
static __always_inline bool siginfo_has_address(const struct ev_signal *signal)
{
	return !(signal->number == SIGBUS && signal->code == BUS_ADRALN);
}

#elif defined(__TARGET_ARCH_arm64)

struct thread_struct___trap {
	unsigned long fault_address;
	unsigned long fault_code;
} __attribute__((preserve_access_index));

struct task_struct___trap {
	struct thread_struct___trap thread;
} __attribute__((preserve_access_index));

/* arch/arm64/include/asm/esr.h */
#define ESR_EC_SHIFT 26
#define ESR_EC_INSTRUCTION 0x20
#define ESR_EC_DATA 0x24
#define ESR_WRITE (1u << 6)
#define ESR_CACHE (1u << 8) /* cache maintenance: the bit of a write is always set */

/* Only aborts set the ESR of the thread; a breakpoint and an undefined instruction leave it. */
static __always_inline bool is_abort(const struct ev_signal *signal)
{
	return (signal->number == SIGSEGV || signal->number == SIGBUS) && signal->code != SI_KERNEL;
}

static __always_inline void trap_capture(struct ev_fault *out, const struct ev_signal *signal,
					 const struct task_struct *task, const struct pt_regs *regs)
{
	const struct task_struct___trap *arm64 = (const void *)task;

	/* Of a system call: the thread has returned from the abort. */
	if (!is_abort(signal) || BPF_CORE_READ(regs, syscallno) >= 0)
		return;
	out->flags |= EV_FAULT_HAVE_TRAP;
	out->error_code = BPF_CORE_READ(arm64, thread.fault_code);
	switch (out->error_code >> ESR_EC_SHIFT & 0x3f) {
	case ESR_EC_INSTRUCTION:
		out->access = EV_ACCESS_EXECUTE;
		break;
	case ESR_EC_DATA:
		out->access = (out->error_code & (ESR_WRITE | ESR_CACHE)) == ESR_WRITE
				      ? EV_ACCESS_WRITE
				      : EV_ACCESS_READ;
		break;
	}
	address_complete(out, signal, BPF_CORE_READ(arm64, thread.fault_address));
}

static __always_inline bool siginfo_has_address(const struct ev_signal *signal)
{
	return true;
}

#elif defined(__TARGET_ARCH_riscv)

/* arch/riscv/include/asm/csr.h: EXC_*, of `cause`, which rt_sigreturn(2) sets to -1. */
static __always_inline u8 access_of_cause(u64 cause)
{
	switch (cause) {
	case 0:
	case 1:
	case 12:
		return EV_ACCESS_EXECUTE;
	case 4:
	case 5:
	case 13:
		return EV_ACCESS_READ;
	case 6:
	case 7:
	case 15:
		return EV_ACCESS_WRITE;
	}
	return EV_ACCESS_UNKNOWN;
}

static __always_inline void trap_capture(struct ev_fault *out, const struct ev_signal *signal,
					 const struct task_struct *task, const struct pt_regs *regs)
{
	u64 cause = BPF_CORE_READ(regs, cause);

	if (cause == EXC_SYSCALL || (s64)cause < 0)
		return;
	out->flags |= EV_FAULT_HAVE_TRAP;
	out->trap = cause;
	out->access = access_of_cause(cause);
}

static __always_inline bool siginfo_has_address(const struct ev_signal *signal)
{
	return true;
}

#endif
