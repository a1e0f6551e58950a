/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the signal came from: a write that failed in the kernel, or a process that sent it. */
#pragma once

#include "core/disposition.bpf.h"
#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/process.bpf.h"

#define SI_USER 0
#define SI_QUEUE -1
#define SI_TKILL -6

/* Smaller values are SEND_SIG_NOINFO (0) and SEND_SIG_PRIV (1), and not addresses. */
#define SEND_SIG_NOINFO 0
#define SEND_SIG_PRIV 1

/* The system call that the current thread is making. */
struct current_call {
	u32 number;
	u8 abi; /* enum ev_abi; 0: none is under way, or it was not read */
};

static __always_inline struct current_call current_call(void)
{
	const struct pt_regs *regs = current_user_regs();
	struct current_call call = {};
#if defined(__TARGET_ARCH_x86)
	const struct task_struct___x86 *x86 = (const void *)bpf_get_current_task();

	call.number = BPF_CORE_READ(regs, orig_ax) & ~X32_SYSCALL_BIT;
	call.abi = BPF_CORE_READ(x86, thread_info.status) & TS_COMPAT ? EV_ABI_I386 : EV_ABI_X86_64;
#elif defined(__TARGET_ARCH_arm64)
	const struct task_struct___arm64 *arm64 = (const void *)bpf_get_current_task();

	call.number = BPF_CORE_READ(regs, syscallno);
	call.abi = BPF_CORE_READ(arm64, thread_info.flags) & (1UL << TIF_32BIT) ? EV_ABI_ARM
										: EV_ABI_AARCH64;
#else
	call.number = regs_call_number(regs);
	call.abi = riscv_abi(regs);
#endif
	return call;
}

static __always_inline bool is_kill(struct current_call call)
{
	switch (call.abi) {
	case EV_ABI_X86_64:
		return call.number == 62;
	case EV_ABI_AARCH64:
	case EV_ABI_RISCV64:
	case EV_ABI_RISCV32:
		return call.number == 129;
	default: /* i386 and ARM */
		return call.number == 37;
	}
}

/* Calls that send to a process with a siginfo whose code may be SI_USER. */
static __always_inline bool has_own_siginfo(struct current_call call)
{
	if (call.number == 424) /* pidfd_send_signal */
		return true;
	switch (call.abi) { /* rt_sigqueueinfo */
	case EV_ABI_X86_64:
		return call.number == 129;
	case EV_ABI_AARCH64:
	case EV_ABI_RISCV64:
	case EV_ABI_RISCV32:
		return call.number == 138;
	default:
		return call.number == 178;
	}
}

/* The same to a thread: rt_tgsigqueueinfo. */
static __always_inline bool has_own_siginfo_of_thread(struct current_call call)
{
	switch (call.abi) {
	case EV_ABI_X86_64:
		return call.number == 297;
	case EV_ABI_AARCH64:
	case EV_ABI_RISCV64:
	case EV_ABI_RISCV32:
		return call.number == 240;
	case EV_ABI_ARM:
		return call.number == 363;
	default:
		return call.number == 335;
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

	if (code != SI_USER)
		return false;
	if (!group || BPF_CORE_READ(current, flags) & PF_EXITING)
		return true;
	return !has_own_siginfo(current_call());
}

/*
 * The same for SEND_SIG_PRIV, whose code is SI_KERNEL. The kernel makes a siginfo with this code
 * only for the signals of an exception and of seccomp (force_sig()).
 */
static __always_inline bool is_privileged(int code, u32 number)
{
	return code == SI_KERNEL && !signal_is_fault(number) && number != SIGSYS;
}

/*
 * The current thread is the sender, by the call CALL. What is told of it beyond that is read by
 * sender_complete().
 */
static __always_inline void sender_capture(struct scratch *scratch, struct current_call call)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct ev_sender *out = &scratch->sender;
	u64 pid_tgid = bpf_get_current_pid_tgid();

	__builtin_memset(out, 0, sizeof(*out));
	out->pid = pid_tgid >> 32;
	out->tid = pid_tgid;
	out->uid = bpf_get_current_uid_gid();
	out->number = call.number;
	out->abi = call.abi;
	out->start_boot_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	scratch->numbers.number[EV_NUMBER_SENDER] = process_here(task, out->pid);
	scratch->numbers.number[EV_NUMBER_SENDER + 1] = thread_here(task, out->tid);
	bpf_get_current_comm(out->comm, sizeof(out->comm));
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
static __always_inline bool is_sent_by_kill(bool group)
{
	struct task_struct *sender = (struct task_struct *)bpf_get_current_task();

	return group && is_kill(current_call()) && !(BPF_CORE_READ(sender, flags) & PF_EXITING);
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
		if ((u64)info != SEND_SIG_NOINFO || !is_sent_by_kill(ctx[3]))
			return;
	} else {
		out->code = BPF_CORE_READ(info, si_code);
		if (out->code != SI_USER && out->code != SI_QUEUE && out->code != SI_TKILL)
			return;
	}
	out->origin = EV_ORIGIN_PROCESS;
	sender_capture(scratch, current_call());
}

