// SPDX-License-Identifier: GPL-2.0-or-later
/* Stacks in text: printed once, cut on a terminal, with the inner frames of interpreters folded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "samples.h"
#include "stack_frames.h"
#include "text_state.h"

static struct text_state memory;
static struct sample_lines lines;
static struct sample sample;
static struct stack stack;

static int begin(void **state)
{
	memset(&memory, 0, sizeof(memory));
	memset(&stack, 0, sizeof(stack));
	lines = (struct sample_lines){
		.format = FORMAT_TEXT,
		.options = { .text.time = TEXT_TIME_UTC, .width = 1000, .state = &memory },
	};
	sample_bare(&sample);
	return 0;
}

#define expect_line(begin, expected) sample_expect_line(&lines, &sample, begin, expected)

static void expect_no_line(const char *begin)
{
	cleanup(cleanup_free) char *text = sample_render(&lines, &sample);

	assert_null(strstr(text, begin));
}

static void test_stack_of_generated_code(void **state)
{
	static const struct stack_frame frames[] = {
		{ .symbol = "write", .module = "/lib/libc.so.6" },
		{ .module = STACK_ANONYMOUS, .module_offset = 0xd5da },
		{ .module = STACK_ANONYMOUS, .module_offset = 0x9260 },
		{ .symbol = "serve", .module = STACK_ANONYMOUS },
		{ .module = STACK_ANONYMOUS, .module_offset = 0xcc9 },
		{ .module = "/memfd:code (deleted)", .module_offset = 0x40 },
		{ .module = "/memfd:code (deleted)", .module_offset = 0x80 },
		{ .module = "/srv/server", .module_offset = 0x11a0 },
		{ .module = "/srv/server", .module_offset = 0x10c0 },
		{ .symbol = "main", .module = "/srv/server", .file = "src/main.c", .line = 7 },
	};
	stack.complete = true;
	stack.count = sizeof(frames) / sizeof(frames[0]);
	memcpy(stack.frames, frames, sizeof(frames));
	sample.incident.stack = &stack;
	expect_line(
		"    where",
		"    where   write libc.so.6 < 2 frames of [anonymous] without a name < serve "
		"[anonymous] < 0xcc9 [anonymous] < 2 frames of memfd:code (deleted) without a name "
		"< 2 frames of server without a name < main main.c:7");
}

static void test_reason_of_a_stack(void **state)
{
	stack.count = 1;
	stack.frames[0] = (struct stack_frame){ .symbol = "main", .module = "/srv/server" };
	stack.reason = "names are missing";
	sample.incident.stack = &stack;
	expect_line("    where", "    where   main server < ... (names are missing)");
	stack.complete = true;
	expect_line("    where", "    where   main server (names are missing)");
	stack.complete = false;
	stack.count = 0;
	expect_line("    where", "    where   unknown: names are missing");
}

static void add_frame(const char *symbol, const char *module)
{
	stack.frames[stack.count++] = (struct stack_frame){ .symbol = symbol, .module = module };
	stack.complete = true;
	sample.incident.stack = &stack;
}

static void test_stack_is_printed_once(void **state)
{
	strcpy(sample.explanation.group, "c1a7f2001122");
	add_frame("write", "/lib/libc.so.6");
	add_frame("main", "/srv/server");
	sample.incident.kernel_stack.count = 1;
	sample.incident.kernel_stack.frames[0].name = "pipe_write";
	expect_line("    where", "    where   write libc.so.6 < main server");
	sample.incident.time.tv_sec += 5;
	expect_line("    where", "    where   stack as in #c1a7f2 of 14:03:22.117");
	expect_no_line("    kernel");
	/* Only a few frames count for a group: another stack of the same group is printed. */
	add_frame("_start", "/srv/server");
	expect_line("    where", "    where   write libc.so.6 < main server < _start server");
	expect_line("    where", "    where   stack as in #c1a7f2 of 14:03:27.117");
	/* It takes turns with the first one, which is known still. */
	stack.count--;
	expect_line("    where", "    where   stack as in #c1a7f2 of 14:03:22.117");
	stack.count++;
	sample.incident.kernel_stack.frames[0].name = "vfs_write";
	expect_line("    kernel", "    kernel  vfs_write");
	/* another group, another day, another file, all in full */
	strcpy(sample.explanation.group, "d1a7f2001122");
	expect_line("    where", "    where   write libc.so.6 < main server < _start server");
	sample.incident.time.tv_sec += 86400;
	expect_line("    where", "    where   stack as in #d1a7f2 of 2026-11-21 14:03:27.117");
	memory.has_new_file = true;
	expect_line("    where", "    where   write libc.so.6 < main server < _start server");
	lines.options.text.full = true;
	expect_line("    where", "    where   write libc.so.6 < main server < _start server");
}

