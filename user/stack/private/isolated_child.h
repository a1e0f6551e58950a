/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory that the parent and the child of isolated.c share, and how the child starts. The two
 * map it at different addresses, and their static data is at different addresses too. So a pointer
 * in it is valid on one side only. The parent translates pointers into the text of a stack with
 * BASE.
 */
#pragma once

#include "engine.h"
#include "snapshot.h"
#include "stack.h"
#include "target.h"

/* The child finds its two descriptors at these numbers. */
#define ISOLATED_SOCKET 3
#define ISOLATED_SHARED 4

/* The argument that makes this program the child. It has no effect without the descriptors. */
#define ISOLATED_ARGUMENT "--stack-reader"

struct isolated_shared {
	/* The parent writes: once, */
	pid_t parent;
	struct stack_options options; /* its strings are these: */
	char proc_root[256], debug_dir[256];
	/* for each question, */
	struct bad_files bad;
	struct stack_question question;
	struct target target;
	struct snapshot snapshot;
	unsigned char stack_bytes[EV_BLOB_MAX];
	/* and the child writes. */
	uintptr_t base; /* where the child has mapped this */
	struct engine_progress progress;
	struct stack_answer answer;
	size_t cache_bytes;
};