/*
 * A siginfo with a code of the kernel below 0 can also be made by a process, for a signal to
 * another one: glibc does so when asynchronous I/O of its own threads completes (SI_ASYNCIO), and
 * anybody can pretend that a timer expired (SI_TIMER). Then that call is under way, and no function
 * of a timer or of a descriptor is on the kernel stack. Where the addresses of these are hidden
 * (EV_PLACED_HIDDEN), an interrupt could come during that call, so nobody is named.
 */
static __always_inline bool is_made_by_process(const struct ev_signal *signal)
{
	struct current_call call;

	if (signal->code >= 0 || signal->place != EV_PLACE_UNKNOWN ||
	    signal->placed != EV_PLACED_COMPARED)
		return false;
	call = current_call();
	return signal->flags & EV_SIGNAL_GROUP ? has_own_siginfo(call)
					       : has_own_siginfo_of_thread(call);
}

/* The process that leads the session of TASK is exiting, and is current. */
static __always_inline bool is_end_of_session(struct task_struct *task)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	const struct pid *session = BPF_CORE_READ(current, signal, pids[PIDTYPE_SID]);

	return BPF_CORE_READ(current, flags) & PF_EXITING &&
	       session == BPF_CORE_READ(current, signal, pids[PIDTYPE_TGID]) &&
	       session == BPF_CORE_READ(task, signal, pids[PIDTYPE_SID]) &&
	       session != BPF_CORE_READ(task, signal, pids[PIDTYPE_TGID]);
}

/* The current thread is exiting, and for that the kernel sends the signal. */
static __always_inline void sender_capture_exit(struct scratch *scratch)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();

	sender_capture(scratch, (struct current_call){});
	scratch->sender.flags = EV_SENDER_EXITING;
	if (BPF_CORE_READ(current, signal, live.counter))
		scratch->sender.flags |= EV_SENDER_LIVES;
	else
		scratch->sender.status = exit_status(current);
}

/*
 * After signal.place is known: the functions on the kernel stack that run in the system call or in
 * the exit of whoever made the kernel send the signal. Timers and descriptors are not among them,
 * nor are keys at a terminal: these come in interrupts and in threads of the kernel.
 */
static __always_inline void sender_of_place(struct scratch *scratch, struct task_struct *task)
{
	struct ev_signal *signal = &scratch->signal;

	if (signal->origin != EV_ORIGIN_KERNEL)
		return;
	if (signal->place == EV_PLACE_CGROUP_KILL) {
		sender_capture(scratch, current_call());
	} else if (signal->place == EV_PLACE_PARENT_DIED ||
		   (signal->place == EV_PLACE_TERMINAL && signal->number == SIGHUP &&
		    is_end_of_session(task))) {
		sender_capture_exit(scratch);
	} else if (is_made_by_process(signal)) {
		signal->origin = EV_ORIGIN_PROCESS;
		sender_capture(scratch, current_call());
	}
}

static __always_inline void ancestor_capture(struct ev_ancestor *out, struct task_struct *task)
{
	out->pid = BPF_CORE_READ(task, tgid);
	out->pid_here = process_here(task, out->pid);
	out->start_boot_ns = BPF_CORE_READ(task, start_boottime);
	bpf_core_read(out->comm, sizeof(out->comm), &task->comm);
}

/* If there is a sender, it is current. The parent of the first process is the idle task 0. */
static __always_inline void ancestors_capture(struct ev_sender *out)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	u32 count;

	for (count = 0; count < EV_ANCESTORS_MAX; count++) {
		task = BPF_CORE_READ(task, real_parent, group_leader);
		if (!BPF_CORE_READ(task, tgid))
			break;
		ancestor_capture(&out->ancestors[count], task);
	}
	out->ancestor_count = count;
}
