// SPDX-License-Identifier: GPL-2.0-or-later
/* A reader that has read a file of a user answers for this user alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "isolated_case.h"

#define NOBODY 65534
#define SOMEBODY 65533
#define SUBUID 165536 /* the second block of 65536, from 100000 on */

static struct capture ours, theirs;
static char copy[64];

/* A program of root's, and one of NOBODY's. */
static int capture_both(void **state)
{
	char command[1200], *argv[] = { copy, NULL };

	if (geteuid() != 0)
		return 0;
	if (capture(state))
		return -1;
	ours = *expect_capture();
	snprintf(copy, sizeof(copy), "/tmp/sigpath-owner-%d", getpid());
	snprintf(command, sizeof(command), "cp '%s' '%s' && chown %d '%s'",
		 expect_program("inlined"), copy, NOBODY, copy);
	if (system(command) || capture_program(argv, EXPECT_STACK_BYTES, false, &theirs))
		return -1;
	return 0;
}

static int remove_copy(void **state)
{
	return copy[0] ? unlink(copy) : 0;
}

static struct stack_unwinder *begin(void)
{
	struct stack_unwinder *unwinder;

	if (geteuid() != 0) {
		printf("skip: not root\n");
		skip();
	}
	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	return unwinder;
}

/* The stack of CAPTURED is complete, with names, as a process of UID. */
static void expect_stack(struct stack_unwinder *unwinder, const struct capture *captured, uid_t uid)
{
	struct capture *capture = expect_capture();

	*capture = *captured;
	capture->snapshot.stack = capture->stack;
	capture->incident.process.uid = uid;
	unwind(unwinder);
	expect_frames(&stack, true, "*write", "encode", "reply", "serve", "main", NULL);
}

static bool is_alive(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	return !access(path, F_OK);
}

static void answers_for_its_owner_alone(void **state)
{
	struct stack_unwinder *unwinder = begin();
	pid_t first, second;

	expect_stack(unwinder, &theirs, NOBODY);
	first = find_reader();
	expect_stack(unwinder, &theirs, NOBODY);
	assert_int_equal(find_reader(), first);
	/* Root's own file: another reader. */
	expect_stack(unwinder, &ours, 0);
	second = find_reader();
	assert_int_not_equal(second, first);
	assert_true(is_alive(first));
	expect_stack(unwinder, &ours, 0);
	expect_stack(unwinder, &ours, SOMEBODY);
	assert_int_equal(find_reader(), second);
	/* The file of NOBODY, in processes of other users: the first reader does not answer. */
	for (uid_t user = SOMEBODY; user > SOMEBODY - 3; user--) {
		assert_true(is_alive(first));
		expect_stack(unwinder, &theirs, user);
		assert_true(is_alive(second));
		if (user > SOMEBODY - 2)
			assert_true(is_alive(first));
	}
	/* There are three at most, so it had to make room. */
	assert_false(is_alive(first));
	stack_unwinder_free(unwinder);
	assert_true(have_all_ended());
}

/* What it knows of root's files is not lost. */
static void leaves_the_reader_of_all_alone(void **state)
{
	struct stack_unwinder *unwinder = begin();
	pid_t first;

	expect_stack(unwinder, &ours, 0);
	first = find_reader();
	for (int i = 0; i < 3; i++) {
		expect_stack(unwinder, &theirs, i % 2 ? NOBODY : SOMEBODY);
		assert_int_not_equal(find_reader(), first);
		assert_true(is_alive(first));
	}
	stack_unwinder_free(unwinder);
}

/* Root's services are many, so no reader stays that has read a user's file for one of them. */
static void ends_after_root(void **state)
{
	struct stack_unwinder *unwinder = begin();

	expect_stack(unwinder, &theirs, 0);
	assert_int_equal(find_reader(), 0);
	expect_stack(unwinder, &ours, 0);
	assert_true(find_reader() > 0);
	stack_unwinder_free(unwinder);
}

static void a_block_of_users_is_one_owner(void **state)
{
	struct stack_unwinder *unwinder = begin();
	pid_t first;

	assert_int_equal(chown(copy, SUBUID, SUBUID), 0);
	theirs.incident.time.tv_sec += 10; /* the file has not changed since */
	expect_stack(unwinder, &theirs, SUBUID);
	first = find_reader();
	expect_stack(unwinder, &theirs, SUBUID + 1);
	assert_int_equal(find_reader(), first);
	expect_stack(unwinder, &theirs, SUBUID + 65536);
	assert_int_not_equal(find_reader(), first);
	stack_unwinder_free(unwinder);
}

static void a_file_that_others_can_write(void **state)
{
	struct stack_unwinder *unwinder = begin();

	assert_int_equal(chown(copy, 0, 0), 0);
	expect_stack(unwinder, &theirs, 0);
	assert_true(find_reader() > 0);
	assert_int_equal(chmod(copy, 0775), 0);
	expect_stack(unwinder, &theirs, 0);
	stack_rest(unwinder);
	expect_stack(unwinder, &theirs, 0);
	assert_int_equal(find_reader(), 0);
	stack_unwinder_free(unwinder);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_for_its_owner_alone),
		cmocka_unit_test(leaves_the_reader_of_all_alone),
		cmocka_unit_test(ends_after_root),
		cmocka_unit_test(a_block_of_users_is_one_owner),
		cmocka_unit_test(a_file_that_others_can_write),
	};

	stack_run_child(argc, argv);
	return cmocka_run_group_tests(tests, capture_both, remove_copy);
}
