/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program's stack, unwound in the child process. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
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

/* The last child of PARENT that is called NAME; 0: none. */
static inline pid_t find_child_of(pid_t parent, const char *name)
{
	char path[64], children[1024] = "", comm[32], *word, *rest;
	pid_t child = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(children, sizeof(children), file))
		children[0] = '\0';
	fclose(file);
	for (word = strtok_r(children, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		snprintf(path, sizeof(path), "/proc/%s/comm", word);
		file = fopen(path, "r");
		if (file && fgets(comm, sizeof(comm), file) && !strncmp(comm, name, strlen(name)) &&
		    atoi(word) > child)
			child = atoi(word);
		if (file)
			fclose(file);
	}
	return child;
}

static inline pid_t find_spawner(void)
{
	return find_child_of(getpid(), "sigpath-spawner");
}

/* The reader that was started last; 0: none runs. */
static inline pid_t find_reader(void)
{
	pid_t spawner = find_spawner();

	return spawner ? find_child_of(spawner, "sigpath-stack") : 0;
}

static inline pid_t find_opener(void)
{
	pid_t spawner = find_spawner();

	return spawner ? find_child_of(spawner, "sigpath-opener") : 0;
}

/* No process that this one has started is left. */
static inline bool have_all_ended(void)
{
	return !find_child_of(getpid(), "sigpath");
}
