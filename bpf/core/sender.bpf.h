/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the signal came from: a write that failed in the kernel, or a process that sent it. */
#pragma once

#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/process.bpf.h"

#define SI_USER 0
#define SI_QUEUE -1
#define SI_TKILL -6

/* Smaller values are SEND_SIG_NOINFO (0) and SEND_SIG_PRIV (1), and not addresses. */
#define SEND_SIG_NOINFO 0
#define SEND_SIG_PRIV 1

/* The call that the sender is making: kill, tgkill, ... */
static __always_inline void sender_syscall_capture(struct ev_sender *out)
{
	const struct pt_regs *regs = current_user_regs();
#if defined(__TARGET_ARCH_x86)
	const struct task_struct___x86 *x86 = (const void *)bpf_get_current_task();

	out->number = BPF_CORE_READ(regs, orig_ax) & ~X32_SYSCALL_BIT;
	out->abi = BPF_CORE_READ(x86, thread_info.status) & TS_COMPAT ? EV_ABI_I386 : EV_ABI_X86_64;
#elif defined(__TARGET_ARCH_arm64)
	const struct task_struct___arm64 *arm64 = (const void *)bpf_get_current_task();

	out->number = BPF_CORE_READ(regs, syscallno);
	out->abi = BPF_CORE_READ(arm64, thread_info.flags) & (1UL << TIF_32BIT) ? EV_ABI_ARM
										: EV_ABI_AARCH64;
#else
	out->number = regs_call_number(regs);
	out->abi = riscv_abi(regs);
#endif
}

static __always_inline bool is_kill(const struct ev_sender *sender)
{
	switch (sender->abi) {
	case EV_ABI_X86_64:
		return sender->number == 62;
	case EV_ABI_AARCH64:
	case EV_ABI_RISCV64:
	case EV_ABI_RISCV32:
		return sender->number == 129;
	default: /* i386 and ARM */
		return sender->number == 37;
	}
}

/* The current thread is the sender. */
static __always_inline void sender_capture(struct scratch *scratch)
{
	struct ev_sender *out = &scratch->sender;
	u64 pid_tgid = bpf_get_current_pid_tgid();

	out->pid = pid_tgid >> 32;
	out->tid = pid_tgid;
	out->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(out->comm, sizeof(out->comm));
	__builtin_memset(out->pad0, 0, sizeof(out->pad0));
	block_have(scratch, EV_BLOCK_SENDER, sender);
}

/*
 * 7.3: kill(2) also sends without a siginfo (kill_something_info() with SEND_SIG_NOINFO). Then only
 * the call that the sender makes distinguishes it from a failed write. A thread that is exiting may
 * still have that call in its registers. A signal that it sends then (PR_SET_PDEATHSIG of its
 * children) does not come from that call.
 */
static __always_inline bool is_sent_by_kill(struct scratch *scratch)
{
	struct task_struct *sender = (struct task_struct *)bpf_get_current_task();

	sender_syscall_capture(&scratch->sender);
	return is_kill(&scratch->sender) && !(BPF_CORE_READ(sender, flags) & PF_EXITING);
}

/*
 * The siginfo, or SEND_SIG_*. It is read from memory: as a pointer, the verifier (6.5 to 7.2.6,
 * 51302c951c8f) assumes that it is never NULL and removes each test for NULL.
 */
static __always_inline u64 siginfo_of(u64 *ctx)
{
	u64 info = 0;

	bpf_probe_read_kernel(&info, sizeof(info), &ctx[1]);
	return info;
}

/*
 * The kernel raises SIGPIPE by send_sig(SIGPIPE, current, 0), without a siginfo. The process then
 * sees the code SI_USER from itself. Only the missing siginfo distinguishes this from
 * kill(getpid(), SIGPIPE).
 */
static __always_inline void origin_capture(struct scratch *scratch, u64 *ctx)
{
	struct ev_signal *out = &scratch->signal;
	const struct kernel_siginfo *info = (const void *)siginfo_of(ctx);

	out->flags = ctx[3] ? EV_SIGNAL_GROUP : 0;
	out->origin = EV_ORIGIN_KERNEL;
	out->code = 0;
	if ((u64)info <= SEND_SIG_PRIV) {
		out->flags |= EV_SIGNAL_NO_INFO;
		if ((u64)info != SEND_SIG_NOINFO || !is_sent_by_kill(scratch))
			return;
	} else {
		out->code = BPF_CORE_READ(info, si_code);
		if (out->code != SI_USER && out->code != SI_QUEUE && out->code != SI_TKILL)
			return;
		sender_syscall_capture(&scratch->sender);
	}
	out->origin = EV_ORIGIN_PROCESS;
	sender_capture(scratch);
}

static __always_inline u8 subject_of(const struct ev_signal *signal, struct task_struct *task)
{
	if (signal->origin == EV_ORIGIN_PROCESS)
		return EV_SUBJECT_SENT;
	if (!(signal->flags & EV_SIGNAL_NO_INFO) || !task_is_current(task))
		return EV_SUBJECT_KERNEL;
	switch (signal->number) {
	case SIGPIPE:
		return EV_SUBJECT_WRITE;
	case SIGXFSZ:
		return EV_SUBJECT_LIMIT;
	}
	return EV_SUBJECT_KERNEL;
}
