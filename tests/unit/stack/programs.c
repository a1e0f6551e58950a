// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks of real programs, unwound from their snapshots after they were killed: which frames must
 * appear, in which order, by which method.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "expect.h"

static const struct stack *unwound(const char *program, char *argument)
{
	expect_built(program);
	return expect_unwound(expect_program(program), argument, NULL);
}

static void no_frame_pointers(void **state)
{
	const struct stack *stack = unwound("chain", NULL);
	const struct stack_frame *leaf;

	expect_frames(stack, true, "write", "leaf", "mid", "outer", "main", "_start", NULL);
	assert_int_equal(stack->method, STACK_METHOD_DWARF);
	leaf = expect_frame(stack, "leaf");
	assert_string_equal(leaf->module, expect_program("chain"));
	assert_int_equal(strlen(leaf->build_id), 40);
	assert_true(leaf->symbol_offset > 0 && leaf->symbol_offset < 256);
	assert_true(leaf->module_offset < 0x10000);
	assert_null(leaf->file);
	assert_false(leaf->module_changed);
}

static void frame_pointers_alone(void **state)
{
	const struct stack *stack = unwound("chain-pointers", NULL);

	expect_frames(stack, true, "write", "leaf", "mid", "outer", "main", "_start", NULL);
	assert_int_equal(stack->method, STACK_METHOD_MIXED);
}

/* Neither: what is found is right, and that it is not all is said. */
static void neither(void **state)
{
	const struct stack *stack = unwound("chain-no-way", NULL);

	expect_frames(stack, false, "write", "leaf", NULL);
	expect_reason(stack, "no_unwind_information");
	assert_ptr_equal(expect_caller(stack), &stack->frames[stack->count - 1]);
}

static void lines(void **state)
{
	const struct stack *stack = unwound("chain-debug", NULL);
	const struct stack_frame *mid = NULL;

	expect_frames(stack, true, "write", "leaf", "mid", "outer", "main", NULL);
	mid = expect_frame(stack, "mid");
	assert_non_null(strstr(mid->file, "chain.c"));
	assert_int_equal(mid->line, 28);
}

static void inlined_frames(const char *program)
{
	const struct stack *stack = unwound(program, NULL);
	const struct stack_frame *encode, *reply;

	expect_frames(stack, true, "write", "encode", "reply", "serve", "main", NULL);
	encode = expect_frame(stack, "encode");
	reply = encode + 1;
	assert_true(encode->is_inlined);
	assert_false(reply->is_inlined);
	assert_int_equal(encode->address, reply->address);
	assert_int_equal(encode->line, 17);
	assert_int_equal(reply->line, 24);
	/* dispatch() jumped: it has no frame any more. */
	assert_string_equal(reply[1].symbol, "serve");
}

static void inlined_and_tail_calls(void **state)
{
	inlined_frames("inlined");
}

static void inlined_dwarf_4(void **state)
{
	inlined_frames("inlined-dwarf4");
}

/* The .dwo file is where the program says: it is not opened, and only lines are there. */
static void split_dwarf(void **state)
{
	const struct stack *stack = unwound("inlined-split", NULL);

	expect_frames(stack, true, "write", "reply", "serve", "main", NULL);
	assert_int_equal(expect_frame(stack, "reply")->line, 17);
}

static void static_program(void **state)
{
	expect_frames(unwound("chain-static", NULL), true, "write", "leaf", "mid", "outer", "main",
		      "_start", NULL);
}

static void static_with_local_names(void **state)
{
	expect_frames(unwound("chain-static-local", NULL), true, "write", "leaf", "mid", "outer",
		      "main", "_start", NULL);
}

static void static_pie(void **state)
{
	expect_frames(unwound("chain-static-pie", NULL), true, "write", "leaf", "mid", "outer",
		      "main", "_start", NULL);
}

