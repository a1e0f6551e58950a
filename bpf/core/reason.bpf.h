/* SPDX-License-Identifier: GPL-2.0-only */
/* Why the kernel kills a process: the block that belongs to the subject. */
#pragma once

#include "core/limits.bpf.h"
#include "core/memory.bpf.h"
#include "core/namespace_end.bpf.h"
#include "core/seccomp.bpf.h"

/*
 * At the generation of the signal to TASK, after its subject and its call. Only a subject whose
 * signal the kernel sends in the process itself reads that process as the current one.
 */
static __always_inline void reason_capture(struct scratch *scratch, struct task_struct *task)
{
	switch (AGAIN(scratch->incident.subject)) {
	case EV_SUBJECT_OOM:
		memory_capture(scratch, task);
		break;
	case EV_SUBJECT_LIMIT:
		limit_capture(scratch, task);
		break;
	case EV_SUBJECT_SECCOMP:
		if (task_is_current(task))
			seccomp_capture(scratch, task);
		break;
	case EV_SUBJECT_NAMESPACE_END:
		namespace_capture(scratch);
		break;
	}
}
