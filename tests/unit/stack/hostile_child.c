// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A child that a hostile file has taken over, or has ended in the middle of its work. The child is
 * this program executed again; here it does what the address in the question says.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "incident.h"
#include "isolated_child.h"
#include "isolated_memory.h"
#include "stack.h"
#include "units.h"

enum role {
	DIES_OVER_NAMES = 1,
	DIES_OVER_THE_HANDLER,
	HANGS_OVER_NAMES,
	DIES_AT_ONCE,
	NEVER_STARTED,
	GARBAGE,
	POINTERS_ASTRAY,
	SHORTENS_THE_MEMORY,
	WRITES_THE_QUESTION,
	WORKS_ON,
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

static void put_plain(struct isolated_answer *answered)
{
	put_frame(&answered->progress.plain);
	answered->answer.program = STACK_PROGRAM_GO;
	answered->progress.done = ENGINE_PLAIN | ENGINE_PROGRAM;
}

static void put_garbage(struct isolated_answer *answered)
{
	memset(&answered->progress, 0xff, sizeof(answered->progress));
	memset(&answered->answer, 0xff, sizeof(answered->answer));
	answered->answer.stack.count = STACK_FRAMES_MAX;
	answered->answer.stack.text_used = STACK_TEXT_BYTES;
	answered->base = UINTPTR_MAX;
}

static void put_pointers_astray(struct isolated_answer *answered)
{
	struct stack *stack = &answered->answer.stack;

	put_frame(stack);
	stack->frames[0].symbol = stack->text - 1;
	stack->frames[0].module = stack->text + stack->text_used;
	stack->frames[0].build_id = NULL;
	stack->frames[0].file = stack->text + stack->text_used - 1;
	stack->text[stack->text_used - 1] = 'x';
	answered->progress.done = ENGINE_PLAIN | ENGINE_PROGRAM | ENGINE_STACK;
}

/* The file of this name exists: a reader was killed before. */
static char killed_before[64];

static volatile bool works_on;

/* By somebody else. */
static void be_killed(struct isolated_answer *answered, const char *mark, bool always)
{
	bool again = access(mark, F_OK);

	unlink(mark);
	if (always || !again)
		raise(SIGKILL);
	put_plain(answered);
	put_frame(&answered->answer.stack);
	answered->progress.stack_reason = REASON_NONE;
	answered->progress.done |= ENGINE_STACK;
}

static void play(const struct isolated_question *question, struct isolated_answer *answered)
{
	enum role role = (enum role)question->question.address;

	switch (role) {
	case DIES_OVER_NAMES:
		put_plain(answered);
		abort();
	case DIES_OVER_THE_HANDLER:
		put_plain(answered);
		put_frame(&answered->answer.stack);
		answered->progress.stack_reason = REASON_NONE;
		answered->progress.done |= ENGINE_STACK;
		abort();
	case HANGS_OVER_NAMES:
		put_plain(answered);
		raise(SIGPROF);
		break;
	case DIES_AT_ONCE:
		abort();
	case NEVER_STARTED:
		_exit(127);
	case GARBAGE:
		put_garbage(answered);
		break;
	case POINTERS_ASTRAY:
		put_pointers_astray(answered);
		break;
	case SHORTENS_THE_MEMORY:
		answered->answer.program = ftruncate(ISOLATED_ANSWER, 0) ? (uint32_t)errno : 0;
		answered->progress.done = ENGINE_PROGRAM;
		break;
	case WRITES_THE_QUESTION:
		answered->answer.program = mmap(NULL, sizeof(*question), PROT_READ | PROT_WRITE,
						MAP_SHARED, ISOLATED_QUESTION, 0) == MAP_FAILED
						   ? (uint32_t)errno
						   : 0;
		answered->progress.done = ENGINE_PROGRAM;
		break;
	case WORKS_ON:
		works_on = true;
		answered->answer.program = (uint32_t)getpid();
		answered->progress.done = ENGINE_PROGRAM;
		break;
	case IS_KILLED_ONCE:
	case IS_KILLED_ALWAYS:
		be_killed(answered, question->target.root, role == IS_KILLED_ALWAYS);
		break;
	}
}

static void be_child(void)
{
	const struct isolated_question *question =
		mmap(NULL, sizeof(*question), PROT_READ, MAP_SHARED, ISOLATED_QUESTION, 0);
	struct isolated_answer *answered = mmap(NULL, sizeof(*answered), PROT_READ | PROT_WRITE,
						MAP_SHARED, ISOLATED_ANSWER, 0);
	sigset_t none;
	char byte;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (question == MAP_FAILED || answered == MAP_FAILED)
		_exit(1);
	answered->base = (uintptr_t)answered;
	while (recv(ISOLATED_SOCKET, &byte, 1, 0) == 1) {
		play(question, answered);
		send(ISOLATED_SOCKET, &byte, 1, MSG_NOSIGNAL);
		while (works_on)
			;
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
	static struct incident incident;
	struct stack_unwinder *unwinder;
	int mark = open(killed_before, O_CREAT | O_WRONLY, 0600);

	assert_true(mark >= 0);
	close(mark);
	incident.process.root.have = true;
	strcpy(incident.process.root.text, killed_before);
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

/* The opener must not take what a hostile reader says for what the tracer asks. */
static void question_is_sealed(void **state)
{
	ask(WRITES_THE_QUESTION);
	assert_int_equal(answer.program, EPERM);
}

/* After its answer a hostile reader uses CPU time of nobody. */
static void works_without_a_question(void **state)
{
	const struct stack_options options = { .isolated = true };
	const struct stack_question question = { .program = true, .address = WORKS_ON };
	static const struct snapshot snapshot = { .have = true };
	static const struct incident incident;
	struct stack_unwinder *unwinder;
	uint32_t reader;
	clockid_t clock;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	stack_ask(unwinder, &incident, &snapshot, &question, &answer);
	reader = answer.program;
	assert_int_equal(clock_getcpuclockid((pid_t)reader, &clock), 0);
	for (int i = 0; i < 6000 && clock_ns(clock) < NSEC_PER_SEC; i++)
		usleep(10000);
	stack_ask(unwinder, &incident, &snapshot, &question, &answer);
	assert_int_equal(answer.program_reason, WHY_NONE);
	assert_int_not_equal(answer.program, reader);
	stack_unwinder_free(unwinder);
}

static int remove_mark(void **state)
{
	unlink(killed_before);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_in_the_middle), cmocka_unit_test(nothing_found),
		cmocka_unit_test(is_killed),	      cmocka_unit_test(garbage),
		cmocka_unit_test(pointers_astray),    cmocka_unit_test(memory_is_sealed),
		cmocka_unit_test(question_is_sealed), cmocka_unit_test(works_without_a_question),
	};

	if (argc == 2 && !strcmp(argv[1], ISOLATED_ARGUMENT))
		be_child();
	snprintf(killed_before, sizeof(killed_before), "/tmp/sigpath-killed-%d", getpid());
	return cmocka_run_group_tests(tests, NULL, remove_mark);
}
