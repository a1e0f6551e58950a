/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unwinding and naming within this process: stack.c decides whether that is the user's or a child
 * of it. */
#pragma once

#include "reason.h"
#include "snapshot.h"
#include "stack.h"
#include "target.h"

struct engine;

/* Parts of an answer that are complete, in the order in which they are found. */
#define ENGINE_PLAIN 1u /* progress->plain: the frames without names */
#define ENGINE_PROGRAM 2u
#define ENGINE_STACK 4u
#define ENGINE_NAME 8u

/* How far an answer has come, for a parent that may outlive who gives it. */
struct engine_progress {
	uint32_t done; /* ENGINE_* */
	struct stack plain;
	/* The reasons of the stacks by number: texts have other addresses in another process. */
	enum reason plain_reason, stack_reason;
};

/* MAP_ALL: as of elf_file_open. OPTIONS without zeros. 0 or -ENOMEM. */
int engine_new(const struct stack_options *options, bool map_all, struct engine **ret_engine);
void engine_free(struct engine *engine);
/* As stack_ask(). PROGRESS: says what of RET_ANSWER is there if we do not return. */
void engine_ask(struct engine *engine, const struct target *target, const struct snapshot *snapshot,
		const struct stack_question *question, struct engine_progress *progress,
		struct stack_answer *ret_answer);
size_t engine_cache_bytes(const struct engine *engine);
