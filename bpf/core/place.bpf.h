/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which function of the kernel sent a signal: the first one on the kernel stack that
 * user/source/places.c has found the address of. The innermost one counts: an interrupt has the
 * stack of whatever it interrupted below its own.
 *
 * A function that the compiler has put into its callers is not on the stack. What those do for one
 * reason alone is told by the facts of both processes instead.
 */
#pragma once

#include "core/disposition.bpf.h"
#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/process.bpf.h"
#include "core/sender.bpf.h"
#include "place_table.h"

const volatile struct place_table places __weak = {};

/*
 * The sender is among these: up to 9 frames of the program, its tracepoint and kernel/signal.c come
 * first. What an interrupt has interrupted is further out.
 */
#define PLACE_FRAMES 12
/* And what led to it. */
#define PLACE_FRAMES_BEYOND 24
/* A look-up in a sorted table of PLACE_RANGES_MAX takes so many steps. */
#define PLACE_STEPS 7

/* Whose memory it was: nothing further out counts. */
#define BEYOND_ENOUGH (BEYOND(PLACE_MEMORY_CGROUP) | BEYOND(PLACE_MEMORY_HOST))

_Static_assert(EV_PLACES <= PLACE_DELIVERY, "PLACE_DELIVERY");
_Static_assert(1 << PLACE_STEPS == PLACE_RANGES_MAX, "PLACE_STEPS");

/* The place of ADDRESS; 0: none. Global: see path_append(). */
__noinline __weak int place_of_address(u64 address)
{
	u32 low = 0;

	/* The last range that begins at or below ADDRESS. Those that are not used are ~0. */
	for (u32 step = PLACE_RANGES_MAX / 2; step; step /= 2) {
		u32 middle = bounded(low + step, PLACE_RANGES_MAX - 1);

		if (places.range[middle].start <= address)
			low = middle;
	}
	low = bounded(low, PLACE_RANGES_MAX - 1);
	if (address < places.range[low].start || address > places.range[low].end)
		return 0;
	return places.range[low].place;
}

/* Of the addresses in the blob of SLOT from OFFSET on: enum ev_place, and bits BEYOND() << 8. */
__noinline __weak int place_of_stack(u32 slot, u32 offset, u32 count)
{
	struct scratch *scratch = scratch_get(slot);
	u32 found = 0, beyond = 0;

	if (!scratch || offset > EV_BLOB_MAX - EV_KERNEL_FRAMES * 8)
		return 0;
	offset = bounded(offset, EV_BLOB_MAX - EV_KERNEL_FRAMES * 8);
	for (u32 i = 0; i < PLACE_FRAMES_BEYOND; i++) {
		u32 place;

		if (i >= count || (!found && i >= PLACE_FRAMES))
			break;
		place = place_of_address(*(u64 *)&scratch->blob[offset + i * 8]);
		if (place >= PLACE_BEYOND)
			beyond |= BEYOND(place & 127);
		else if (!found)
			found = place;
		if (found && (found != EV_PLACE_OOM || beyond & BEYOND_ENOUGH))
			break;
	}
	return found | beyond << 8;
}

/* struct rseq of uapi/linux/rseq.h: the address of its critical section, which is 0 in most code. */
#define RSEQ_CS 8

/*
 * What the kernel has just failed to do on its way back to user space, where no frame says so. If
 * it could not use the memory that the thread has registered with rseq(2), this cannot be read;
 * what it could use would be resident. In the delivery of a signal, only that and a critical
 * section that is wrong fail beside the frame of the handler.
 */
static __always_inline u8 place_to_user(const struct ev_signal *signal, struct task_struct *task,
					u32 place)
{
	u64 address, section = 0;

	if (signal->number != SIGSEGV || !task_is_current(task))
		return EV_PLACE_UNKNOWN;
	address = task_rseq(task);
	if (address && bpf_probe_read_user(&section, sizeof(section), (void *)(address + RSEQ_CS)))
		return EV_PLACE_RSEQ;
	return place == PLACE_DELIVERY && !section ? EV_PLACE_SIGNAL_FRAME : EV_PLACE_UNKNOWN;
}

/* The signal is one that this place sends. Else the place is on the stack for another reason. */
static __always_inline bool place_fits(const struct ev_signal *signal, struct task_struct *task,
				       u32 place)
{
	switch (place) {
	case EV_PLACE_OOM:
	case EV_PLACE_NAMESPACE:
	case EV_PLACE_CGROUP_KILL:
	case EV_PLACE_CGROUP_FORK:
	case EV_PLACE_PTRACE:
	case EV_PLACE_PTRACE_KILL:
		return signal->number == SIGKILL;
	case EV_PLACE_EXEC:
	case EV_PLACE_RSEQ:
	case EV_PLACE_SIGNAL_FRAME:
	case EV_PLACE_SIGRETURN:
		return signal->number == SIGSEGV && task_is_current(task);
	case EV_PLACE_SECCOMP:
		return signal->number == SIGSYS && task_is_current(task);
	}
	return true;
}

