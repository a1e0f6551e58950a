/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The syscall block: which call is under way, on which fd, with how many bytes and which flags. It
 * comes from the user registers at the top of the kernel stack. Data that a call passes by pointer
 * (iovecs, msghdrs) is read from user memory without a fault, so it may be missing.
 */
#pragma once

#include "core/kernel_compat.bpf.h"
#include "core/emit.bpf.h"
#include "core/syscall_table.bpf.h"

#define IOVEC_MAX 16 /* with more vectors than this there is no byte count */

/* i386 socketcall(2), include/uapi/linux/net.h */
#define SYS_SEND 9
#define SYS_SENDTO 11
#define SYS_SENDMSG 16
#define SYS_SENDMMSG 20

static __always_inline bool abi_is_32bit(u8 abi)
{
	return abi == EV_ABI_I386 || abi == EV_ABI_ARM || abi == EV_ABI_RISCV32;
}

#if defined(__TARGET_ARCH_x86)

/* Of TASK, which is current. False if it is not inside a system call. */
static __always_inline bool syscall_read_registers(struct ev_syscall *out, struct task_struct *task)
{
	const struct pt_regs *regs = current_user_regs();
	const struct task_struct___x86 *x86 = (const void *)task;
	s64 number = BPF_CORE_READ(regs, orig_ax);

	if (number < 0)
		return false;
	if (BPF_CORE_READ(x86, thread_info.status) & TS_COMPAT) {
		out->abi = EV_ABI_I386;
		out->args[0] = (u32)BPF_CORE_READ(regs, bx);
		out->args[1] = (u32)BPF_CORE_READ(regs, cx);
		out->args[2] = (u32)BPF_CORE_READ(regs, dx);
		out->args[3] = (u32)BPF_CORE_READ(regs, si);
		out->args[4] = (u32)BPF_CORE_READ(regs, di);
		out->args[5] = (u32)BPF_CORE_READ(regs, bp);
	} else {
		out->abi = EV_ABI_X86_64;
		if (number & X32_SYSCALL_BIT) {
			out->abi = EV_ABI_X32;
			number &= ~X32_SYSCALL_BIT;
		}
		out->args[0] = BPF_CORE_READ(regs, di);
		out->args[1] = BPF_CORE_READ(regs, si);
		out->args[2] = BPF_CORE_READ(regs, dx);
		out->args[3] = BPF_CORE_READ(regs, r10);
		out->args[4] = BPF_CORE_READ(regs, r8);
		out->args[5] = BPF_CORE_READ(regs, r9);
	}
	out->number = number;
	return true;
}

#elif defined(__TARGET_ARCH_arm64)

static __always_inline bool syscall_read_registers(struct ev_syscall *out, struct task_struct *task)
{
	const struct pt_regs *regs = current_user_regs();
	const struct task_struct___arm64 *arm64 = (const void *)task;
	s32 number = BPF_CORE_READ(regs, syscallno);

	if (number < 0)
		return false;
	out->abi = BPF_CORE_READ(arm64, thread_info.flags) & (1UL << TIF_32BIT) ? EV_ABI_ARM
										: EV_ABI_AARCH64;
	out->args[0] = BPF_CORE_READ(regs, orig_x0);
	out->args[1] = BPF_CORE_READ(regs, regs[1]);
	out->args[2] = BPF_CORE_READ(regs, regs[2]);
	out->args[3] = BPF_CORE_READ(regs, regs[3]);
	out->args[4] = BPF_CORE_READ(regs, regs[4]);
	out->args[5] = BPF_CORE_READ(regs, regs[5]);
	out->number = number;
	return true;
}

#elif defined(__TARGET_ARCH_riscv)

