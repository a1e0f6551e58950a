/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program's stack, unwound in the child process. */
#pragma once

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"

static const struct stack_options options = {
	.isolated = true,
	.time_limit_ms = EXPECT_TIME_LIMIT_MS,
};
static struct stack stack;

/* A setup of cmocka for the whole group: all tests unwind this program's stack. */
static inline int capture(void **state)
{
	char *argv[] = { expect_program("inlined"), NULL };

	return capture_program(argv, EXPECT_STACK_BYTES, false, expect_capture());
}

/* The answer is in `stack`. */
static inline void unwind(struct stack_unwinder *unwinder)
{
	memset(&stack, 0xa5, sizeof(stack));
	expect_ask(unwinder, &stack);
}

/* The only child that this process has; 0: none. */
static inline pid_t find_child(void)
{
	char path[64];
	FILE *file;
	int child = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%d", &child) != 1)
		child = 0;
	fclose(file);
	return child;
}
