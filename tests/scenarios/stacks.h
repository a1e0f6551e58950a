/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program of tests/stack, how to run it, and the stack that its failing write must have. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "fact.h"
#include "stacks_place.h"

struct stack_case {
	const char *name;
	const char *program, *argument;
	enum place place;
	bool lives;	/* SIGPIPE is ignored */
	bool to_socket; /* a pipe otherwise */
	struct stack_fact stack;
};

extern const struct stack_case stack_cases[];
extern const size_t stack_case_count;
