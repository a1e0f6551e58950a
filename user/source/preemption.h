/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where can a thread lose its CPU inside a BPF program? A CPU that has a program under way does not
 * begin it anew (prog->active in the kernel), so that what another thread does there meanwhile is
 * not seen: in a storm thousands of calls at once. Programs of kprobes and of perf's tracepoints
 * run with preemption off.
 */
#pragma once

#include <stdbool.h>

/*
 * In programs of fentry and fexit: from 5.11 on, where migrate_disable() is no preempt_disable()
 * any more.
 */
bool preemption_in_trampolines(void);

/*
 * In those of BTF tracepoints too: from 7.0 on, which calls tracepoints under SRCU
 * (a46023d5616e "tracing: Guard __DECLARE_TRACE() use of __DO_TRACE_CALL() with SRCU-fast").
 * Nothing but the version tells.
 */
bool preemption_in_tracepoints(void);
