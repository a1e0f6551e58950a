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

/* Calls that send to a process with a siginfo whose code may be SI_USER. */
static __always_inline bool has_own_siginfo(const struct ev_sender *sender)
{
	if (sender->number == 424) /* pidfd_send_signal */
		return true;
	switch (sender->abi) { /* rt_sigqueueinfo */
	case EV_ABI_X86_64:
		return sender->number == 129;
	case EV_ABI_AARCH64:
		return sender->number == 138;
	default:
		return sender->number == 178;
	}
}

/* Where only the code of the siginfo is known: the part of struct kernel_siginfo that has it. */
struct shown_siginfo {
	int si_signo;
	int si_errno;
	int si_code;
	int pad0;
};

/*
 * From 7.0 on, where the siginfo is not seen but its CODE. It is SI_USER also where there is none.
 * To a thread only the kernel sends SI_USER, and a process that forges a signal to itself.
 */
static __always_inline bool is_without_siginfo(int code, bool group)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	struct ev_sender sender = {};

	if (code != SI_USER)
		return false;
	if (!group || BPF_CORE_READ(current, flags) & PF_EXITING)
		return true;
	sender_syscall_capture(&sender);
	return !has_own_siginfo(&sender);
}

/* The current thread is the sender. */
static __always_inline void sender_capture(struct scratch *scratch)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct ev_sender *out = &scratch->sender;
	u64 pid_tgid = bpf_get_current_pid_tgid();

	out->pid = pid_tgid >> 32;
	out->tid = pid_tgid;
	out->uid = bpf_get_current_uid_gid();
	out->ancestor_count = 0;
	out->pad1 = 0;
	out->start_boot_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	__builtin_memset(out->ancestors, 0, sizeof(out->ancestors));
	scratch->numbers.number[EV_NUMBER_SENDER] = process_here(task, out->pid);
	scratch->numbers.number[EV_NUMBER_SENDER + 1] = thread_here(task, out->tid);
	bpf_get_current_comm(out->comm, sizeof(out->comm));
	__builtin_memset(out->pad0, 0, sizeof(out->pad0));
	block_have(scratch, EV_BLOCK_SENDER, sender);
}

/*
 * 7.3: kill(2) also sends without a siginfo (kernel/signal.c: kill_something_info() with
 * SEND_SIG_NOINFO), as a failed write does. It sends to the process (GROUP), a failed write to its
 * thread: a write that an io_uring tries again at the end of kill(2) fails there, too. Others that
 * send to a process without a siginfo (cgroup.kill) do not make this call. Except a thread that is
 * exiting: it may still have the call in its registers, and PR_SET_PDEATHSIG of its children does
 * not come from that call.
 */
static __always_inline bool is_sent_by_kill(struct scratch *scratch, bool group)
{
	struct task_struct *sender = (struct task_struct *)bpf_get_current_task();

	if (!group)
		return false;
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
 * sees the code SI_USER from itself, as of kill(getpid(), SIGPIPE).
 */
static __always_inline void origin_capture(struct scratch *scratch, u64 *ctx)
{
	struct ev_signal *out = &scratch->signal;
	const struct kernel_siginfo *info = (const void *)siginfo_of(ctx);

	out->flags = ctx[3] ? EV_SIGNAL_GROUP : 0;
	out->origin = EV_ORIGIN_KERNEL;
	out->code = 0;
	out->place = EV_PLACE_UNKNOWN;
	out->placed = EV_PLACED_NOT;
	__builtin_memset(out->pad0, 0, sizeof(out->pad0));
	if ((u64)info <= SEND_SIG_PRIV) {
		out->flags |= EV_SIGNAL_NO_INFO;
		if ((u64)info != SEND_SIG_NOINFO || !is_sent_by_kill(scratch, ctx[3]))
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