static __always_inline bool syscall_read_registers(struct ev_syscall *out, struct task_struct *task)
{
	const struct pt_regs *regs = current_user_regs();
	s64 number = regs_call_number(regs);

	if (number < 0)
		return false;
	out->abi = riscv_abi(regs);
	out->args[0] = BPF_CORE_READ(regs, orig_a0);
	out->args[1] = BPF_CORE_READ(regs, a1);
	out->args[2] = BPF_CORE_READ(regs, a2);
	out->args[3] = BPF_CORE_READ(regs, a3);
	out->args[4] = BPF_CORE_READ(regs, a4);
	out->args[5] = BPF_CORE_READ(regs, a5);
	out->number = number;
	return true;
}

#endif

static __always_inline const struct syscall_shape *syscall_shape_of(const struct ev_syscall *call)
{
	u64 number = call->number;

	if (number >= SYSCALL_NUMBERS)
		return NULL;
	number = bounded(number, SYSCALL_NUMBERS - 1);
	/* x32 has its own numbers from 512 on. Below 512 it uses the native ones. */
	return abi_is_32bit(call->abi) ? &shapes_compat[number] : &shapes_native[number];
}

/* A word of user memory, 4 bytes wide for 32-bit programs. */
static __always_inline long user_word(u64 address, u32 index, bool is_32bit, u64 *ret_word)
{
	long error;

	if (is_32bit) {
		u32 word = 0;

		error = bpf_probe_read_user(&word, sizeof(word), (void *)(address + index * 4));
		*ret_word = word;
	} else {
		error = bpf_probe_read_user(ret_word, sizeof(*ret_word),
					    (void *)(address + index * 8));
	}
	return error;
}

#define IOVECS_UNREADABLE (~0ULL)

/* Of COUNT iovecs at VECTORS. Global: see path_append(). */
__noinline __weak u64 iovecs_sum(u64 vectors, u64 count, u32 is_32bit)
{
	u64 sum = 0;

	if (count > IOVEC_MAX)
		return IOVECS_UNREADABLE;
	for (u32 i = 0; i < IOVEC_MAX; i++) {
		u64 length = 0;

		if (i >= count)
			break;
		if (user_word(vectors, i * 2 + 1, is_32bit, &length))
			return IOVECS_UNREADABLE;
		sum += length;
	}
	return sum;
}

static __always_inline void syscall_sum_iovecs(struct ev_syscall *out, u64 vectors, u64 count)
{
	u64 sum = iovecs_sum(vectors, count, abi_is_32bit(out->abi));

	if (sum == IOVECS_UNREADABLE)
		return;
	out->bytes = sum;
	out->flags_present |= EV_SYSCALL_HAVE_BYTES;
}

/* struct user_msghdr: name, namelen, iov, iovlen: words 2 and 3 in both layouts. */
static __always_inline void syscall_sum_msghdr(struct ev_syscall *out, u64 msghdr)
{
	bool is_32bit = abi_is_32bit(out->abi);
	u64 vectors = 0, count = 0;

	if (!user_word(msghdr, 2, is_32bit, &vectors) && !user_word(msghdr, 3, is_32bit, &count))
		syscall_sum_iovecs(out, vectors, count);
}

static __always_inline void syscall_read_bytes(struct ev_syscall *out, u8 kind, u64 first,
					       u64 second)
{
	switch (kind) {
	case BYTES_ARG:
		out->bytes = first;
		out->flags_present |= EV_SYSCALL_HAVE_BYTES;
		break;
	case BYTES_IOVEC:
		syscall_sum_iovecs(out, first, second);
		break;
	case BYTES_MMSG:
		/* With several messages it is not known which one failed. */
		if (second != 1)
			break;
		syscall_sum_msghdr(out, first);
		break;
	case BYTES_MSGHDR:
		syscall_sum_msghdr(out, first);
		break;
	}
}

