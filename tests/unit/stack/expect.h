/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking a program's stack, and saying what must be in it. */
#pragma once

#include "capture.h"
#include "stack.h"

#define EXPECT_STACK_BYTES 16384
#define EXPECT_TIME_LIMIT_MS 30000 /* sanitizers and a machine with other work */

/* A path below the directory of the programs; the last eight live on. */
char *expect_program(const char *name);
/* Skips the test if PROGRAM was not built. */
void expect_built(const char *program);

/* Captures PROGRAM with ARGUMENT (NULL: none) and unwinds it, dead, with OPTIONS (NULL: none).
 * Both results stay until the next call. */
const struct stack *expect_unwound(char *program, char *argument,
				   const struct stack_options *options);
struct capture *expect_capture(void);
/* Only unwinds what was captured last. */
const struct stack *expect_again(const struct stack_options *options);

/* The stack alone of what was captured last; its names stay until the next question. */
void expect_ask(struct stack_unwinder *unwinder, struct stack *ret_stack);
/* The name of an address alone; the same. */
bool expect_name(struct stack_unwinder *unwinder, uint64_t address, struct stack_name *ret_name);

/*
 * The frames have symbols that match PATTERNS (fnmatch(3)), in that order, the last one followed by
 * NULL; others may be between them. Fails with the whole stack.
 */
void expect_frames(const struct stack *stack, int complete, ...);
const struct stack_frame *expect_frame(const struct stack *stack, const char *symbol);
/* There is a reason, and CODE is its code. */
void expect_reason(const struct stack *stack, const char *code);
