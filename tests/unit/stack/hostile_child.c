// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A child that a hostile file has taken over, or has ended in the middle of its work. The child is
 * this program executed again; here it does what the address in the question says.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "incident.h"
#include "isolated_child.h"
#include "stack.h"

enum role {
	DIES_OVER_NAMES = 1,
	DIES_OVER_THE_HANDLER,
	HANGS_OVER_NAMES,
	DIES_AT_ONCE,
	NEVER_STARTED,
	GARBAGE,
	POINTERS_ASTRAY,
	SHORTENS_THE_MEMORY,
	IS_KILLED_ONCE,
	IS_KILLED_ALWAYS,
};

static struct stack_answer answer;

static void put_frame(struct stack *stack)
{
	strcpy(stack->text, "/usr/lib/libhostile.so");
	stack->text_used = sizeof("/usr/lib/libhostile.so");
	stack->count = 1;
	stack->complete = true;
	stack->frames[0] = (struct stack_frame){ .address = 0x1234, .module = stack->text };
}

static void put_plain(struct isolated_shared *shared)
{
	put_frame(&shared->progress.plain);
	shared->answer.program = STACK_PROGRAM_GO;
	shared->progress.done = ENGINE_PLAIN | ENGINE_PROGRAM;
}

static void put_garbage(struct isolated_shared *shared)
{
	memset(&shared->progress, 0xff, sizeof(shared->progress));
	memset(&shared->answer, 0xff, sizeof(shared->answer));
	shared->answer.stack.count = STACK_FRAMES_MAX;
	shared->answer.stack.text_used = STACK_TEXT_BYTES;
	shared->base = UINTPTR_MAX;
}

static void put_pointers_astray(struct isolated_shared *shared)
{
	struct stack *stack = &shared->answer.stack;

	put_frame(stack);
	stack->frames[0].symbol = stack->text - 1;
	stack->frames[0].module = stack->text + stack->text_used;
	stack->frames[0].build_id = NULL;
	stack->frames[0].file = stack->text + stack->text_used - 1;
	stack->text[stack->text_used - 1] = 'x';
	shared->progress.done = ENGINE_PLAIN | ENGINE_PROGRAM | ENGINE_STACK;
}

/* By somebody else. The answer of the first child is still there for the second. */
static void be_killed(struct isolated_shared *shared, bool always)
{
	bool again = shared->answer.program == STACK_PROGRAM_GO;

	shared->answer.program = STACK_PROGRAM_GO;
	if (always || !again)
		raise(SIGKILL);
	put_frame(&shared->answer.stack);
	shared->progress.stack_reason = REASON_NONE;
	shared->progress.done = ENGINE_PLAIN | ENGINE_PROGRAM | ENGINE_STACK;
}

static void play(struct isolated_shared *shared)
{
	switch ((enum role)shared->question.address) {
	case DIES_OVER_NAMES:
		put_plain(shared);
		abort();
	case DIES_OVER_THE_HANDLER:
		put_plain(shared);
		put_frame(&shared->answer.stack);
		shared->progress.stack_reason = REASON_NONE;
		shared->progress.done |= ENGINE_STACK;
		abort();
	case HANGS_OVER_NAMES:
		put_plain(shared);
		raise(SIGPROF);
		break;
	case DIES_AT_ONCE:
		abort();
	case NEVER_STARTED:
		_exit(127);
	case GARBAGE:
		put_garbage(shared);
		break;
	case POINTERS_ASTRAY:
		put_pointers_astray(shared);
		break;
	case SHORTENS_THE_MEMORY:
		shared->answer.program = ftruncate(ISOLATED_SHARED, 0) ? (uint32_t)errno : 0;
		shared->progress.done = ENGINE_PROGRAM;
		break;
	case IS_KILLED_ONCE:
	case IS_KILLED_ALWAYS:
		be_killed(shared, shared->question.address == IS_KILLED_ALWAYS);
		break;
	}
}

static void be_child(void)
{
	struct isolated_shared *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, ISOLATED_SHARED, 0);
	sigset_t none;
	char byte;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (shared == MAP_FAILED)
		_exit(1);
	shared->base = (uintptr_t)shared;
	while (recv(ISOLATED_SOCKET, &byte, 1, 0) == 1) {
		play(shared);
		send(ISOLATED_SOCKET, &byte, 1, MSG_NOSIGNAL);
	}
	_exit(0);
}

