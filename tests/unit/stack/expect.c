// SPDX-License-Identifier: GPL-2.0-or-later
#include "expect.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct capture capture;
static struct stack stack;

char *expect_program(const char *name)
{
	static char paths[8][512];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", STACK_PROGRAMS, name);
	return path;
}

void expect_built(const char *program)
{
	if (!access(expect_program(program), X_OK))
		return;
	printf("skip %s: no compiler for it\n", program);
	skip();
}

struct capture *expect_capture(void)
{
	return &capture;
}

static const struct stack_answer *ask(struct stack_unwinder *unwinder,
				      const struct stack_question *question)
{
	static struct stack_answer answer;

	memset(&answer, 0xa5, sizeof(answer));
	stack_ask(unwinder, &capture.incident, &capture.snapshot, question, &answer);
	return &answer;
}

/* The copy's strings stay in the answer, until the next question. */
void expect_ask(struct stack_unwinder *unwinder, struct stack *ret_stack)
{
	const struct stack_question question = { .frames = true };

	*ret_stack = ask(unwinder, &question)->stack;
}

bool expect_name(struct stack_unwinder *unwinder, uint64_t address, struct stack_name *ret_name)
{
	const struct stack_question question = { .address = address };

	*ret_name = ask(unwinder, &question)->name;
	return ret_name->have;
}

const struct stack *expect_again(const struct stack_options *options)
{
	static const struct stack_options none = {
		.debug_dir = STACK_PROGRAMS "/debug",
		.time_limit_ms = EXPECT_TIME_LIMIT_MS,
	};
	struct stack_unwinder *unwinder;

	memset(&stack, 0xa5, sizeof(stack));
	assert_int_equal(stack_unwinder_new(options ? options : &none, &unwinder), 0);
	expect_ask(unwinder, &stack);
	stack_unwinder_free(unwinder);
	return &stack;
}

const struct stack *expect_unwound(char *program, char *argument,
				   const struct stack_options *options)
{
	char *argv[] = { program, argument, NULL };

	assert_int_equal(capture_program(argv, EXPECT_STACK_BYTES, false, &capture), 0);
	return expect_again(options);
}

static void print_stack(const struct stack *printed)
{
	fprintf(stderr, "method %d, %s, reason: %s\n", printed->method,
		printed->complete ? "complete" : "not complete",
		printed->reason ? printed->reason : "none");
	for (size_t i = 0; i < printed->count; i++) {
		const struct stack_frame *frame = &printed->frames[i];

		fprintf(stderr, "  %#" PRIx64 " %s%s %s %#" PRIx64 " %s:%" PRIu32 "\n",
			frame->address, frame->symbol ? frame->symbol : "?",
			frame->is_inlined ? " (inlined)" : "", frame->module ? frame->module : "?",
			frame->module_offset, frame->file ? frame->file : "?", frame->line);
	}
}

void expect_frames(const struct stack *given, int complete, ...)
{
	const char *pattern;
	size_t at = 0;
	va_list args;

	va_start(args, complete);
	while ((pattern = va_arg(args, const char *))) {
		while (at < given->count &&
		       (!given->frames[at].symbol || fnmatch(pattern, given->frames[at].symbol, 0)))
			at++;
		if (at == given->count) {
			print_stack(given);
			va_end(args);
			fail_msg("no frame %s at its place", pattern);
		}
		at++;
	}
	va_end(args);
	if (given->complete != complete) {
		print_stack(given);
		fail_msg("complete: %d", given->complete);
	}
	assert_true(given->complete ? !given->reason : given->reason != NULL);
}

const struct stack_frame *expect_frame(const struct stack *given, const char *symbol)
{
	for (size_t i = 0; i < given->count; i++)
		if (given->frames[i].symbol && !fnmatch(symbol, given->frames[i].symbol, 0))
			return &given->frames[i];
	print_stack(given);
	fail_msg("no frame %s", symbol);
	return NULL;
}

static bool is_for_system_call(const struct stack_frame *frame)
{
	return frame->symbol ? strstr(frame->symbol, "syscall_cancel") != NULL
			     : frame->module && strstr(frame->module, "/libc.so.6");
}

const struct stack_frame *expect_caller(const struct stack *given)
{
	size_t at = 0;

	while (at < 3 && at < given->count && is_for_system_call(&given->frames[at]))
		at++;
	if (at + 1 >= given->count || !given->frames[at].symbol ||
	    fnmatch("*write", given->frames[at].symbol, 0)) {
		print_stack(given);
		fail_msg("no caller of write");
	}
	return &given->frames[at + 1];
}

void expect_reason(const struct stack *given, const char *code)
{
	if (given->complete || !given->reason || !given->reason_code ||
	    strcmp(given->reason_code, code) != 0) {
		print_stack(given);
		fail_msg("the reason is not: %s", code);
	}
}
