/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parent and the child of isolated.c share, and the child's main function. */
#pragma once

#include "snapshot.h"
#include "stack.h"
#include "subject.h"

struct isolated_shared {
	bool is_name; /* one address is asked for, not a stack */
	uint64_t address;
	struct subject subject;
	struct snapshot snapshot;
	unsigned char stack_bytes[EV_BLOB_MAX];
	struct stack plain, stack; /* plain: without names, in case that these break the child */
	size_t cache_bytes;
};

_Noreturn void isolated_child_main(const struct stack_options *options,
				   struct isolated_shared *shared, int socket);
