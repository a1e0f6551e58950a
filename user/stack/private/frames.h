/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From return addresses to the frames that a user sees. */
#pragma once

#include "files.h"
#include "stack.h"
#include "unwind.h"

/*
 * Starts RET_STACK with the method and the reason, without frames. REASON: replaces the reason in
 * UNWOUND, unless it is REASON_NONE.
 */
void frames_begin(const struct unwound *unwound, enum reason reason, struct stack *ret_stack);
/* Adds the frames with their modules and no names. */
void frames_add_plain(struct space *space, const struct unwound *unwound, struct stack *stack);
/* Adds the frames with their names, those of inlined calls among them. */
void frames_name(struct space *space, const struct unwound *unwound, struct stack *stack);
/* Names those whose code has no file by the process's perf-PID.map, if it has one. */
void frames_name_jit(struct files *files, const struct deadline *deadline, struct stack *stack);
/* A copy of TEXT inside STACK, or NULL if there is no room. */
const char *frames_keep_text(struct stack *stack, const char *text);
