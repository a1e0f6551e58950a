/* SPDX-License-Identifier: GPL-2.0-only */
/* What an incident is about, from its signal. */
#pragma once

#include "core/disposition.bpf.h"
#include "core/emit.bpf.h"
#include "core/process.bpf.h"
#include "core/sender.bpf.h"

/* A positive code says that an instruction has raised it, SI_KERNEL of a bad address too. */
static __always_inline bool is_fault(const struct ev_signal *signal)
{
	return signal_is_fault(signal->number) && signal->code > 0;
}

/* A signal of the kernel with a place that says why; else 0. */
static __always_inline u8 subject_of_place(u8 place)
{
	switch (place) {
	case EV_PLACE_OOM:
		return EV_SUBJECT_OOM;
	case EV_PLACE_NAMESPACE:
		return EV_SUBJECT_NAMESPACE_END;
	case EV_PLACE_SECCOMP:
		return EV_SUBJECT_SECCOMP;
	case EV_PLACE_CGROUP_KILL: /* by whoever writes to the file */
		return EV_SUBJECT_SENT;
	case EV_PLACE_EXEC:
	case EV_PLACE_RSEQ:
	case EV_PLACE_SIGNAL_FRAME:
	case EV_PLACE_SIGRETURN:
	case EV_PLACE_PTRACE:
	case EV_PLACE_BPF:
	case EV_PLACE_SYSRQ:
		return EV_SUBJECT_KERNEL;
	}
	return 0;
}

static __always_inline u8 subject_of_kernel(const struct ev_signal *signal,
					    struct task_struct *task)
{
	u8 subject = subject_of_place(signal->place);

	if (subject)
		return subject;
	if (signal->number == SIGSYS && signal->code == SYS_SECCOMP)
		return EV_SUBJECT_SECCOMP;
	if (is_fault(signal))
		return EV_SUBJECT_FAULT;
	if ((signal->flags & EV_SIGNAL_NO_INFO || signal->code == SI_KERNEL) &&
	    (signal->number == SIGXCPU ||
	     (signal->number == SIGKILL && signal->place == EV_PLACE_CPU_TIMER)))
		return EV_SUBJECT_LIMIT;
	if (!(signal->flags & EV_SIGNAL_NO_INFO) || signal->flags & EV_SIGNAL_GROUP ||
	    !task_is_current(task))
		return EV_SUBJECT_KERNEL;
	switch (signal->number) {
	case SIGPIPE:
		return EV_SUBJECT_WRITE;
	case SIGXFSZ:
		return EV_SUBJECT_LIMIT;
	}
	return EV_SUBJECT_KERNEL;
}

static __always_inline u8 subject_of(const struct scratch *scratch, struct task_struct *task)
{
	const struct ev_signal *signal = &scratch->signal;

	if (signal->origin != EV_ORIGIN_PROCESS)
		return subject_of_kernel(signal, task);
	if (signal->number == SIGABRT && scratch->sender.pid == (u32)BPF_CORE_READ(task, tgid))
		return EV_SUBJECT_ABORT;
	return EV_SUBJECT_SENT;
}
