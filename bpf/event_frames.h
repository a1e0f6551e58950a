/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A part of the record (event.h): the stack as frames with names. User space writes it in place of
 * the memory from which it found them (--strip-memory). Only event.h includes it.
 */
#pragma once

#define EV_FRAME_INLINED 1u
#define EV_FRAME_MODULE_CHANGED 2u

/*
 * One frame. A text is the offset of its first byte in the texts of the block, plus 1; 0: there is
 * none.
 */
struct ev_frame {
	__u64 address; /* of the kernel: 0 if it has a symbol */
	__u64 symbol_offset;
	__u64 module_offset;
	__u32 symbol;
	__u32 module;
	__u32 build_id;
	__u32 file;
	__u32 line;
	__u32 flags; /* EV_FRAME_* */
};

#define EV_FRAMES_HAVE_STACK 1u /* of the user; without it `stack_missing` says why */
#define EV_FRAMES_COMPLETE 2u	/* it reaches the outermost frame */
#define EV_FRAMES_HAVE_HANDLER 4u

/*
 * The block: this structure, the frames of the user's stack, those of the kernel's, the handler of
 * the signal, and the texts, each with its NUL. A field with the type of a text is one as in
 * struct ev_frame. A reason is the text of its code.
 */
struct ev_frames {
	__u32 size;   /* bytes of this structure */
	__u32 stride; /* bytes of each frame */
	__u32 user_count;
	__u32 kernel_count;
	__u32 text_size;
	__u32 flags;  /* EV_FRAMES_* */
	__u32 method; /* enum stack_method (stack_frames.h) */
	__u32 reason; /* why the stack is not complete, or lacks names */
	__u32 stack_missing;
	__u32 handler_missing;
	__u32 runtime; /* the word that JSON has for it */
	__u32 runtime_missing;
	__u32 site; /* the kernel function that decided */
	__u32 site_missing;
};