static void stripped(void **state)
{
	const struct stack *stack = unwound("chain-stripped", NULL);
	size_t own = 0;

	expect_frames(stack, true, "write", "__libc_start_*", NULL);
	for (size_t i = 0; i < stack->count; i++) {
		const struct stack_frame *frame = &stack->frames[i];

		if (strcmp(frame->module, expect_program("chain-stripped")) != 0)
			continue;
		assert_null(frame->symbol);
		assert_non_null(frame->build_id);
		own++;
	}
	assert_int_equal(own, 5);
}

static void stripped_with_exports(void **state)
{
	expect_frames(unwound("chain-exported-stripped", NULL), true, "write", "leaf", "mid",
		      "outer", "main", "_start", NULL);
}

static void debug_by_build_id(void **state)
{
	const struct stack *stack = unwound("chain-by-id", NULL);

	expect_frames(stack, true, "write", "leaf", "mid", "outer", "main", NULL);
	assert_int_equal(expect_frame(stack, "mid")->line, 28);
}

static void debug_by_link(void **state)
{
	const struct stack *stack = unwound("chain-by-link", NULL);

	expect_frames(stack, true, "write", "leaf", "mid", "outer", "main", NULL);
	assert_int_equal(expect_frame(stack, "mid")->line, 28);
}

static void no_debug_elsewhere(void **state)
{
	const struct stack_options options = { .debug_dir = "/nonexistent" };

	expect_unwound(expect_program("chain-by-id"), NULL, &options);
	assert_null(expect_caller(expect_again(&options))->symbol);
}

static void minidebug(void **state)
{
	expect_frames(unwound("chain-minidebug", NULL), true, "write", "leaf", "mid", "outer",
		      "main", NULL);
}

static void small_thread(void **state)
{
	expect_frames(unwound("thread", NULL), true, "write", "step", "work", NULL);
}

static void in_handler(void **state)
{
	expect_frames(unwound("handler", NULL), true, "write", "on_signal",
		      "<signal handler called>", "raise", "interrupted", "main", "_start", NULL);
}

/* Where the signal came is known, and not more: that stack was not captured. */
static void on_alternate_stack(void **state)
{
	const struct stack *stack = unwound("handler", "alternate");

	expect_frames(stack, false, "write", "on_signal", "<signal handler called>", NULL);
	expect_reason(stack, "stack_elsewhere");
	assert_true(stack->count >= 4);
}

static void snapshot_too_short(void **state)
{
	char *argv[] = { expect_program("deep"), NULL };
	const struct stack *stack;

	assert_int_equal(capture_program(argv, 4096, false, expect_capture()), 0);
	stack = expect_again(NULL);
	expect_frames(stack, false, "write", "down", "down", "down", NULL);
	expect_reason(stack, "stack_truncated");
}

static void more_frames_than_are_kept(void **state)
{
	char *argv[] = { expect_program("deep"), "200", NULL };
	const struct stack *stack;

	assert_int_equal(capture_program(argv, CAPTURE_STACK_MAX, false, expect_capture()), 0);
	stack = expect_again(NULL);
	/* A kilobyte each: the bytes end first. */
	expect_reason(stack, "stack_truncated");
	assert_true(stack->count > 50 && stack->count <= STACK_FRAMES_MAX);
}

static void i386(void **state)
{
	const struct stack *stack = unwound("chain-i386", NULL);

	expect_frames(stack, true, "__kernel_vsyscall", "write", "leaf", "mid", "outer", "main",
		      "_start", NULL);
	assert_int_equal(expect_frame(stack, "mid")->line, 28);
	assert_string_equal(stack->frames[0].module, "[vdso]");
}

static void i386_handler(void **state)
{
	expect_frames(unwound("handler-i386", NULL), true, "__kernel_vsyscall", "write",
		      "on_signal", "<signal handler called>", "interrupted", "main", "_start",
		      NULL);
}

static void cxx_templates_and_exceptions(void **state)
{
	const struct stack *stack = unwound("exceptions", NULL);

	expect_frames(stack, true, "write", "server::Connection<int>::~Connection",
		      "server::handle<int>", "main", NULL);
}

