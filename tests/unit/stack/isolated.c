// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader: it gives the same answers as the engine, and its crash does no harm. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "deadline.h"
#include "isolated_case.h"
#include "units.h"

static void answers(void **state)
{
	struct stack_unwinder *unwinder;
	struct stack_name name;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	for (int i = 0; i < 3; i++) {
		unwind(unwinder);
		expect_frames(&stack, true, "*write", "encode", "reply", "serve", "main", "_start",
			      NULL);
		assert_true(expect_frame(&stack, "encode")->is_inlined);
		assert_int_equal(expect_frame(&stack, "encode")->line, 17);
		assert_string_equal(expect_frame(&stack, "main")->module,
				    expect_program("inlined"));
	}
	assert_true(stack_cache_bytes(unwinder) > 10000);
	assert_true(expect_name(unwinder, expect_frame(&stack, "*write")->address, &name));
	assert_non_null(strstr(name.frame.symbol, "write"));
	assert_false(expect_name(unwinder, 1, &name));
	stack_unwinder_free(unwinder);
	assert_true(have_all_ended());
}

/* Frames, the name of an address and the program's marks, by one question. */
static void one_question(void **state)
{
	const struct stack_question question = {
		.frames = true,
		.program = true,
		.address = expect_frame(expect_again(&options), "*write")->address,
	};
	struct incident incident = expect_capture()->incident;
	static struct stack_answer answer;
	struct stack_unwinder *unwinder;

	incident.process.exe.have = true;
	strcpy(incident.process.exe.text, expect_program("inlined"));
	for (size_t i = 0; i < expect_capture()->snapshot.module_count; i++)
		if (!strcmp(expect_capture()->snapshot.modules[i].path, incident.process.exe.text))
			incident.process.exe_inode = expect_capture()->snapshot.modules[i].inode;
	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	stack_ask(unwinder, &incident, &expect_capture()->snapshot, &question, &answer);
	expect_frames(&answer.stack, true, "*write", "encode", "reply", "serve", "main", NULL);
	assert_int_equal(answer.program, STACK_PROGRAM_SECTIONS);
	assert_true(answer.name.have);
	assert_non_null(strstr(answer.name.frame.symbol, "write"));
	assert_non_null(strstr(answer.name.frame.module, "libc"));
	assert_int_equal(answer.name.reason, WHY_NONE);
	stack_unwinder_free(unwinder);
}

/* Killed between two questions, as by the OOM killer. The second question gets a new child. */
static void started_again(void **state)
{
	struct stack_unwinder *unwinder;
	pid_t child;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	child = find_reader();
	assert_true(child > 0);
	kill(child, SIGKILL);
	unwind(unwinder);
	expect_frames(&stack, true, "*write", "encode", "reply", "main", NULL);
	assert_true(find_reader() != child);
	stack_unwinder_free(unwinder);
	assert_true(have_all_ended());
}

/* Stopped, like a child that hangs where no alarm reaches it. */
static void hanging(void **state)
{
	struct stack_options short_options = options;
	struct stack_unwinder *unwinder;
	struct stack_name name;
	uint64_t start;

	short_options.time_limit_ms = 100;
	assert_int_equal(stack_unwinder_new(&short_options, &unwinder), 0);
	assert_false(expect_name(unwinder, 1, &name));
	assert_true(find_reader() > 0);
	kill(find_reader(), SIGSTOP);
	start = clock_now_ns();
	unwind(unwinder);
	assert_true(clock_now_ns() - start < UINT64_C(20000000000));
	expect_reason(&stack, "time_limit");
	assert_int_equal(stack.count, 0);
	stack_unwinder_free(unwinder);
	assert_true(have_all_ended());
}

/* A library that takes too long is ended by the child's timers. The reason is the time, no crash. */
static void ended_by_its_alarm(void **state)
{
	static const int alarms[] = { SIGALRM, SIGPROF };
	struct stack_unwinder *unwinder;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	for (size_t i = 0; i < 2; i++) {
		unwind(unwinder);
		assert_true(stack.complete);
		kill(find_reader(), alarms[i]);
		unwind(unwinder);
		if (!stack.complete)
			expect_reason(&stack, "time_limit");
	}
	stack_unwinder_free(unwinder);
}

/* No child before the first question, and none after a pause until the next question. */
static void rests(void **state)
{
	struct stack_unwinder *unwinder;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	assert_int_equal(find_reader(), 0);
	stack_rest(unwinder);
	unwind(unwinder);
	assert_true(find_reader() > 0);
	stack_rest(unwinder);
	assert_int_equal(find_reader(), 0);
	assert_int_equal(stack_cache_bytes(unwinder), 0);
	unwind(unwinder);
	expect_frames(&stack, true, "*write", "encode", "reply", "main", NULL);
	stack_unwinder_free(unwinder);
	assert_true(have_all_ended());
}

/* A signal to the whole group, like ^C, does not end the child. The end of its parent does. */
static void signals(void **state)
{
	struct stack_unwinder *unwinder;
	pid_t child;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	child = find_reader();
	kill(child, SIGINT);
	kill(child, SIGTERM);
	kill(child, SIGHUP);
	unwind(unwinder);
	assert_true(stack.complete);
	assert_int_equal(find_reader(), child);
	stack_unwinder_free(unwinder);
}

/* A zombie, which no process reaps, has ended. */
static bool has_ended(pid_t pid)
{
	char path[64], text[256] = "", *state_at;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return true;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	state_at = strrchr(text, ')');
	return !state_at || state_at[2] == 'Z';
}

