/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine in a child process. ELF and DWARF of traced programs are hostile, and libelf and libdw
 * were not written for hostile input. If they crash, hang or use too much memory, only the child
 * dies: its memory and time are limited, and the next question starts a new one.
 */
#pragma once

#include "snapshot.h"
#include "stack.h"
#include "target.h"

struct isolated;

/* The child starts with the first question. 0 or -errno. */
int isolated_new(const struct stack_options *options, struct isolated **ret_isolated);
void isolated_free(struct isolated *isolated);
/* As stack_rest(). */
void isolated_rest(struct isolated *isolated);
/* As stack_ask(). */
void isolated_ask(struct isolated *isolated, const struct target *target,
		  const struct snapshot *snapshot, const struct stack_question *question,
		  struct stack_answer *ret_answer);
/* As stack_hurry() and stack_progress(). Any thread. */
void isolated_hurry(struct isolated *isolated);
unsigned int isolated_progress(const struct isolated *isolated);
size_t isolated_cache_bytes(const struct isolated *isolated);
