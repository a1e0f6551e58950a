/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps of unwinding that need no call frame information: frames that the kernel laid out (signals,
 * the 32-bit vdso), leaf functions, and the chain of frame pointers.
 */
#pragma once

#include "machine.h"

#define FALLBACK_CODE_BYTES 16

/* The code around a pc, from the file. Length 0: it could not be read. */
struct code_bytes {
	size_t length; /* from the pc on */
	unsigned char bytes[FALLBACK_CODE_BYTES];
};

/*
 * CODE is that of sigreturn(2): the registers that the kernel saved when the signal came. 0;
 * -ENOENT: it is not; -EFAULT: the frame is not in the snapshot.
 */
int fallback_signal_frame(const struct machine *machine, const struct code_bytes *code,
			  struct registers *ret_caller);

/*
 * The failing call of an i386 program, whose pc is in [vdso]. 0 or -EFAULT.
 */
int fallback_vdso32_syscall(const struct machine *machine, struct registers *ret_caller);

/*
 * A frame of an i386 program whose pc is in [vdso] and behind a call: what sigreturn(2) would
 * restore. 0; -ENOENT: it does not look like that.
 */
int fallback_vdso32_signal(const struct machine *machine, struct registers *ret_caller);

/* The return address of a function that has no frame of its own. 0 or -EFAULT. */
int fallback_leaf(const struct machine *machine, struct registers *ret_caller);

/* 0; -EFAULT: the frame pointer points out of the snapshot; -ENOENT: it ends the chain. */
int fallback_frame_pointer(const struct machine *machine, struct registers *ret_caller);

/* Is CODE, which ends where the call returns to, a direct call of TARGET? PC is where CODE ends. */
bool fallback_is_call_of(const struct machine_abi *abi, const unsigned char *code, size_t length,
			 uint64_t pc, uint64_t target);

/* Does CODE end with a call instruction? If not, no call returns to this place. */
bool fallback_ends_with_call(const struct machine_abi *abi, const unsigned char *code,
			     size_t length);

/*
 * Target of the direct call that CODE ends with. 0; -ENOENT: it is or may be another kind of call.
 */
int fallback_call_target(const struct machine_abi *abi, const unsigned char *code, size_t length,
			 uint64_t pc, uint64_t *ret_target);
