/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unwinding and naming in the current process: the parent or the child, as stack.c decides. */
#pragma once

#include "reason.h"
#include "snapshot.h"
#include "stack.h"
#include "target.h"
#include "watch.h"

struct engine;

/* Parts of an answer that are complete, in the order in which they are found. */
#define ENGINE_PLAIN 1u /* progress->plain: the frames without names */
#define ENGINE_PROGRAM 2u
#define ENGINE_STACK 4u
#define ENGINE_NAME 8u

/* Progress of an answer, for a parent whose child dies before the end. */
struct engine_progress {
	uint32_t done; /* ENGINE_* */
	struct file_watch watch;
	struct stack plain;
	/* The reasons of the stacks by number: texts have other addresses in another process. */
	enum reason plain_reason, stack_reason;
};

/* It opens files itself. OPTIONS without zeros. 0; -errno. */
int engine_new(const struct stack_options *options, struct engine **ret_engine);
/*
 * It asks the opener at SOCKET for files, and maps them: a file that shrinks may end this process.
 * BAD: files that are not read, which may change between questions. 0; -errno.
 */
int engine_new_asking(const struct stack_options *options, int socket, const struct bad_files *bad,
		      struct engine **ret_engine);
void engine_free(struct engine *engine);
/* As stack_ask(). PROGRESS: says which parts of RET_ANSWER are complete if this process dies. */
void engine_ask(struct engine *engine, const struct target *target, const struct snapshot *snapshot,
		const struct stack_question *question, struct engine_progress *progress,
		struct stack_answer *ret_answer);
size_t engine_cache_bytes(const struct engine *engine);