static void ask(enum role role)
{
	const struct stack_options options = { .isolated = true };
	const struct stack_question question = {
		.frames = true,
		.program = true,
		.address = role,
	};
	static const struct snapshot snapshot = { .have = true };
	static const struct incident incident;
	struct stack_unwinder *unwinder;

	memset(&answer, 0xa5, sizeof(answer));
	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	stack_ask(unwinder, &incident, &snapshot, &question, &answer);
	stack_unwinder_free(unwinder);
}

static void expect_frame(const char *code)
{
	assert_int_equal(answer.stack.count, 1);
	assert_int_equal(answer.stack.frames[0].address, 0x1234);
	assert_string_equal(answer.stack.frames[0].module, "/usr/lib/libhostile.so");
	if (code)
		assert_string_equal(answer.stack.reason_code, code);
	else
		assert_null(answer.stack.reason_code);
	assert_int_equal(answer.program, STACK_PROGRAM_GO);
	assert_false(answer.name.have);
	assert_int_equal(answer.name.reason, WHY_ELF_UNREADABLE);
}

/* What was found before the end counts. */
static void ends_in_the_middle(void **state)
{
	ask(DIES_OVER_NAMES);
	expect_frame("reader_failed_names");
	ask(HANGS_OVER_NAMES);
	expect_frame("time_limit_names");
	ask(DIES_OVER_THE_HANDLER);
	expect_frame(NULL);
	assert_true(answer.stack.complete);
}

static void nothing_found(void **state)
{
	ask(DIES_AT_ONCE);
	assert_int_equal(answer.stack.count, 0);
	assert_string_equal(answer.stack.reason_code, "reader_failed");
	assert_int_equal(answer.program, 0);
	assert_false(answer.name.have);
	ask(NEVER_STARTED);
	assert_string_equal(answer.stack.reason_code, "reader_not_started");
	assert_int_equal(answer.program, 0);
	assert_false(answer.name.have);
	assert_int_equal(answer.name.reason, WHY_ELF_UNREADABLE);
}

/* A question is asked once more, not for ever. */
static void is_killed(void **state)
{
	ask(IS_KILLED_ONCE);
	expect_frame(NULL);
	ask(IS_KILLED_ALWAYS);
	assert_int_equal(answer.stack.count, 0);
	assert_string_equal(answer.stack.reason_code, "reader_failed");
}

static bool is_in_text(const char *text)
{
	const struct stack *stack = &answer.stack;

	return !text || (text >= stack->text && text < stack->text + stack->text_used &&
			 memchr(text, '\0', (size_t)(stack->text + stack->text_used - text)));
}

static void garbage(void **state)
{
	ask(GARBAGE);
	assert_int_equal(answer.stack.count, STACK_FRAMES_MAX);
	for (size_t i = 0; i < answer.stack.count; i++) {
		assert_true(is_in_text(answer.stack.frames[i].symbol));
		assert_true(is_in_text(answer.stack.frames[i].module));
		assert_true(is_in_text(answer.stack.frames[i].build_id));
		assert_true(is_in_text(answer.stack.frames[i].file));
	}
	assert_string_equal(answer.stack.reason_code, "reader_failed");
	assert_ptr_equal(answer.name.frame.symbol, answer.name.symbol);
	assert_int_equal(strlen(answer.name.symbol), sizeof(answer.name.symbol) - 1);
	assert_int_equal(strlen(answer.name.module), sizeof(answer.name.module) - 1);
	assert_null(answer.name.frame.file);
}

static void pointers_astray(void **state)
{
	ask(POINTERS_ASTRAY);
	assert_int_equal(answer.stack.count, 1);
	assert_null(answer.stack.frames[0].symbol);
	assert_null(answer.stack.frames[0].module);
	assert_null(answer.stack.frames[0].build_id);
	assert_string_equal(answer.stack.frames[0].file, "");
}

/* A parent that reads behind the end of the file would get SIGBUS. */
static void memory_is_sealed(void **state)
{
	ask(SHORTENS_THE_MEMORY);
	assert_int_equal(answer.program, EPERM);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_in_the_middle), cmocka_unit_test(nothing_found),
		cmocka_unit_test(is_killed),	      cmocka_unit_test(garbage),
		cmocka_unit_test(pointers_astray),    cmocka_unit_test(memory_is_sealed),
	};

	if (argc == 2 && !strcmp(argv[1], ISOLATED_ARGUMENT))
		be_child();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
