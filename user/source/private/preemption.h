/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where can a thread be preempted inside a BPF program? If a CPU is inside a program, the kernel
 * does not start the same program again there (prog->active). So calls of other threads on that CPU
 * are not seen: thousands at once in a storm. Programs of kprobes and of perf's tracepoints run
 * with preemption off.
 */
#pragma once

#include <stdbool.h>

/*
 * In programs of fentry and fexit: from 5.11 on, where migrate_disable() no longer disables
 * preemption.
 */
bool preemption_in_trampolines(void);

/*
 * In programs of BTF tracepoints: from 7.0 on, which calls tracepoints under SRCU (a46023d5616e
 * "tracing: Guard __DECLARE_TRACE() use of __DO_TRACE_CALL() with SRCU-fast"). Only the kernel's
 * version shows it.
 */
bool preemption_in_tracepoints(void);

/*
 * In the BTF tracepoint signal_generate: of the same kernels those with PREEMPT_RT, whose siglock
 * leaves interrupts on.
 */
bool preemption_in_signals(void);
