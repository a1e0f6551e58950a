/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parent and the child of isolated.c share, and the child's main function. */
#pragma once

#include "snapshot.h"
#include "stack.h"
#include "target.h"

struct isolated_shared {
	enum isolated_job { ISOLATED_UNWIND, ISOLATED_NAME, ISOLATED_PROGRAM } job;
	uint64_t address;
	struct target target;
	struct snapshot snapshot;
	unsigned char stack_bytes[EV_BLOB_MAX];
	struct stack plain, stack; /* plain: without names, in case that these break the child */
	uint32_t program_marks;
	size_t cache_bytes;
};

_Noreturn void isolated_child_main(const struct stack_options *options,
				   struct isolated_shared *shared, int socket);