static void test_advice_is_printed_once(void **state)
{
	struct explanation *explanation = &sample.explanation;

	strcpy(explanation->group, "c1a7f2001122");
	explanation->note_count = explanation->advice_count = 1;
	strcpy(explanation->notes[0].text, "a note");
	explanation->advice[0].text = "an advice";
	expect_line("    note", "    note    a note");
	sample.incident.time.tv_sec += 5;
	expect_line("    do", "    do      as in #c1a7f2 of 14:03:22.117");
	expect_no_line("    note");
	/* not the same ones */
	strcpy(explanation->notes[0].text, "another note");
	expect_line("    note", "    note    another note");
	explanation->advice_count = 0;
	expect_line("    note", "    note    another note");
	expect_line("    note", "    note    as in #c1a7f2 of 14:03:27.117");
	lines.options.text.full = true;
	expect_line("    note", "    note    another note");
}

/* A storm of groups makes it print stacks again, and needs no more memory. */
static void test_old_groups_are_forgotten(void **state)
{
	add_frame("main", "/srv/server");
	for (unsigned int i = 0; i <= TEXT_SEEN_MAX; i++) {
		snprintf(sample.explanation.group, EXPLANATION_GROUP_SIZE, "%012x", i);
		expect_line("    where", "    where   main server");
	}
	expect_line("    where", "    where   stack as in #000000 of 14:03:22.117");
	strcpy(sample.explanation.group, "000000000000");
	expect_line("    where", "    where   main server");
}

