// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heart: signal_generate fires in the thread whose write failed, inside the system call, also when
 * the signal is ignored or blocked. Everything of an incident is read here, because a thread that dies
 * by the default action is gone within microseconds.
 */
#include "core/kernel_types.bpf.h"
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>

#include "core/filter.bpf.h"
#include "core/emit.bpf.h"
#include "core/disposition.bpf.h"
#include "core/task.bpf.h"
#include "core/syscall.bpf.h"
#include "core/uring.bpf.h"
#include "core/object.bpf.h"
#include "core/sender.bpf.h"

char LICENSE[] SEC("license") = "GPL v2";

#define SIGPIPE 13
#define SIGXFSZ 25

/* Which file the failed write was on, or NULL. */
static __always_inline struct file *failed_file(struct ev_syscall *call, struct task_struct *task)
{
	if (task->flags & PF_IO_WORKER)
		return uring_capture_worker(call, task);
	if (syscall_capture(call, task) == CALL_IO_URING)
		uring_capture_inline(call, task);
	if (call->fd_status != EV_FD_KNOWN)
		return NULL;
	return fd_to_file(task, call->fd);
}

static __always_inline void write_capture(struct scratch *scratch, struct task_struct *task)
{
	struct ev_syscall *call = &scratch->incident.syscall;
	struct file *file = failed_file(call, task);

	object_clear(scratch, EV_OBJECT_NO_FD);
	if (file)
		object_capture(scratch, file);
	else if (call->fd_status == EV_FD_KNOWN)
		scratch->incident.object.status = EV_OBJECT_FD_CLOSED;
}

SEC("tp_btf/signal_generate")
int signal_generate(u64 *ctx)
{
	int number = ctx[0];
	struct task_struct *task;
	struct scratch *scratch;
	struct ev_signal *signal;

	if (!filter_signal(number))
		return 0;
	task = (struct task_struct *)ctx[2];
	if (!filter_task(task))
		return 0;
	scratch = scratch_get();
	if (!scratch)
		return 0;
	record_begin(scratch);

	signal = &scratch->incident.signal;
	signal->number = number;
	signal->result = ctx[4];
	origin_capture(signal, ctx);
	disposition_capture(signal, task, number);
	signal->outcome = outcome_of(signal, task);
	if (!filter_outcome(signal->outcome))
		return 0;

	/* Only these two come from a write that failed in the thread that gets them. */
	if (signal->origin == EV_ORIGIN_KERNEL && task_is_current(task) &&
	    (number == SIGPIPE || number == SIGXFSZ)) {
		write_capture(scratch, task);
	} else {
		syscall_clear(&scratch->incident.syscall, EV_FD_NO_SYSCALL);
		object_clear(scratch, EV_OBJECT_NOT_ASKED);
	}
	if (!filter_object(scratch->incident.object.type))
		return 0;

	task_capture(scratch, task);
	record_send(scratch, signal->outcome == EV_OUTCOME_KILLED);
	return 0;
}