static void rust(void **state)
{
	expect_frames(unwound("chain-rust", NULL), true, "write", "std::io::Write::write_all",
		      "<chain::Connection<*> as chain::Reply>::reply", "chain::main::{*closure*}",
		      "chain::serve", "chain::main", "*lang_start*", "main", "_start", NULL);
}

static void go(void **state)
{
	const struct stack *stack = unwound("chain-go", NULL);

	expect_frames(stack, true, "*yscall6", "syscall.write", "main.(\\*connection).reply",
		      "main.serve", "runtime.goexit*", NULL);
	assert_int_equal(stack->method, STACK_METHOD_DWARF);
	assert_non_null(strstr(expect_frame(stack, "main.serve")->file, "chain.go"));
}

/* Names, files and lines out of .gopclntab; frames by the chain of frame pointers. */
static void go_without_dwarf(const char *program)
{
	const struct stack *stack = unwound(program, NULL);
	const struct stack_frame *serve;

	expect_frames(stack, true, "*yscall6", "syscall.write", "main.(\\*connection).reply",
		      "main.serve", "runtime.goexit*", NULL);
	assert_int_equal(stack->method, STACK_METHOD_FRAME_POINTER);
	serve = expect_frame(stack, "main.serve");
	assert_non_null(strstr(serve->file, "chain.go"));
	assert_int_equal(serve->line, 27);
}

static void go_stripped(void **state)
{
	go_without_dwarf("chain-go-stripped");
}

static void go_pie(void **state)
{
	go_without_dwarf("chain-go-pie");
}

/* The C code has the thread's stack; where the goroutine's is, is not in the snapshot. */
static void go_calls_c(void **state)
{
	const struct stack *stack = unwound("chain-cgo", NULL);

	expect_frames(stack, false, "write", "leaf", "outer", "runtime.asmcgocall*", NULL);
	assert_ptr_equal(expect_caller(stack) + 2, &stack->frames[stack->count - 1]);
	expect_reason(stack, "stack_elsewhere");
}

static void python(void **state)
{
	char *argv[] = { "/usr/bin/python3", STACK_SOURCES "/chain.py", NULL };

	if (access(argv[0], X_OK)) {
		printf("skip python: no %s\n", argv[0]);
		skip();
	}
	assert_int_equal(capture_program(argv, EXPECT_STACK_BYTES, false, expect_capture()), 0);
	expect_frames(expect_again(NULL), true, "write", "*_Py_write*", "*EvalFrame*", "Py_*Main",
		      "__libc_start_*", "_start", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_frame_pointers),
		cmocka_unit_test(frame_pointers_alone),
		cmocka_unit_test(neither),
		cmocka_unit_test(lines),
		cmocka_unit_test(inlined_and_tail_calls),
		cmocka_unit_test(inlined_dwarf_4),
		cmocka_unit_test(split_dwarf),
		cmocka_unit_test(static_program),
		cmocka_unit_test(static_with_local_names),
		cmocka_unit_test(static_pie),
		cmocka_unit_test(stripped),
		cmocka_unit_test(stripped_with_exports),
		cmocka_unit_test(debug_by_build_id),
		cmocka_unit_test(debug_by_link),
		cmocka_unit_test(no_debug_elsewhere),
		cmocka_unit_test(minidebug),
		cmocka_unit_test(small_thread),
		cmocka_unit_test(in_handler),
		cmocka_unit_test(on_alternate_stack),
		cmocka_unit_test(snapshot_too_short),
		cmocka_unit_test(more_frames_than_are_kept),
		cmocka_unit_test(i386),
		cmocka_unit_test(i386_handler),
		cmocka_unit_test(cxx_templates_and_exceptions),
		cmocka_unit_test(rust),
		cmocka_unit_test(go),
		cmocka_unit_test(go_stripped),
		cmocka_unit_test(go_pie),
		cmocka_unit_test(go_calls_c),
		cmocka_unit_test(python),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
