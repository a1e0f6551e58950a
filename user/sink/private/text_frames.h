/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the format text: the frames of a stack, for people. */
#pragma once

#include <stddef.h>

#include "layout.h"
#include "line_format.h"
#include "stack_frames.h"

/* On a terminal, without --stack-depth and --full. */
#define TEXT_STACK_DEPTH 8

/*
 * text_fold.c: how many frames from FIRST on are inner ones of an interpreter or of a runtime; 0:
 * fewer than two. RET_WHAT: of which.
 */
size_t text_fold(const struct stack *stack, size_t first, enum incident_runtime runtime,
		 const char **ret_what);

/* "13 frames of libcrypto.so.3 without a name" */
void text_add_nameless(const struct stack_frame *frame, size_t count, struct strbuf *buf);
/* The function and its place: "send_reply server.c:118". */
void text_add_frame_short(const struct stack_frame *frame, struct strbuf *buf);

/* text_where.c: the fields `where` and `kernel`, or where they were printed before. */
void text_put_stacks(const struct line_options *options, const struct incident *incident,
		     const struct explanation *explanation, struct layout *layout);
