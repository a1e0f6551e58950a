// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The language of real programs, also stripped and dead ones, and of programs that cannot be read.
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
#include "program.h"

#define NATIVE STACK_PROGRAM_SECTIONS

static const struct stack_options in_a_child = {
	.isolated = true,
	.time_limit_ms = EXPECT_TIME_LIMIT_MS,
};

static uint32_t find(const struct snapshot *snapshot)
{
	const struct stack_question question = { .program = true };
	static struct stack_answer answer;
	struct stack_unwinder *unwinder;

	assert_int_equal(stack_unwinder_new(&in_a_child, &unwinder), 0);
	stack_ask(unwinder, &expect_capture()->incident, snapshot, &question, &answer);
	stack_unwinder_free(unwinder);
	return answer.program;
}

/* PROGRAM, dead, its file found by the path that the record has. */
static void assert_marks(const char *program, uint32_t expected)
{
	struct incident_path *exe = &expect_capture()->incident.process.exe;
	char *argv[] = { expect_program(program), NULL };

	expect_built(program);
	assert_int_equal(capture_program(argv, EXPECT_STACK_BYTES, false, expect_capture()), 0);
	exe->have = true;
	strcpy(exe->text, argv[0]);
	for (size_t i = 0; i < expect_capture()->snapshot.module_count; i++) {
		const struct snapshot_module *module = &expect_capture()->snapshot.modules[i];

		if (strcmp(module->path, argv[0]) != 0)
			continue;
		expect_capture()->incident.process.exe_inode = module->inode;
		expect_capture()->incident.process.exe_dev = module->dev;
	}
	assert_int_equal(find(&expect_capture()->snapshot), expected);
}

static void native(void **state)
{
	assert_marks("chain", NATIVE);
	assert_marks("chain-stripped", NATIVE);
}

static void native_static(void **state)
{
	assert_marks("chain-static", NATIVE);
}

static void go(void **state)
{
	assert_marks("chain-go", NATIVE | STACK_PROGRAM_GO);
	assert_marks("chain-go-stripped", NATIVE | STACK_PROGRAM_GO);
	assert_marks("chain-go-pie", NATIVE | STACK_PROGRAM_GO);
}

static void cgo(void **state)
{
	assert_marks("chain-cgo", NATIVE | STACK_PROGRAM_GO | STACK_PROGRAM_CGO);
}

static void rust(void **state)
{
	assert_marks("chain-rust", NATIVE | STACK_PROGRAM_RUST);
	assert_marks("chain-rust-stripped", NATIVE | STACK_PROGRAM_RUST);
}

/* Without its path the file is found by the mapping; with another inode it is another file. */
static void by_its_mapping(void **state)
{
	struct snapshot none = { .reason = WHY_NOT_RECORDED };

	assert_marks("chain-rust", NATIVE | STACK_PROGRAM_RUST);
	expect_capture()->incident.process.exe.have = false;
	assert_int_equal(find(&expect_capture()->snapshot), NATIVE | STACK_PROGRAM_RUST);
	assert_int_equal(find(&none), 0);
	expect_capture()->incident.process.exe.have = true;
	assert_int_equal(find(&none), NATIVE | STACK_PROGRAM_RUST);
	expect_capture()->incident.process.exe_inode++;
	assert_int_equal(find(&expect_capture()->snapshot), 0);
}

static void libraries(void **state)
{
	assert_int_equal(program_marks_of_library("/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0"),
			 STACK_PROGRAM_PYTHON);
	assert_int_equal(program_marks_of_library("/opt/jdk/lib/server/libjvm.so"),
			 STACK_PROGRAM_JVM);
	assert_int_equal(program_marks_of_library("libnode.so.108"), STACK_PROGRAM_NODE);
	assert_int_equal(program_marks_of_library("/usr/lib/dotnet/libcoreclr.so"),
			 STACK_PROGRAM_DOTNET);
	assert_int_equal(program_marks_of_library("/usr/lib/x86_64-linux-gnu/libpypy3.9-c.so"),
			 STACK_PROGRAM_PYTHON);
	assert_int_equal(program_marks_of_library("/usr/lib/libruby-3.1.so.3.1.2"),
			 STACK_PROGRAM_RUBY);
	assert_int_equal(program_marks_of_library("/usr/lib/libpythonic.so"), 0);
	assert_int_equal(program_marks_of_library("/opt/libjvm.so.d/libc.so.6"), 0);
	assert_int_equal(program_marks_of_library(""), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(native),    cmocka_unit_test(native_static),
		cmocka_unit_test(go),	     cmocka_unit_test(cgo),
		cmocka_unit_test(rust),	     cmocka_unit_test(by_its_mapping),
		cmocka_unit_test(libraries),
	};

	stack_run_child(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