/* i386: the arguments are in an array in user memory. */
static __always_inline void syscall_read_socketcall(struct ev_syscall *out)
{
	u64 array = out->args[1], fd = 0, second = 0, third = 0, flags = 0;

	if (user_word(array, 0, true, &fd) || user_word(array, 1, true, &second) ||
	    user_word(array, 2, true, &third)) {
		out->fd_status = EV_FD_UNREADABLE;
		return;
	}
	switch ((u32)out->args[0]) {
	case SYS_SEND:
	case SYS_SENDTO:
		syscall_read_bytes(out, BYTES_ARG, third, 0);
		user_word(array, 3, true, &flags);
		break;
	case SYS_SENDMSG:
		syscall_read_bytes(out, BYTES_MSGHDR, second, 0);
		flags = third;
		break;
	case SYS_SENDMMSG:
		syscall_read_bytes(out, BYTES_MMSG, second, third);
		user_word(array, 3, true, &flags);
		break;
	default:
		out->fd_status = EV_FD_NOT_A_WRITE;
		return;
	}
	out->fd = fd;
	out->fd_status = EV_FD_KNOWN;
	out->flags_kind = EV_FLAGS_MSG;
	out->flags = flags;
}

/* struct iocb, include/uapi/linux/aio_abi.h: aio_fildes at 20, aio_nbytes at 32. */
static __always_inline void syscall_read_io_submit(struct ev_syscall *out)
{
	u64 iocb = 0, bytes = 0;
	s32 fd = -1;

	if (out->args[1] != 1) {
		out->fd_status = EV_FD_AIO_MANY;
		return;
	}
	if (user_word(out->args[2], 0, abi_is_32bit(out->abi), &iocb) ||
	    bpf_probe_read_user(&fd, sizeof(fd), (void *)(iocb + 20)) ||
	    bpf_probe_read_user(&bytes, sizeof(bytes), (void *)(iocb + 32))) {
		out->fd_status = EV_FD_UNREADABLE;
		return;
	}
	out->fd = fd;
	out->fd_status = EV_FD_KNOWN;
	out->bytes = bytes;
	out->flags_present |= EV_SYSCALL_HAVE_BYTES;
}

static __always_inline void syscall_clear(struct ev_syscall *out, u8 fd_status)
{
	__builtin_memset(out, 0, sizeof(*out));
	out->fd = -1;
	out->fd_status = fd_status;
}

/*
 * The call under way in TASK, which must be current. CALL_IO_URING is returned for the caller to
 * resolve (uring.bpf.h), as is CALL_NONE when there is no fd.
 */
static __always_inline enum call_kind syscall_capture(struct ev_syscall *out,
						      struct task_struct *task)
{
	const struct syscall_shape *shape;

	syscall_clear(out, EV_FD_NO_SYSCALL);
	if (!syscall_read_registers(out, task))
		return CALL_NONE;
	out->flags_present |= EV_SYSCALL_HAVE;
	out->fd_status = EV_FD_NOT_A_WRITE;
	shape = syscall_shape_of(out);
	if (!shape)
		return CALL_NONE;
	switch (shape->call) {
	case CALL_FD:
		out->fd = out->args[shape->fd_arg & 3];
		out->fd_status = EV_FD_KNOWN;
		out->flags_kind = shape->flags_kind;
		if (shape->flags_kind != EV_FLAGS_NONE) {
			u8 flags_arg = shape->flags_arg;

			out->flags = flags_arg > 5 ? 0 : (u32)out->args[flags_arg];
		}
		syscall_read_bytes(out, shape->bytes_kind,
				   out->args[shape->bytes_arg > 4 ? 4 : shape->bytes_arg],
				   out->args[(shape->bytes_arg & 3) + 1]);
		return CALL_FD;
	case CALL_SOCKETCALL:
		syscall_read_socketcall(out);
		return CALL_FD;
	case CALL_IO_SUBMIT:
		syscall_read_io_submit(out);
		return CALL_FD;
	case CALL_IO_URING:
		out->fd_status = EV_FD_URING_UNKNOWN;
		return CALL_IO_URING;
	}
	return CALL_NONE;
}
