/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in the code: user memory above the stack pointer, and the kernel's own stack. It is copied
 * as it is, because programs are compiled without frame pointers. User space unwinds it with the
 * call frame information of the files.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/thread.bpf.h"

/*
 * A page that is not resident, or the end of the stack, ends the copy. Pages of a stack in use are
 * resident unless they are swapped out.
 */
static __always_inline void user_stack_capture(struct scratch *scratch, u64 sp)
{
	u64 end = sp + config.stack_bytes;
	u32 flags = EV_SPAN_TRUNCATED;

	block_begin(scratch, EV_BLOCK_STACK);
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
	block_end(scratch, EV_BLOCK_STACK, flags);
}

static __always_inline void kernel_stack_capture(struct scratch *scratch, void *ctx)
{
	u64 used = scratch->blob_used;
	long size;

	if (!config.kernel_stack || scratch->incident.block[EV_BLOCK_KERNEL_STACK].length ||
	    used > EV_BLOB_MAX - EV_KERNEL_FRAMES * 8)
		return;
	block_begin(scratch, EV_BLOCK_KERNEL_STACK);
	used = bounded(used, EV_BLOB_MAX - EV_KERNEL_FRAMES * 8);
	size = bpf_get_stack(ctx, &scratch->blob[used], EV_KERNEL_FRAMES * 8, 0);
	if (size > 0 && size <= EV_KERNEL_FRAMES * 8)
		scratch->blob_used = used + size;
	block_end(scratch, EV_BLOCK_KERNEL_STACK, 0);
}

/* Of the current thread. The kernel stack may be there already: that of the signal (place.bpf.h). */
static __always_inline void stack_capture(struct scratch *scratch, void *ctx)
{
	if (config.stack_bytes && thread_is_known(scratch))
		user_stack_capture(scratch, scratch->thread.sp);
	kernel_stack_capture(scratch, ctx);
}
