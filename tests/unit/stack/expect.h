/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures a program's stack and checks its frames. */
#pragma once

#include "capture.h"
#include "stack.h"

#define EXPECT_STACK_BYTES 16384
#define EXPECT_TIME_LIMIT_MS 30000 /* for sanitizers and a busy machine */

/* A path below the directory of the programs. The last eight results stay valid. */
char *expect_program(const char *name);
/* Skips the test if PROGRAM was not built. */
void expect_built(const char *program);

/* Captures PROGRAM with ARGUMENT (NULL: none) and unwinds it, dead, with OPTIONS (NULL: none).
 * Both results stay until the next call. */
const struct stack *expect_unwound(char *program, char *argument,
				   const struct stack_options *options);
struct capture *expect_capture(void);
/* Unwinds the last capture again. */
const struct stack *expect_again(const struct stack_options *options);

/* The stack alone of what was captured last; its names stay until the next question. */
void expect_ask(struct stack_unwinder *unwinder, struct stack *ret_stack);
/* The name of an address alone; the same. */
bool expect_name(struct stack_unwinder *unwinder, uint64_t address, struct stack_name *ret_name);

/*
 * The frames must have symbols that match PATTERNS (fnmatch(3)) in this order; NULL ends the list.
 * Other frames may be between them. A failure prints the whole stack.
 */
void expect_frames(const struct stack *stack, int complete, ...);
const struct stack_frame *expect_frame(const struct stack *stack, const char *symbol);
/*
 * The frame that called write(). Above write() only the C library's own functions for system calls
 * may stand: none before glibc 2.41, up to three since then. They are static, so they may have no
 * names.
 */
const struct stack_frame *expect_caller(const struct stack *stack);
/* There is a reason, and CODE is its code. */
void expect_reason(const struct stack *stack, const char *code);