static void test_depth(void **state)
{
	static const char *const names[] = { "f1", "f2", "f3", "f4", "f5",
					     "f6", "f7", "f8", "f9", "f10" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_frame(names[i], "/srv/x");
	expect_line("    where",
		    "    where   f1 x < f2 x < f3 x < f4 x < f5 x < f6 x < f7 x < f8 x "
		    "< f9 x < f10 x");
	lines.options.is_terminal = true;
	expect_line("    where",
		    "    where   f1 x < f2 x < f3 x < f4 x < f5 x < f6 x < f7 x < f8 x "
		    "< ... 2 more frames (--full)");
	lines.options.text.stack_depth = 9;
	expect_line("    where",
		    "    where   f1 x < f2 x < f3 x < f4 x < f5 x < f6 x < f7 x < f8 x "
		    "< f9 x < ... 1 more frame (--full)");
	lines.options.is_terminal = false;
	lines.options.text.stack_depth = 1;
	expect_line("    where", "    where   f1 x < ... 9 more frames (--full)");
	lines.options.text.stack_depth = 0;
	lines.options.text.full = lines.options.is_terminal = true;
	expect_line("    where",
		    "    where   f1 x < f2 x < f3 x < f4 x < f5 x < f6 x < f7 x < f8 x "
		    "< f9 x < f10 x");
}

static void test_folds(void **state)
{
	add_frame("write", "/lib/libc.so.6");
	add_frame("os_write", "/usr/bin/python3.11");
	add_frame(NULL, "/usr/bin/python3.11");
	add_frame("do_call_core", "/usr/bin/python3.11");
	add_frame("_PyEval_EvalFrameDefault", "/usr/bin/python3.11");
	add_frame("Py_BytesMain", "/usr/bin/python3.11");
	add_frame("__libc_start_main", "/lib/libc.so.6");
	add_frame("_start", "/usr/bin/python3.11");
	expect_line("    where", "    where   write libc.so.6 < os_write python3.11 < 4 frames of "
				 "CPython < 2 frames of start-up");
	/* A fold is one of those that are shown. */
	lines.options.text.stack_depth = 3;
	expect_line("    where", "    where   write libc.so.6 < os_write python3.11 < 4 frames of "
				 "CPython < ... 2 more frames (--full)");
	lines.options.text.stack_depth = 0;
	lines.options.text.full = true;
	expect_line(
		"    where",
		"    where   write libc.so.6 < os_write python3.11 < 0x0 python3.11 < "
		"do_call_core python3.11 < _PyEval_EvalFrameDefault python3.11 < Py_BytesMain python3.11 < "
		"__libc_start_main libc.so.6 < _start python3.11");
}

/* From glibc 2.41 on, Debian's has no name for the function that calls main(). */
static void test_nameless_start(void **state)
{
	add_frame("write", "/lib/libc.so.6");
	add_frame(NULL, "/lib/libc.so.6");
	add_frame("main", "/srv/x");
	add_frame(NULL, "/lib/libc.so.6");
	add_frame("__libc_start_main", "/lib/libc.so.6");
	add_frame("_start", "/srv/x");
	expect_line("    where",
		    "    where   write libc.so.6 < 0x0 libc.so.6 < main x < 3 frames of start-up");
}

/* Code that was made at run time belongs to the runtime, if the process has one. */
static void test_folds_of_runtimes(void **state)
{
	add_frame("writeBytes", "/jvm/libjava.so");
	add_frame(NULL, STACK_ANONYMOUS);
	add_frame("JavaCalls::call_helper", "/jvm/libjvm.so");
	add_frame("JavaMain", "/jvm/libjli.so");
	expect_line("    where", "    where   writeBytes libjava.so < 0x0 [anonymous] < "
				 "JavaCalls::call_helper libjvm.so < JavaMain libjli.so");
	sample.incident.process.runtime = RUNTIME_JVM;
	expect_line("    where",
		    "    where   writeBytes libjava.so < 2 frames of the JVM < JavaMain libjli.so");
	stack.count = 0;
	add_frame("uv_try_write", "/usr/bin/node");
	add_frame("Builtins_JSEntry", "/usr/bin/node");
	add_frame(NULL, STACK_ANONYMOUS);
	add_frame("v8::internal::Invoke", "/usr/bin/node");
	add_frame("node::Start", "/usr/bin/node");
	sample.incident.process.runtime = RUNTIME_NODE;
	expect_line("    where",
		    "    where   uv_try_write node < 3 frames of V8 < node::Start node");
	stack.count = 0;
	add_frame("main.serve", "/srv/go-server");
	add_frame("runtime.main", "/srv/go-server");
	add_frame("runtime.goexit.abi0", "/srv/go-server");
	sample.incident.process.runtime = RUNTIME_GO;
	expect_line("    where", "    where   main.serve go-server < 2 frames of Go's runtime");
	/* One frame is not longer than the line that would replace it. */
	stack.count = 2;
	expect_line("    where", "    where   main.serve go-server < runtime.main go-server");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_stack_of_generated_code, begin),
		cmocka_unit_test_setup(test_reason_of_a_stack, begin),
		cmocka_unit_test_setup(test_stack_is_printed_once, begin),
		cmocka_unit_test_setup(test_advice_is_printed_once, begin),
		cmocka_unit_test_setup(test_old_groups_are_forgotten, begin),
		cmocka_unit_test_setup(test_depth, begin),
		cmocka_unit_test_setup(test_folds, begin),
		cmocka_unit_test_setup(test_nameless_start, begin),
		cmocka_unit_test_setup(test_folds_of_runtimes, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
