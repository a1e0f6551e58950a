/* SPDX-License-Identifier: GPL-2.0-only */
/* Which resource limit a process has reached, and what it had used. */
#pragma once

#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/object.bpf.h"

#define NSEC_PER_SEC 1000000000ULL
#define USEC_PER_SEC 1000000ULL

static __always_inline void limit_of(struct ev_limit *out, struct task_struct *task, u32 which)
{
	const struct signal_struct *group = BPF_CORE_READ(task, signal);

	out->soft = BPF_CORE_READ(group, rlim[which].rlim_cur);
	out->hard = BPF_CORE_READ(group, rlim[which].rlim_max);
}

/* What counts for RLIMIT_RTTIME: time without a sleep. False: it is not at the limit. */
static __always_inline bool is_at_rttime(struct ev_limit *out, struct task_struct *task, int number)
{
	u64 limit;

	limit_of(out, task, RLIMIT_RTTIME);
	out->used =
		BPF_CORE_READ(task, rt.timeout) * (USEC_PER_SEC / config.machine.second_jiffies);
	limit = number == SIGKILL ? out->hard : out->soft;
	return limit != ~0ULL && out->used >= limit;
}

/*
 * Of TASK, which is the current one. Both limits have the same signals. The kernel looks at
 * RLIMIT_RTTIME first, and raises the soft one by a second after each SIGXCPU. It counts the CPU
 * time of the process in `cputimer` while there is a limit.
 */
static __always_inline void cpu_limit_capture(struct ev_limit *out, struct task_struct *task,
					      int number)
{
	const struct signal_struct *group = BPF_CORE_READ(task, signal);

	out->flags = EV_LIMIT_HAVE_USED;
	if (number == SIGKILL)
		out->flags |= EV_LIMIT_HARD;
	if (is_at_rttime(out, task, number)) {
		out->kind = EV_LIMIT_RTTIME;
		return;
	}
	out->kind = EV_LIMIT_CPU;
	limit_of(out, task, RLIMIT_CPU);
	out->used = BPF_CORE_READ(group, cputimer.cputime_atomic.utime.counter) +
		    BPF_CORE_READ(group, cputimer.cputime_atomic.stime.counter);
	if (number == SIGXCPU && out->hard != ~0ULL && out->used >= out->hard * NSEC_PER_SEC)
		out->flags |= EV_LIMIT_HARD;
}

/* The numbers of the calls with an offset of their own, for 64-bit programs. */
#if defined(__TARGET_ARCH_x86)
#define CALL_PWRITE64 18
#define CALL_PWRITEV 296
#define CALL_PWRITEV2 328
#define CALL_FTRUNCATE 77
#define CALL_WRITE 1
#define CALL_WRITEV 20
#else
#define CALL_PWRITE64 68
#define CALL_PWRITEV 70
#define CALL_PWRITEV2 287
#define CALL_FTRUNCATE 46
#define CALL_WRITE 64
#define CALL_WRITEV 66
#endif

static __always_inline bool is_native(const struct ev_syscall *call)
{
	return call->abi == EV_ABI_X86_64 || call->abi == EV_ABI_AARCH64 ||
	       call->abi == EV_ABI_RISCV64;
}

/* The file of a call that is no write; NULL: none. TASK is current. */
static __always_inline struct file *limited_file(const struct ev_syscall *call,
						 struct task_struct *task)
{
	if (!(call->flags_present & EV_SYSCALL_HAVE) || !is_native(call) ||
	    call->number != CALL_FTRUNCATE)
		return NULL;
	return fd_to_file(task, call->args[0]);
}

/* Where the call writes to FILE; ~0: not known. */
static __always_inline u64 limited_offset(const struct ev_syscall *call, const struct file *file)
{
	if (!is_native(call))
		return ~0ULL;
	switch (call->number) {
	case CALL_PWRITE64:
	case CALL_PWRITEV:
		return call->args[3];
	case CALL_FTRUNCATE:
		return call->args[1];
	case CALL_PWRITEV2:
		if (call->args[3] != ~0ULL)
			return call->args[3];
		break;
	case CALL_WRITE:
	case CALL_WRITEV:
		break;
	default:
		return ~0ULL;
	}
	if (BPF_CORE_READ(file, f_flags) & O_APPEND)
		return BPF_CORE_READ(file, f_inode, i_size);
	return BPF_CORE_READ(file, f_pos);
}

static __always_inline void file_limit_capture(struct ev_limit *out, struct task_struct *task,
					       const struct ev_syscall *call,
					       const struct file *file)
{
	u64 offset;

	out->kind = EV_LIMIT_FSIZE;
	limit_of(out, task, RLIMIT_FSIZE);
	if (!file)
		return;
	out->used = BPF_CORE_READ(file, f_inode, i_size);
	out->flags = EV_LIMIT_HAVE_USED;
	offset = limited_offset(call, file);
	if (offset == ~0ULL)
		return;
	out->offset = offset;
	out->flags |= EV_LIMIT_HAVE_OFFSET;
}

/* Of TASK, which is the current one, at the signal. After call_capture(). */
static __always_inline void limit_capture(struct scratch *scratch, struct task_struct *task)
{
	struct ev_limit *out = &scratch->reason.limit;
	int number = AGAIN(scratch->signal.number);

	__builtin_memset(out, 0, sizeof(*out));
	block_have(scratch, EV_BLOCK_LIMIT, reason.limit);
	if (number == SIGXFSZ)
		file_limit_capture(out, task, &scratch->call,
				   (const struct file *)AGAIN(scratch->file));
	else
		cpu_limit_capture(out, task, number);
}
