/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the process had set for the signal, and what the signal does. signal_generate is the last
 * statement of __send_signal_locked(), so complete_signal() has already run. A death by the default
 * action is therefore a fact here (SIGNAL_GROUP_EXIT and group_exit_code), on every kernel from
 * 5.10 on.
 */
#pragma once

#include "core/kernel_compat.bpf.h"

#define SIGNAL_BIT(number) (1ULL << ((number)-1))

/* Those that an instruction can raise. */
#define SIGNALS_FAULT                                                                         \
	(SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGFPE) | \
	 SIGNAL_BIT(SIGSEGV))

/*
 * include/linux/signal.h: SIG_KERNEL_COREDUMP_MASK. For these signals the kernel decides about the
 * death only at delivery.
 */
#define SIGNALS_CORE                                                                             \
	(SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGABRT) | SIGNAL_BIT(SIGXCPU) | SIGNAL_BIT(SIGXFSZ) | \
	 SIGNAL_BIT(SIGSYS) | SIGNALS_FAULT)

/* Signals whose default action does not kill: CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, WINCH. */
#define SIGNALS_HARMLESS (0x7fULL << (17 - 1) | SIGNAL_BIT(28))

static __always_inline bool signal_kills(u32 number)
{
	return number >= 1 && number <= 64 && !(SIGNALS_HARMLESS & SIGNAL_BIT(number));
}

static __always_inline bool signal_dumps_core(u32 number)
{
	return number <= 64 && SIGNALS_CORE & SIGNAL_BIT(number);
}

static __always_inline bool signal_is_fault(u32 number)
{
	return number <= 64 && SIGNALS_FAULT & SIGNAL_BIT(number);
}

/* A signal that the thread waits for by sigwait() is in real_blocked meanwhile: it gets it there. */
static __always_inline bool task_blocks(const struct task_struct *task, int signal)
{
	u64 blocked = BPF_CORE_READ(task, blocked.sig[0]) |
		      BPF_CORE_READ(task, real_blocked.sig[0]);

	return blocked & SIGNAL_BIT(signal);
}

static __always_inline void disposition_capture(struct ev_signal *out, struct task_struct *task,
						int signal)
{
	const struct k_sigaction *action;
	u64 sighand = (u64)BPF_CORE_READ(task, sighand);

	action = (const void *)(sighand + bpf_core_field_offset(struct sighand_struct, action) +
				(signal - 1) * bpf_core_type_size(struct k_sigaction));
	out->handler = (u64)BPF_CORE_READ(action, sa.sa_handler);
	out->handler_flags = BPF_CORE_READ(action, sa.sa_flags);
	if (out->handler == 0) {
		out->disposition = EV_DISPOSITION_DEFAULT;
	} else if (out->handler == 1) {
		out->disposition = EV_DISPOSITION_IGNORE;
		out->handler = 0;
	} else {
		out->disposition = EV_DISPOSITION_HANDLER;
	}
	/*
	 * The kernel delivers a signal for the process to any thread that does not block it.
	 * complete_signal() stores the thread that it chose in curr_target.
	 */
	if (task_blocks(task, signal) &&
	    (!(out->flags & EV_SIGNAL_GROUP) ||
	     task_blocks(BPF_CORE_READ(task, signal, curr_target), signal)))
		out->flags |= EV_SIGNAL_BLOCKED;
}

/*
 * The process is exiting, because it wants to, of another signal, or of an earlier one with the
 * same number. From 6.0 on (9a95f78eab70) prepare_signal() drops this one. Before, a SIGKILL is
 * still in the queue.
 */
static __always_inline bool is_dying_of_another(const struct ev_signal *signal,
						struct signal_struct *group)
{
	return (u32)BPF_CORE_READ(group, group_exit_code) != signal->number ||
	       signal->result == EV_RESULT_IGNORED || signal->result == EV_RESULT_ALREADY_PENDING;
}

static __always_inline u8 outcome_of(struct ev_signal *signal, struct task_struct *task)
{
	struct signal_struct *group = BPF_CORE_READ(task, signal);
	u32 flags = BPF_CORE_READ(group, flags);

	if (flags & SIGNAL_GROUP_EXIT) {
		if (!is_dying_of_another(signal, group))
			return EV_OUTCOME_KILLED;
		signal->flags |= EV_SIGNAL_DYING;
		return EV_OUTCOME_IGNORED;
	}
	if (signal->result == EV_RESULT_IGNORED) {
		if (flags & SIGNAL_UNKILLABLE && signal->disposition == EV_DISPOSITION_DEFAULT)
			return EV_OUTCOME_PROTECTED;
		return EV_OUTCOME_IGNORED;
	}
	/* __send_signal_locked() returns before complete_signal(). */
	if (signal->result == EV_RESULT_OVERFLOW_FAIL)
		return EV_OUTCOME_IGNORED;
	if (BPF_CORE_READ(task, ptrace))
		return EV_OUTCOME_TRACED;
	if (signal->flags & EV_SIGNAL_BLOCKED)
		return EV_OUTCOME_PENDING;
	if (signal->disposition == EV_DISPOSITION_HANDLER)
		return EV_OUTCOME_HANDLED;
	if (!signal_kills(signal->number))
		return EV_OUTCOME_DELIVERED;
	/*
	 * wants_signal(): only SIGKILL reaches a process that is stopped, or a thread that is not
	 * running and has another signal to take. What that one does is not decided yet.
	 */
	if (flags & SIGNAL_STOP_STOPPED)
		signal->flags |= EV_SIGNAL_STOPPED;
	else if (signal_dumps_core(signal->number))
		return EV_OUTCOME_KILLED;
	return EV_OUTCOME_PENDING;
}
