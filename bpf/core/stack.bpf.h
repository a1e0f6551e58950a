/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in the code: user registers, user memory above the stack pointer and the kernel's own
 * stack. Raw, because programs are compiled without frame pointers: user space unwinds it with the
 * CFI of the files.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"

#if defined(__TARGET_ARCH_x86)

static __always_inline void registers_capture(struct ev_registers *out, u8 abi)
{
	const struct pt_regs *regs = current_user_regs();

	if (abi == EV_ABI_I386) {
		out->count = 9;
		out->value[0] = BPF_CORE_READ(regs, ax);
		out->value[1] = BPF_CORE_READ(regs, cx);
		out->value[2] = BPF_CORE_READ(regs, dx);
		out->value[3] = BPF_CORE_READ(regs, bx);
		out->value[4] = BPF_CORE_READ(regs, sp);
		out->value[5] = BPF_CORE_READ(regs, bp);
		out->value[6] = BPF_CORE_READ(regs, si);
		out->value[7] = BPF_CORE_READ(regs, di);
		out->value[8] = BPF_CORE_READ(regs, ip);
		return;
	}
	out->count = 17;
	out->value[0] = BPF_CORE_READ(regs, ax);
	out->value[1] = BPF_CORE_READ(regs, dx);
	out->value[2] = BPF_CORE_READ(regs, cx);
	out->value[3] = BPF_CORE_READ(regs, bx);
	out->value[4] = BPF_CORE_READ(regs, si);
	out->value[5] = BPF_CORE_READ(regs, di);
	out->value[6] = BPF_CORE_READ(regs, bp);
	out->value[7] = BPF_CORE_READ(regs, sp);
	out->value[8] = BPF_CORE_READ(regs, r8);
	out->value[9] = BPF_CORE_READ(regs, r9);
	out->value[10] = BPF_CORE_READ(regs, r10);
	out->value[11] = BPF_CORE_READ(regs, r11);
	out->value[12] = BPF_CORE_READ(regs, r12);
	out->value[13] = BPF_CORE_READ(regs, r13);
	out->value[14] = BPF_CORE_READ(regs, r14);
	out->value[15] = BPF_CORE_READ(regs, r15);
	out->value[16] = BPF_CORE_READ(regs, ip);
}

#elif defined(__TARGET_ARCH_arm64)

static __always_inline void registers_capture(struct ev_registers *out, u8 abi)
{
	const struct pt_regs *regs = current_user_regs();

	out->count = 33;
	bpf_core_read(out->value, 31 * 8, &regs->regs);
	out->value[31] = BPF_CORE_READ(regs, sp);
	out->value[32] = BPF_CORE_READ(regs, pc);
}

#endif

/*
 * A page that is not resident, or the end of the stack, ends it. Pages of a stack in use are
 * resident, as far as they are not swapped out.
 */
static __always_inline void user_stack_capture(struct scratch *scratch, u64 sp)
{
	struct ev_span *span = &scratch->incident.stack;
	u64 end = sp + config.stack_bytes;
	u32 flags = EV_SPAN_TRUNCATED;

	span_begin(scratch, span);
	for (int i = 0; i <= EV_STACK_MAX / CHUNK_BYTES; i++) {
		u64 size = chunk_rest(sp);

		if (sp >= end)
			break;
		if (size > end - sp)
			size = end - sp;
		if (blob_add_user(scratch->slot, sp, size)) {
			flags = 0;
			break;
		}
		sp += size;
	}
	span_end(scratch, span, flags);
}

static __always_inline void kernel_stack_capture(struct scratch *scratch, void *ctx)
{
	u64 used = scratch->blob_used;
	long size;

	span_begin(scratch, &scratch->incident.kernel_stack);
	if (!config.kernel_stack || used > EV_BLOB_MAX - EV_KERNEL_FRAMES * 8)
		return;
	used = bounded(used, EV_BLOB_MAX - EV_KERNEL_FRAMES * 8);
	size = bpf_get_stack(ctx, &scratch->blob[used], EV_KERNEL_FRAMES * 8, 0);
	if (size > 0 && size <= EV_KERNEL_FRAMES * 8)
		scratch->blob_used = used + size;
	span_end(scratch, &scratch->incident.kernel_stack, 0);
}

/* Without a system call under way there are no user registers that mean anything: kernel threads,
 * workers. */
static __always_inline void stack_capture(struct scratch *scratch, void *ctx)
{
	struct ev_incident *incident = &scratch->incident;

	incident->registers.count = 0;
	span_begin(scratch, &incident->stack);
	if (config.stack_bytes && incident->syscall.flags_present & EV_SYSCALL_HAVE) {
		registers_capture(&incident->registers, incident->syscall.abi);
		user_stack_capture(scratch, incident->syscall.sp);
	}
	kernel_stack_capture(scratch, ctx);
}

static __always_inline void stack_clear(struct scratch *scratch)
{
	scratch->incident.registers.count = 0;
	span_begin(scratch, &scratch->incident.stack);
	span_begin(scratch, &scratch->incident.kernel_stack);
}
