/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which argument of a system call is the fd that it writes to, which is the number of bytes, and
 * which are the flags. Numbers: syscall_64.tbl, syscall_32.tbl, asm-generic/unistd.h, the same from
 * 5.10 to 7.2. A call that is not in this table has no fd that can cause EPIPE.
 */
#pragma once

#include "core/kernel_types.bpf.h"
#include "event.h"

enum bytes_kind {
	BYTES_NONE = 0,
	BYTES_ARG,    /* the argument is the count */
	BYTES_IOVEC,  /* the argument is an iovec array, the next its length */
	BYTES_MSGHDR, /* the argument is a msghdr */
	BYTES_MMSG,   /* the argument is a mmsghdr array, the next its length */
};

enum call_kind {
	CALL_NONE = 0,
	CALL_FD,	 /* fd_arg is the fd */
	CALL_SOCKETCALL, /* i386: the fd is in user memory */
	CALL_IO_SUBMIT,
	CALL_IO_URING,
};

struct syscall_shape {
	u8 call; /* enum call_kind */
	u8 fd_arg;
	u8 bytes_kind;
	u8 bytes_arg;
	u8 flags_kind; /* enum ev_flags_kind */
	u8 flags_arg;
	u8 pad0[2];
};

/* One entry per line, so that it reads like a table. */
/* clang-format off */
#define SHAPE_WRITE { CALL_FD, 0, BYTES_ARG, 2, EV_FLAGS_NONE, 0, {} }
#define SHAPE_WRITEV { CALL_FD, 0, BYTES_IOVEC, 1, EV_FLAGS_NONE, 0, {} }
#define SHAPE_PWRITEV2 { CALL_FD, 0, BYTES_IOVEC, 1, EV_FLAGS_RWF, 5, {} }
#define SHAPE_SENDTO { CALL_FD, 0, BYTES_ARG, 2, EV_FLAGS_MSG, 3, {} }
#define SHAPE_SENDMSG { CALL_FD, 0, BYTES_MSGHDR, 1, EV_FLAGS_MSG, 2, {} }
#define SHAPE_SENDMMSG { CALL_FD, 0, BYTES_MMSG, 1, EV_FLAGS_MSG, 3, {} }
#define SHAPE_SENDFILE { CALL_FD, 0, BYTES_ARG, 3, EV_FLAGS_NONE, 0, {} }
#define SHAPE_SPLICE { CALL_FD, 2, BYTES_ARG, 4, EV_FLAGS_SPLICE, 5, {} }
#define SHAPE_TEE { CALL_FD, 1, BYTES_ARG, 2, EV_FLAGS_SPLICE, 3, {} }
#define SHAPE_VMSPLICE { CALL_FD, 0, BYTES_IOVEC, 1, EV_FLAGS_SPLICE, 3, {} }
#define SHAPE_COPY_FILE_RANGE { CALL_FD, 2, BYTES_ARG, 4, EV_FLAGS_NONE, 0, {} }
#define SHAPE_SOCKETCALL { CALL_SOCKETCALL, 0, BYTES_NONE, 0, EV_FLAGS_NONE, 0, {} }
#define SHAPE_IO_SUBMIT { CALL_IO_SUBMIT, 0, BYTES_NONE, 0, EV_FLAGS_NONE, 0, {} }
#define SHAPE_IO_URING { CALL_IO_URING, 0, BYTES_NONE, 0, EV_FLAGS_NONE, 0, {} }

#define SYSCALL_NUMBERS 512 /* a power of two above the largest number */

#if defined(__TARGET_ARCH_x86)

static const struct syscall_shape shapes_native[SYSCALL_NUMBERS] = {
	[1] = SHAPE_WRITE,
	[18] = SHAPE_WRITE, /* pwrite64 */
	[20] = SHAPE_WRITEV,
	[40] = SHAPE_SENDFILE,
	[44] = SHAPE_SENDTO,
	[46] = SHAPE_SENDMSG,
	[209] = SHAPE_IO_SUBMIT,
	[275] = SHAPE_SPLICE,
	[276] = SHAPE_TEE,
	[278] = SHAPE_VMSPLICE,
	[296] = SHAPE_WRITEV, /* pwritev */
	[307] = SHAPE_SENDMMSG,
	[326] = SHAPE_COPY_FILE_RANGE,
	[328] = SHAPE_PWRITEV2,
	[426] = SHAPE_IO_URING,
};

static const struct syscall_shape shapes_compat[SYSCALL_NUMBERS] = {
	[4] = SHAPE_WRITE,
	[102] = SHAPE_SOCKETCALL,
	[146] = SHAPE_WRITEV,
	[181] = SHAPE_WRITE,	/* pwrite64 */
	[187] = SHAPE_SENDFILE,
	[239] = SHAPE_SENDFILE, /* sendfile64 */
	[248] = SHAPE_IO_SUBMIT,
	[313] = SHAPE_SPLICE,
	[315] = SHAPE_TEE,
	[316] = SHAPE_VMSPLICE,
	[334] = SHAPE_WRITEV,	/* pwritev */
	[345] = SHAPE_SENDMMSG,
	[369] = SHAPE_SENDTO,
	[370] = SHAPE_SENDMSG,
	[377] = SHAPE_COPY_FILE_RANGE,
	[379] = SHAPE_PWRITEV2,
	[426] = SHAPE_IO_URING,
};

#else

/* The numbers of include/uapi/asm-generic/unistd.h, which new architectures have. */
#define SHAPES_GENERIC                                                           \
	{                                                                        \
		[2] = SHAPE_IO_SUBMIT, [64] = SHAPE_WRITE, [66] = SHAPE_WRITEV,  \
		[68] = SHAPE_WRITE, /* pwrite64 */                               \
		[70] = SHAPE_WRITEV, /* pwritev */                               \
		[71] = SHAPE_SENDFILE, [75] = SHAPE_VMSPLICE, [76] = SHAPE_SPLICE, \
		[77] = SHAPE_TEE, [206] = SHAPE_SENDTO, [211] = SHAPE_SENDMSG,   \
		[269] = SHAPE_SENDMMSG, [285] = SHAPE_COPY_FILE_RANGE,           \
		[287] = SHAPE_PWRITEV2, [426] = SHAPE_IO_URING,                  \
	}

static const struct syscall_shape shapes_native[SYSCALL_NUMBERS] = SHAPES_GENERIC;

#endif

#if defined(__TARGET_ARCH_riscv)

static const struct syscall_shape shapes_compat[SYSCALL_NUMBERS] = SHAPES_GENERIC;

#elif defined(__TARGET_ARCH_arm64)

/* aarch32: the EABI's numbers. */
static const struct syscall_shape shapes_compat[SYSCALL_NUMBERS] = {
	[4] = SHAPE_WRITE,
	[146] = SHAPE_WRITEV,
	[181] = SHAPE_WRITE,	/* pwrite64 */
	[187] = SHAPE_SENDFILE,
	[239] = SHAPE_SENDFILE, /* sendfile64 */
	[246] = SHAPE_IO_SUBMIT,
	[289] = SHAPE_SENDTO,	/* send: its flags are the same argument */
	[290] = SHAPE_SENDTO,
	[296] = SHAPE_SENDMSG,
	[340] = SHAPE_SPLICE,
	[342] = SHAPE_TEE,
	[343] = SHAPE_VMSPLICE,
	[362] = SHAPE_WRITEV,	/* pwritev */
	[374] = SHAPE_SENDMMSG,
	[391] = SHAPE_COPY_FILE_RANGE,
	[393] = SHAPE_PWRITEV2,
	[426] = SHAPE_IO_URING,
};

#endif
