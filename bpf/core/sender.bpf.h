/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the signal came from: a write that failed in the kernel, or a process that sent it. */
#pragma once

#include "core/kernel_compat.bpf.h"
#include "core/syscall.bpf.h"

#define SI_USER 0
#define SI_QUEUE -1
#define SI_TKILL -6

/* Below: SEND_SIG_NOINFO 0 and SEND_SIG_PRIV 1, which are no addresses. */
#define SEND_SIG_PRIV 1

/* The call that the sender is in: kill, tgkill, ... */
static __always_inline void sender_syscall_capture(struct ev_signal *out)
{
	const struct pt_regs *regs = current_user_regs();
	u64 task = bpf_get_current_task();
#if defined(__TARGET_ARCH_x86)
	const struct task_struct___x86 *x86 = (const void *)task;

	out->sender_nr = BPF_CORE_READ(regs, orig_ax) & ~X32_SYSCALL_BIT;
	out->sender_abi = BPF_CORE_READ(x86, thread_info.status) & TS_COMPAT ? EV_ABI_I386
									     : EV_ABI_X86_64;
#else
	const struct task_struct___arm64 *arm64 = (const void *)task;

	out->sender_nr = BPF_CORE_READ(regs, syscallno);
	out->sender_abi = BPF_CORE_READ(arm64, thread_info.flags) & (1UL << TIF_32BIT)
				  ? EV_ABI_ARM
				  : EV_ABI_AARCH64;
#endif
}

static __always_inline void sender_capture(struct ev_signal *out)
{
	u64 pid_tgid = bpf_get_current_pid_tgid();

	out->sender_pid = pid_tgid >> 32;
	out->sender_tid = pid_tgid;
	out->sender_uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(out->sender_comm, sizeof(out->sender_comm));
	sender_syscall_capture(out);
}

/*
 * The kernel raises SIGPIPE by send_sig(SIGPIPE, current, 0): no siginfo, so the code that the
 * process sees is SI_USER from itself; only the missing siginfo tells it from kill(getpid(),
 * SIGPIPE). The argument is read from memory: as a pointer the verifier takes it for never NULL
 * (6.5 to 7.2.6, 51302c951c8f) and drops the test.
 */
static __always_inline void origin_capture(struct ev_signal *out, u64 *ctx)
{
	struct kernel_siginfo *info = NULL;

	bpf_probe_read_kernel(&info, sizeof(info), &ctx[1]);
	out->flags = ctx[3] ? EV_SIGNAL_GROUP : 0;
	out->origin = EV_ORIGIN_KERNEL;
	out->code = 0;
	out->sender_pid = 0;
	out->sender_tid = 0;
	out->sender_uid = 0;
	out->sender_nr = 0;
	out->sender_abi = 0;
	__builtin_memset(out->pad0, 0, sizeof(out->pad0));
	__builtin_memset(out->sender_comm, 0, sizeof(out->sender_comm));
	if ((u64)info <= SEND_SIG_PRIV) {
		out->flags |= EV_SIGNAL_NO_INFO;
		return;
	}
	out->code = BPF_CORE_READ(info, si_code);
	if (out->code == SI_USER || out->code == SI_QUEUE || out->code == SI_TKILL) {
		out->origin = EV_ORIGIN_PROCESS;
		sender_capture(out);
	}
}
