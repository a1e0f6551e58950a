/* SPDX-License-Identifier: GPL-2.0-only */
/* The system call that seccomp(2) refused, and what the filter wanted to happen. */
#pragma once

#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/process.bpf.h"
#include "core/syscall.bpf.h"

/* 5.16: the signal is forced, and no handler may be set for it (kernel/signal.c). */
#define SA_IMMUTABLE 0x00800000

/* linux/audit.h */
static __always_inline u32 audit_arch(u8 abi)
{
	switch (abi) {
	case EV_ABI_X86_64:
	case EV_ABI_X32:
		return 0xc000003e;
	case EV_ABI_I386:
		return 0x40000003;
	case EV_ABI_AARCH64:
		return 0xc00000b7;
	case EV_ABI_ARM:
		return 0x40000028;
	case EV_ABI_RISCV64:
		return 0xc00000f3;
	case EV_ABI_RISCV32:
		return 0x400000f3;
	}
	return 0;
}

/* From 5.16 on a filter that kills forces the signal; before, it generates none. */
static __always_inline u8 action_of_signal(const struct ev_signal *signal, struct task_struct *task)
{
	if (!(signal->handler_flags & SA_IMMUTABLE))
		return EV_SECCOMP_TRAP;
	return BPF_CORE_READ(task, signal, live.counter) > 1 ? EV_SECCOMP_KILL_PROCESS
							     : EV_SECCOMP_KILL;
}

/* No signal was generated: TASK called do_exit(), or do_group_exit() up to 5.15. */
static __always_inline u8 action_of_exit(struct task_struct *task)
{
	const struct signal_struct *group = BPF_CORE_READ(task, signal);

	if (BPF_CORE_READ(group, flags) & SIGNAL_GROUP_EXIT)
		return (BPF_CORE_READ(group, group_exit_code) & 0x7f) == SIGSYS
			       ? EV_SECCOMP_KILL_PROCESS
			       : EV_SECCOMP_KILL_THREAD;
	return BPF_CORE_READ(group, nr_threads) > 1 ? EV_SECCOMP_KILL_THREAD : EV_SECCOMP_KILL;
}

/* enum in include/linux/seccomp.h */
#define SECCOMP_MODE_DISABLED 0

/*
 * TASK, which is the current one, exits with the signal NUMBER, and nobody has generated or
 * delivered it: seccomp called do_exit() itself, or do_group_exit() up to 5.15.
 */
static __always_inline bool is_seccomp_exit(struct task_struct *task, u32 number)
{
	u32 filters = BPF_CORE_READ(task, seccomp.filter_count.counter);

	return BPF_CORE_READ(task, seccomp.mode) != SECCOMP_MODE_DISABLED &&
	       number == (filters ? SIGSYS : SIGKILL);
}

/*
 * Of TASK, which is the current one: at the signal, or at its exit without one, if the status is
 * SIGSYS, or SIGKILL in strict mode. The block CALL may be there already.
 */
static __always_inline void seccomp_capture(struct scratch *scratch, struct task_struct *task)
{
	struct ev_seccomp *out = &scratch->reason.seccomp;
	struct ev_syscall *call = &scratch->call;

	__builtin_memset(out, 0, sizeof(*out));
	block_have(scratch, EV_BLOCK_SECCOMP, reason.seccomp);
	if (!scratch->incident.block[EV_BLOCK_CALL].length) {
		syscall_clear(call, EV_FD_NOT_A_WRITE);
		if (syscall_read_registers(call, task)) {
			call->flags_present |= EV_SYSCALL_HAVE;
			block_have(scratch, EV_BLOCK_CALL, call);
		}
	}
	out->number = call->number;
	out->abi = call->abi;
	out->arch = audit_arch(call->abi);
	out->ip = REGS_READ(current_user_regs(), REG_PC);
	/* 5.16: SECCOMP_MODE_DEAD (3) once the kernel kills. A filter stays one. */
	out->filters = BPF_CORE_READ(task, seccomp.filter_count.counter);
	out->mode = out->filters ? 2 : 1;
	if (!out->filters)
		out->action = EV_SECCOMP_STRICT;
	else if (scratch->signal.number == SIGSYS && scratch->signal.code == SYS_SECCOMP)
		out->action = action_of_signal(&scratch->signal, task);
	else
		out->action = action_of_exit(task);
}