static void ends_with_its_parent(void **state)
{
	struct stack_unwinder *unwinder;
	pid_t parent, started[3] = {};
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	parent = fork();
	if (!parent) {
		if (stack_unwinder_new(&options, &unwinder))
			_exit(1);
		unwind(unwinder);
		started[0] = find_reader();
		started[1] = find_opener();
		started[2] = find_spawner();
		/* One that is busy, or hangs, does not see the end of a socket. */
		for (size_t i = 0; i < ARRAY_SIZE(started); i++)
			kill(started[i], SIGSTOP);
		if (write(ends[1], started, sizeof(started)) != sizeof(started))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(read(ends[0], started, sizeof(started)), sizeof(started));
	assert_int_equal(waitpid(parent, &status, 0), parent);
	for (size_t i = 0; i < ARRAY_SIZE(started); i++) {
		assert_true(started[i] > 0);
		for (int turn = 0; turn < 500 && !has_ended(started[i]); turn++)
			usleep(10000);
		assert_true(has_ended(started[i]));
	}
	close(ends[0]);
	close(ends[1]);
}

/* Nobody else can start readers then, and nobody waits for one. */
static void the_spawner_is_killed(void **state)
{
	struct stack_unwinder *unwinder;
	uint64_t start;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	assert_true(stack.complete);
	kill(find_spawner(), SIGKILL);
	usleep(200000);
	start = clock_now_ns();
	for (int i = 0; i < 2; i++) {
		unwind(unwinder);
		expect_reason(&stack, "reader_not_started");
	}
	assert_true(clock_now_ns() - start < 2 * NSEC_PER_SEC);
	stack_unwinder_free(unwinder);
	assert_true(have_all_ended());
}

/* A process that keeps CHILD from ending, even by SIGKILL, until it ends itself; -1: not allowed. */
static pid_t hold(pid_t child)
{
	int ends[2];
	char done = 0;
	pid_t holder;

	assert_int_equal(pipe(ends), 0);
	holder = fork();
	if (!holder) {
		done = !ptrace(PTRACE_SEIZE, child, NULL, PTRACE_O_TRACEEXIT);
		if (write(ends[1], &done, 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ends[0], &done, 1), 1);
	close(ends[0]);
	close(ends[1]);
	if (done)
		return holder;
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	return -1;
}

/*
 * As those whose system call never returns: nobody waits for them for long, another one takes their
 * place, and when there are four, stacks are left out until one has ended.
 */
static void do_not_end(void **state)
{
	struct stack_unwinder *unwinder;
	pid_t holders[4];
	uint64_t start;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	for (size_t i = 0; i < ARRAY_SIZE(holders); i++) {
		unwind(unwinder);
		assert_true(stack.complete);
		/* The one before may still be there, and has its tracer already. */
		for (int tries = 0; tries < 100 && (holders[i] = hold(find_reader())) < 0; tries++)
			usleep(10000);
		if (holders[i] < 0) {
			printf("skip do_not_end: no right to trace\n");
			stack_unwinder_free(unwinder);
			skip();
		}
		start = clock_now_ns();
		stack_rest(unwinder);
		assert_true(clock_now_ns() - start < 2 * NSEC_PER_SEC);
	}
	start = clock_now_ns();
	unwind(unwinder);
	expect_reason(&stack, "readers_stuck");
	assert_true(clock_now_ns() - start < NSEC_PER_SEC);
	for (size_t i = 0; i < ARRAY_SIZE(holders); i++) {
		kill(holders[i], SIGKILL);
		assert_int_equal(waitpid(holders[i], NULL, 0), holders[i]);
	}
	for (int i = 0; i < 500 && !stack.complete; i++) {
		usleep(10000);
		unwind(unwinder);
	}
	assert_true(stack.complete);
	stack_unwinder_free(unwinder);
	usleep(100000);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* Comes while the question waits. */
static void *ask_for_a_hurry(void *context)
{
	usleep(50000);
	stack_hurry(context);
	return NULL;
}

/* As one that waits for a file system that hangs: it uses no CPU time. */
static void a_hurry_ends_the_wait_for_an_idle_child(void **state)
{
	struct stack_unwinder *unwinder;
	pthread_t thread;
	uint64_t start;
	pid_t child;

	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	unwind(unwinder);
	child = find_reader();
	assert_int_equal(kill(child, SIGSTOP), 0);
	assert_int_equal(pthread_create(&thread, NULL, ask_for_a_hurry, unwinder), 0);
	start = clock_now_ns();
	unwind(unwinder);
	assert_true(clock_now_ns() - start < NSEC_PER_SEC);
	expect_reason(&stack, "time_limit");
	pthread_join(thread, NULL);
	/* A child that works is waited for, in a hurry too. */
	unwind(unwinder);
	assert_true(stack.complete);
	stack_unwinder_free(unwinder);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(one_question),
		cmocka_unit_test(started_again),
		cmocka_unit_test(hanging),
		cmocka_unit_test(ended_by_its_alarm),
		cmocka_unit_test(rests),
		cmocka_unit_test(signals),
		cmocka_unit_test(ends_with_its_parent),
		cmocka_unit_test(the_spawner_is_killed),
		cmocka_unit_test(do_not_end),
		cmocka_unit_test(a_hurry_ends_the_wait_for_an_idle_child),
	};

	stack_run_child(argc, argv);
	return cmocka_run_group_tests(tests, capture, NULL);
}
