/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory that the tracer shares with a pair of processes. The processes map it at different
 * addresses, and their static data is at different addresses too. So a pointer in it is valid on
 * one side only.
 */
#pragma once

#include <stdint.h>

#include "engine.h"
#include "snapshot.h"
#include "stack.h"
#include "target.h"

/* The tracer writes it. It is sealed, so the others can only read it. */
struct isolated_question {
	/* once, */
	struct stack_options options; /* its strings are these: */
	char proc_root[256], debug_dir[256];
	/* for each question */
	struct bad_files bad;
	struct stack_question question;
	struct target target;
	struct snapshot snapshot; /* without a pointer to the stack, which is this: */
	unsigned char stack_bytes[EV_BLOB_MAX];
};

/* The reader writes it, and a hostile file may control the reader. */
struct isolated_answer {
	uintptr_t base; /* where the reader has mapped this: for pointers into texts */
	struct engine_progress progress;
	struct stack_answer answer;
	size_t cache_bytes;
};

/* The options of QUESTION, with strings of this process. */
static inline struct stack_options isolated_options(const struct isolated_question *question)
{
	struct stack_options options = question->options;

	options.proc_root = question->proc_root;
	options.debug_dir = question->debug_dir;
	return options;
}

/* Most of a module is room for its path. */
void isolated_copy_snapshot(struct snapshot *to, const struct snapshot *from);
