// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where in the program's code was the write? Runs the programs of tests/stack with a broken
 * standard output, and says which frames their stacks must have (stacks_cases.c).
 */
#include "stacks.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reported.h"
#include "scenario.h"

struct launch {
	const struct stack_case *test;
	struct placed placed;
	struct gate input;   /* the program's standard input: see tests/stack/gate.c */
	struct gate started; /* closed by the exec */
	pid_t *pid;	     /* the program's PID on the host, in shared memory */
};

static bool has_namespace(const struct stack_case *test)
{
	return test->place == PLACE_NAMESPACE || test->place == PLACE_NAMESPACE_CHROOT;
}

static int broken_socket(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		scenario_die("socketpair");
	close(ends[0]);
	return ends[1];
}

static void emit(const struct launch *launch, pid_t pid)
{
	const struct stack_case *test = launch->test;
	char exe[PATH_MAX];
	struct fact fact;

	fact_start(&fact);
	fact_open(&fact, "process");
	fact_number(&fact, "pid", pid);
	place_expected_path(&launch->placed, test->program, exe, sizeof(exe));
	fact_text(&fact, "exe", exe);
	fact_close(&fact);
	if (test->lives)
		fact_ignored(&fact);
	else
		fact_killed(&fact);
	fact_stack(&fact, &test->stack);
	fact_emit(&fact, NULL);
}

static noreturn void become_program(struct launch *launch)
{
	const struct stack_case *test = launch->test;
	int fd = test->to_socket ? broken_socket() : scenario_broken_pipe();
	char *argv[] = { launch->placed.path, (char *)test->argument, NULL };

	*launch->pid = scenario_pid();
	emit(launch, *launch->pid);
	signal(SIGPIPE, test->lives ? SIG_IGN : SIG_DFL);
	dup2(launch->input.ends[0], STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	if (test->place == PLACE_CHROOT)
		place_change_root(launch->placed.directory);
	if (test->place == PLACE_MEMFD)
		fexecve(place_in_memory(test->program), argv, environ);
	else
		execv(argv[0], argv);
	scenario_die("%s", argv[0]);
}

static void reap_program(const struct launch *launch, pid_t pid)
{
	scenario_reap_expect(pid, launch->test->lives ? 0 : SIGPIPE);
}

/* SIGPIPE does not kill the init of a PID namespace, so the program is a child of it. Both keep the
 * mount namespace until the end. */
static noreturn void run_in_namespace(struct launch *launch)
{
	pid_t init, program;
	char byte;

	close(launch->input.ends[1]);
	place_enter_namespace(&launch->placed, launch->test->program);
	init = scenario_fork();
	if (init == 0) {
		program = scenario_fork();
		if (program == 0)
			become_program(launch);
		close(launch->started.ends[1]);
		if (launch->test->place == PLACE_NAMESPACE_CHROOT)
			place_change_root("/tmp");
		reap_program(launch, program);
		if (read(launch->input.ends[0], &byte, 1) != 0)
			scenario_die("the end of the scenario");
		_exit(0);
	}
	close(launch->started.ends[1]);
	if (launch->test->place == PLACE_NAMESPACE_CHROOT)
		place_change_root("/tmp");
	scenario_reap_expect(init, 0);
	_exit(0);
}

static void wait_for_exec(struct launch *launch)
{
	char byte;

	close(launch->started.ends[1]);
	if (read(launch->started.ends[0], &byte, 1) != 0 || !*launch->pid)
		scenario_die("waiting for the program to start");
}

static void run(const struct stack_case *test)
{
	struct launch launch = { .test = test };
	pid_t child;

	launch.pid = mmap(NULL, sizeof(*launch.pid), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (launch.pid == MAP_FAILED)
		scenario_die("mmap");
	gate_init(&launch.input);
	gate_init(&launch.started);
	place_program(test->place, test->program, &launch.placed);
	scenario_begin();
	child = scenario_fork();
	if (child == 0 && has_namespace(test))
		run_in_namespace(&launch);
	if (child == 0)
		become_program(&launch);
	wait_for_exec(&launch);
	place_change(&launch.placed);
	gate_open(&launch.input, 1);
	reported_wait(*launch.pid);
	close(launch.input.ends[1]);
	if (has_namespace(test))
		scenario_reap_expect(child, 0);
	else
		reap_program(&launch, child);
	place_clear(&launch.placed);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < stack_case_count && argc == 2; i++) {
		if (strcmp(stack_cases[i].name, argv[1]) == 0) {
			run(&stack_cases[i]);
			return 0;
		}
	}
	fprintf(stderr, "usage: %s SCENARIO, one of:\n", argv[0]);
	for (size_t i = 0; i < stack_case_count; i++)
		fprintf(stderr, "  %s\n", stack_cases[i].name);
	return 2;
}
