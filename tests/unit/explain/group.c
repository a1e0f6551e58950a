// SPDX-License-Identifier: GPL-2.0-or-later
/* What the group of an incident depends on, what it must not depend on, and that it never changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "trap_states.h"

static struct explanation explanation;
static char before[EXPLANATION_GROUP_SIZE];

/* A write of /srv/app/server to a pipe without a reader, two calls deep. */
static void prepare(void)
{
	struct stack_frame *frames = trap_stack.frames;

	memset(&incident, 0, sizeof(incident));
	prepare_write(&incident, EV_OBJECT_PIPE);
	strcpy(incident.process.comm, "server");
	incident.process.exe.have = true;
	strcpy(incident.process.exe.text, "/srv/app/server");
	frames_are("__write", "send_reply", "serve", "main", "__libc_start_main", NULL);
	frames[0].module = frames[4].module = "/usr/lib/x86_64-linux-gnu/libc.so.6";
	frames[0].build_id = frames[4].build_id = "93ac61";
	for (size_t i = 1; i < 4; i++) {
		frames[i].build_id = "1c2d4e";
		frames[i].module_offset = 0x1500 + 0x100 * i;
		frames[i].address = 0x55ead5954000 + frames[i].module_offset;
	}
}

static const char *group(void)
{
	explain(&incident, &explanation);
	return explanation.group;
}

static void remember(void)
{
	strcpy(before, group());
}

static void assert_same(void)
{
	assert_string_equal(group(), before);
}

static void assert_other(void)
{
	assert_string_not_equal(group(), before);
}

/* Other programs keep these values: a change of this one breaks what they have stored. */
static void test_value_is_stable(void **state)
{
	prepare();
	assert_string_equal(group(), "bf62df81e1ae");
}

static void test_other_runs_and_hosts(void **state)
{
	struct stack_frame *frames = trap_stack.frames;
	prepare();
	remember();
	incident.process.pid = incident.process.tid = 4711;
	incident.process.uid = 33;
	incident.object.inode = 99;
	incident.syscall.fd = 12;
	assert_same();
	/* Address space randomization. */
	for (size_t i = 0; i < trap_stack.count; i++)
		frames[i].address += 0x1000;
	assert_same();
	/* No debug files, another C library, another place of the program. */
	for (size_t i = 0; i < trap_stack.count; i++)
		frames[i].symbol = NULL;
	frames[0].build_id = "77";
	frames[0].module = "/lib/libc-2.31.so";
	assert_same();
	strcpy(incident.process.exe.text, "/opt/server");
	for (size_t i = 1; i < 4; i++)
		frames[i].module = "/opt/server";
	assert_same();
	/* Only the innermost three frames outside of the C library. */
	trap_stack.count = 4;
	assert_same();
}

/* An upgrade has replaced the file of a program that still runs. */
static void test_deleted_program(void **state)
{
	prepare();
	remember();
	for (size_t i = 1; i < 4; i++)
		trap_stack.frames[i].module = "/srv/app/server (deleted)";
	incident.process.exe_deleted = true;
	assert_same();
	for (size_t i = 1; i < 4; i++)
		trap_stack.frames[i].module = "/srv/app/server.so";
	assert_other();
}

static void test_inlined_frames_do_not_count(void **state)
{
	prepare();
	remember();
	memmove(&trap_stack.frames[2], &trap_stack.frames[1], 4 * sizeof(struct stack_frame));
	trap_stack.count++;
	trap_stack.frames[1].is_inlined = true;
	trap_stack.frames[1].symbol = "format_reply";
	assert_same();
}

static void test_code_in_no_file(void **state)
{
	prepare();
	trap_stack.frames[1].module = STACK_ANONYMOUS;
	trap_stack.frames[1].build_id = NULL;
	remember();
	trap_stack.frames[1].module_offset += 0x7f0000000000;
	assert_same();
	trap_stack.frames[1].module = NULL;
	assert_same();
	trap_stack.frames[1].module = "/memfd:doublemapper (deleted)";
	remember();
	trap_stack.frames[1].module_offset += 0x1000;
	assert_same();
}

/* As glibc 2.41 has it: two functions without a name, and one more if there are threads. */
static void test_frames_of_another_c_library(void **state)
{
	struct stack_frame *frames = trap_stack.frames;

	prepare();
	remember();
	memmove(&frames[2], &frames[0], trap_stack.count * sizeof(*frames));
	trap_stack.count += 2;
	frames[0] = frames[1] = frames[2];
	frames[0].symbol = frames[1].symbol = NULL;
	frames[0].module_offset = 0x8f3a7;
	frames[1].module_offset = 0x8f3cd;
	assert_same();
}

/* Its C library is in its own file, so the call site is further out. */
static void test_static_programs(void **state)
{
	struct stack_frame *frames = trap_stack.frames;

	prepare();
	frames_are("__syscall_cancel_arch", "__internal_syscall_cancel", "__syscall_cancel",
		   "write", "send_reply", "serve", "main", NULL);
	for (size_t i = 0; i < trap_stack.count; i++) {
		frames[i].module = "/srv/app/server";
		frames[i].build_id = "1c2d4e";
		frames[i].module_offset = 0x1500 + 0x100 * i;
	}
	remember();
	frames[5].module_offset++;
	assert_other();
}

static void test_what_makes_another_group(void **state)
{
	prepare();
	remember();
	trap_stack.frames[1].module_offset++;
	assert_other();
	prepare();
	trap_stack.frames[3].module_offset++;
	assert_other();
	prepare();
	for (size_t i = 1; i < 4; i++)
		trap_stack.frames[i].build_id = "1c2d4f";
	assert_other();
	prepare();
	incident.object.type = EV_OBJECT_FIFO;
	assert_other();
	prepare();
	incident.object.pipe.readers = 1; /* unknown, not reader_closed */
	assert_other();
	prepare();
	incident.signal.number = SIGXFSZ;
	assert_other();
	prepare();
	trap_stack.count = 0;
	assert_other();
}

/* Without a stack: the path of the executable, and without that the name. */
static void test_programs_without_a_stack(void **state)
{
	prepare();
	incident.stack = NULL;
	remember();
	strcpy(incident.process.comm, "worker");
	assert_same();
	strcpy(incident.process.exe.text, "/srv/app/other");
	assert_other();
	incident.process.exe.have = false;
	remember();
	strcpy(incident.process.comm, "server");
	assert_other();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value_is_stable),
		cmocka_unit_test(test_other_runs_and_hosts),
		cmocka_unit_test(test_deleted_program),
		cmocka_unit_test(test_inlined_frames_do_not_count),
		cmocka_unit_test(test_code_in_no_file),
		cmocka_unit_test(test_frames_of_another_c_library),
		cmocka_unit_test(test_static_programs),
		cmocka_unit_test(test_what_makes_another_group),
		cmocka_unit_test(test_programs_without_a_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
