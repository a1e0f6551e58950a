/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unwinding and naming within this process: stack.c decides whether that is the user's or a child
 * of it. */
#pragma once

#include "snapshot.h"
#include "stack.h"
#include "target.h"

struct engine;

/* MAP_ALL: as of elf_file_open. OPTIONS without zeros. 0 or -ENOMEM. */
int engine_new(const struct stack_options *options, bool map_all, struct engine **ret_engine);
void engine_free(struct engine *engine);
/* PLAIN: NULL, or gets the frames without their names before any name is looked for. */
void engine_unwind(struct engine *engine, const struct target *target,
		   const struct snapshot *snapshot, struct stack *plain, struct stack *ret_stack);
/* The frame is the only one of RET_STACK; none: nothing is known. */
void engine_name(struct engine *engine, const struct target *target,
		 const struct snapshot *snapshot, uint64_t address, struct stack *ret_stack);
/* STACK_PROGRAM_*. */
uint32_t engine_find_program(struct engine *engine, const struct target *target,
			     const struct snapshot *snapshot);
size_t engine_cache_bytes(const struct engine *engine);
