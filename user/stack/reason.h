/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a stack is not complete, or why there is none. */
#pragma once

#include <stdbool.h>

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
	REASON_CORRUPT,
	REASON_LOOP,
	REASON_ABI,
	REASON_NOT_CAPTURED,
	REASON_GONE,
	REASON_BROKEN,
	REASON_BROKEN_NAMES,
	REASON_NO_CHILD,
};

/* Static; NULL for REASON_NONE. */
const char *reason_text(enum reason reason);
/* Is TEXT one that reason_text() returns, by its address? */
bool reason_is_text(const char *text);
