/* SPDX-License-Identifier: GPL-2.0-only */
/* Will the kernel write a core? What the process says about it; the rest is a matter of the host. */
#pragma once

#include "core/disposition.bpf.h"
#include "core/emit.bpf.h"

#define RLIMIT_CORE 4

/* The soft limit, bytes. ~0: none. */
static __always_inline u64 core_limit(struct task_struct *task)
{
	return BPF_CORE_READ(task, signal, rlim[RLIMIT_CORE].rlim_cur);
}

/* For a signal that kills TASK. Without the memory of TASK there is no block. */
static __always_inline void core_capture(struct scratch *scratch, struct task_struct *task)
{
	struct ev_core *core = &scratch->core;
	int dumpable;

	if (!signal_dumps_core(AGAIN(scratch->signal.number)))
		return;
	dumpable = task_dumpable(task);
	if (dumpable < 0)
		return;
	__builtin_memset(core, 0, sizeof(*core));
	core->limit = core_limit(task);
	core->dumpable = dumpable;
	block_have(scratch, EV_BLOCK_CORE, core);
}