/*
 * The parent of TASK, current, ends, and so the kernel sends what TASK has asked for by
 * PR_SET_PDEATHSIG. An exiting thread sends nothing else without a siginfo to a process, unless a
 * terminal is in between, and that has a place.
 */
static __always_inline bool is_parent_death(const struct ev_signal *signal,
					    struct task_struct *task, u32 exiting, u64 info)
{
	return exiting && info == SEND_SIG_NOINFO && signal->flags & EV_SIGNAL_GROUP &&
	       (u32)BPF_CORE_READ(task, pdeath_signal) == signal->number;
}

/* By SEND_SIG_PRIV. Where only the code of the siginfo is seen, it has this one. */
static __always_inline bool is_private(const struct ev_signal *signal, u64 info)
{
	return info == SEND_SIG_PRIV || signal->code == SI_KERNEL;
}

/* The last thread of the init of a PID namespace ends, and TASK is in it or below it. */
static __always_inline bool is_namespace_end(const struct ev_signal *signal,
					     struct task_struct *task, u32 exiting, u64 info)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	const struct pid *init = BPF_CORE_READ(current, signal, pids[PIDTYPE_TGID]);
	const struct pid *pid = BPF_CORE_READ(task, thread_pid);
	u32 level = BPF_CORE_READ(init, level);
	const struct upid *own = pid_number_at(init, level), *its = pid_number_at(pid, level);

	if (!exiting || !is_private(signal, info) || !(signal->flags & EV_SIGNAL_GROUP) ||
	    signal->number != SIGKILL || !level || BPF_CORE_READ(own, nr) != 1)
		return false;
	return BPF_CORE_READ(pid, level) >= level &&
	       BPF_CORE_READ(its, ns) == BPF_CORE_READ(own, ns);
}

static __always_inline u8 place_by_facts(const struct ev_signal *signal, struct task_struct *task,
					 u64 info)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();
	u32 exiting = BPF_CORE_READ(current, flags) & PF_EXITING;

	if (is_parent_death(signal, task, exiting, info))
		return EV_PLACE_PARENT_DIED;
	if (is_namespace_end(signal, task, exiting, info))
		return EV_PLACE_NAMESPACE;
	return EV_PLACE_UNKNOWN;
}

/* A signal of the kernel that may end the process, and that may have more than one reason. */
static __always_inline bool has_place(const struct ev_signal *signal, struct task_struct *task)
{
	if (signal->origin != EV_ORIGIN_KERNEL)
		return false;
	switch (signal->outcome) {
	case EV_OUTCOME_IGNORED:
		if (signal->flags & EV_SIGNAL_DYING)
			break;
		return false;
	case EV_OUTCOME_HANDLED:
	case EV_OUTCOME_PROTECTED:
	case EV_OUTCOME_DELIVERED:
		return false;
	}
	switch (signal->number) {
	case SIGPIPE: /* of a failed write */
		return !(signal->flags & EV_SIGNAL_NO_INFO) || !task_is_current(task);
	case SIGXFSZ:
		return false;
	}
	/* Of a fault the code says the reason. */
	return !signal_is_fault(signal->number) || signal->code <= 0 || signal->code == SI_KERNEL;
}

/*
 * Sets the place of a SIGNAL to TASK, and keeps the kernel stack, which is that of the sender.
 * INFO: the address of the siginfo, or SEND_SIG_*. CTX: of the program.
 */
static __always_inline void place_capture(struct scratch *scratch, void *ctx,
					  struct task_struct *task, u64 info)
{
	struct ev_signal *signal = &scratch->signal;
	u64 used = scratch->blob_used;
	u32 found = 0;
	long size;

	if (!has_place(signal, task) || used > EV_BLOB_MAX - EV_KERNEL_FRAMES * 8)
		return;
	used = bounded(used, EV_BLOB_MAX - EV_KERNEL_FRAMES * 8);
	block_begin(scratch, EV_BLOCK_KERNEL_STACK);
	size = bpf_get_stack(ctx, &scratch->blob[used], EV_KERNEL_FRAMES * 8, 0);
	if (size > 0 && size <= EV_KERNEL_FRAMES * 8) {
		scratch->blob_used = used + size;
		if (places.count)
			found = place_of_stack(scratch->slot, used, size / 8);
	}
	block_end(scratch, EV_BLOCK_KERNEL_STACK, 0);
	if (!config.kernel_stack) {
		scratch->blob_used = used;
		scratch->incident.block[EV_BLOCK_KERNEL_STACK] = (struct ev_span){};
	}
	signal->placed = places.state;
	signal->place = EV_PLACE_UNKNOWN;
	scratch->place_beyond = found >> 8;
	found &= 0xff;
	if (found == PLACE_TO_USER || found == PLACE_DELIVERY)
		found = place_to_user(signal, task, found);
	if (place_fits(signal, task, found))
		signal->place = found;
	if (!signal->place)
		signal->place = place_by_facts(signal, task, info);
}
