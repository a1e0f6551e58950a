/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a stack is not complete, or why there is none. */
#pragma once

#include "missing.h"
#include "stack_frames.h"

enum reason {
	REASON_NONE,
	REASON_TIME,
	REASON_TIME_NAMES,
	REASON_FULL,
	REASON_SHORT,
	REASON_ELSEWHERE,
	REASON_NO_MODULE,
	REASON_NO_MODULE_TRUNCATED,
	REASON_NO_CFI,
	REASON_FILE_DELETED,
	REASON_FILE_CHANGED,
	REASON_FILE_UNREACHABLE,
	REASON_CORRUPT,
	REASON_LOOP,
	REASON_ABI,
	REASON_NOT_CAPTURED,
	REASON_GONE,
	REASON_BROKEN,
	REASON_BROKEN_NAMES,
	REASON_NO_CHILD,
	REASON_FILE_REMOTE,
	REASON_FILE_COSTLY,
	REASON_DEBUG_TOO_LARGE,
	REASON_DEBUG_COSTLY,
	REASON_FILE_SYSTEM_HANGS,
	REASON_READERS_STUCK,
	REASON_USER_LIMIT,
};

/* The reason of STACK, if it was set here, or else REASON_NONE. */
enum reason reason_of(const struct stack *stack);
/* Sets the reason of STACK that has the code CODE. False: none has it. */
bool reason_set_by_code(const char *code, struct stack *stack);
/* The same where no stack is missing but another fact; OTHER where none fits. */
enum missing_reason reason_of_missing(enum reason reason, enum missing_reason other);
/* Text and code; none for REASON_NONE. A number that is no reason counts as REASON_BROKEN. */
void reason_set(enum reason reason, struct stack *stack);
