// SPDX-License-Identifier: GPL-2.0-or-later
/* The thousandth stack of a program: how long it takes, and what the cache holds. */
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "deadline.h"
#include "expect.h"
#include "units.h"

static struct stack stack;

static void capture(char *program)
{
	char *argv[] = { program, NULL };

	assert_int_equal(capture_program(argv, EXPECT_STACK_BYTES, false, expect_capture()), 0);
}

static uint64_t unwind(struct stack_unwinder *unwinder)
{
	uint64_t start = clock_now_ns();

	expect_ask(unwinder, &stack);
	return clock_now_ns() - start;
}

static unsigned int open_descriptors(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Each time another address layout with the same files: the cache must not grow. */
static void many_processes_of_one_program(void **state)
{
	const struct stack_options options = { .time_limit_ms = EXPECT_TIME_LIMIT_MS };
	struct stack_unwinder *unwinder;
	uint64_t first, best = UINT64_MAX;
	size_t bytes = 0, heap = 0;
	unsigned int descriptors = 0;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	capture(expect_program("chain-debug"));
	first = unwind(unwinder);
	for (unsigned int i = 0; i < 60; i++) {
		uint64_t took;

		capture(expect_program("chain-debug"));
		took = unwind(unwinder);
		expect_frames(&stack, true, "*write", "leaf", "mid", "outer", "main", NULL);
		best = took < best ? took : best;
		if (i == 2) {
			bytes = stack_cache_bytes(unwinder);
			heap = mallinfo2().uordblks;
			descriptors = open_descriptors();
		}
	}
	/* A thousand stacks. The process is dead, so the last snapshot can be used for all. */
	for (unsigned int i = 0; i < 1000; i++)
		unwind(unwinder);
	assert_int_equal(stack_cache_bytes(unwinder), bytes);
	assert_true(mallinfo2().uordblks <= heap + 4096);
	assert_int_equal(open_descriptors(), descriptors);
	printf("first stack %" PRIu64 " us, best of later ones %" PRIu64 " us, cache %zu bytes\n",
	       first / 1000, best / 1000, bytes);
	assert_true(best * 4 < first);
	stack_unwinder_free(unwinder);
}

static void bounded(void **state)
{
	static const char *const programs[] = { "chain",  "chain-debug",   "inlined",
						"thread", "handler",	   "chain-no-id",
						"jit",	  "chain-exported" };
	const struct stack_options options = { .time_limit_ms = EXPECT_TIME_LIMIT_MS,
					       .cache_bytes_max = 3 << 20 };
	struct stack_unwinder *unwinder;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	for (unsigned int i = 0; i < 24; i++) {
		capture(expect_program(programs[i % ARRAY_SIZE(programs)]));
		unwind(unwinder);
		expect_frames(&stack, true, "*write", NULL);
		/* The fixed part belongs to the unwinder itself. */
		assert_true(stack_cache_bytes(unwinder) <
			    options.cache_bytes_max + sizeof(struct snapshot) + (64 << 10));
	}
	stack_unwinder_free(unwinder);
}

/* The cache has no space: every stack starts again, and works. */
static void no_cache(void **state)
{
	const struct stack_options options = { .time_limit_ms = EXPECT_TIME_LIMIT_MS,
					       .cache_bytes_max = 1 };
	struct stack_unwinder *unwinder;
	unsigned int descriptors = open_descriptors();

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	capture(expect_program("chain"));
	for (unsigned int i = 0; i < 5; i++) {
		unwind(unwinder);
		expect_frames(&stack, true, "*write", "leaf", "mid", "outer", "main", NULL);
	}
	stack_unwinder_free(unwinder);
	assert_int_equal(open_descriptors(), descriptors);
}

static void no_time(void **state)
{
	const struct stack_options options = { .time_limit_ms = 1, .cache_bytes_max = 1 };
	struct stack_unwinder *unwinder;
	uint64_t took;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	capture(expect_program("chain-debug"));
	took = unwind(unwinder);
	/* Opening a file is not interrupted. */
	assert_true(took < UINT64_C(5000000000));
	assert_true(stack.count >= 1 || stack.reason);
	stack_unwinder_free(unwinder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_processes_of_one_program),
		cmocka_unit_test(bounded),
		cmocka_unit_test(no_cache),
		cmocka_unit_test(no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
