// SPDX-License-Identifier: GPL-2.0-or-later
/* What did the process set for SIGPIPE, and what happened then? */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

#define WRITE_BYTES 51
#define STACK_BYTES (256 * 1024)

static volatile sig_atomic_t signals;

static void handle(int signal)
{
	(void)signal;
	signals++;
}

static void handle_info(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	signals++;
}

static void emit(int fd, const struct signal_fact *expected)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, fd, WRITE_BYTES, NULL);
	fact_pipe(&fact, fd);
	fact_signal(&fact, expected);
	fact_emit(&fact, NULL);
}

static void default_action(void)
{
	int fd = scenario_broken_pipe();

	scenario_begin();
	emit(fd, &(struct signal_fact){
			 .disposition = "default", .result = "delivered", .outcome = "killed" });
	scenario_write_fatal(fd, WRITE_BYTES);
}

static void ignore(void)
{
	int fd = scenario_broken_pipe();

	signal(SIGPIPE, SIG_IGN);
	scenario_begin();
	emit(fd, &(struct signal_fact){
			 .disposition = "ignore", .result = "ignored", .outcome = "ignored" });
	scenario_write_epipe(fd, WRITE_BYTES);
}

static void write_handled(uintptr_t address)
{
	int fd = scenario_broken_pipe();

	scenario_begin();
	emit(fd, &(struct signal_fact){ .disposition = "handler",
					.result = "delivered",
					.outcome = "handled",
					.handler = address });
	scenario_write_epipe(fd, WRITE_BYTES);
	errno = 0;
	if (signals != 1)
		scenario_die("the handler ran %d times", (int)signals);
}

static void handler(void)
{
	signal(SIGPIPE, handle);
	write_handled((uintptr_t)handle);
}

static void handler_info(void)
{
	struct sigaction action = { .sa_sigaction = handle_info, .sa_flags = SA_SIGINFO };

	sigaction(SIGPIPE, &action, NULL);
	write_handled((uintptr_t)handle_info);
}

static void block(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void blocked(void)
{
	int fd = scenario_broken_pipe();

	block();
	scenario_begin();
	emit(fd, &(struct signal_fact){ .disposition = "default",
					.result = "delivered",
					.outcome = "pending",
					.blocked = true });
	scenario_write_epipe(fd, WRITE_BYTES);
}

static void blocked_twice(void)
{
	int fd = scenario_broken_pipe();

	block();
	scenario_begin();
	emit(fd, &(struct signal_fact){ .disposition = "default",
					.result = "delivered",
					.outcome = "pending",
					.blocked = true });
	scenario_write_epipe(fd, WRITE_BYTES);
	emit(fd, &(struct signal_fact){ .disposition = "default",
					.result = "already_pending",
					.outcome = "pending",
					.blocked = true });
	scenario_write_epipe(fd, WRITE_BYTES);
}

/* Ignored and blocked: sig_ignored() returns false for a blocked signal, so it stays pending. */
static void blocked_and_ignored(void)
{
	int fd = scenario_broken_pipe();

	block();
	signal(SIGPIPE, SIG_IGN);
	scenario_begin();
	emit(fd, &(struct signal_fact){ .disposition = "ignore",
					.result = "delivered",
					.outcome = "pending",
					.blocked = true });
	scenario_write_epipe(fd, WRITE_BYTES);
}

/* Lets the tracee run until it exits, and suppresses every signal except its own stops. */
static void trace_and_swallow(pid_t child)
{
	int status, swallowed = 0;

	for (;;) {
		status = scenario_reap(child);
		if (!WIFSTOPPED(status))
			break;
		swallowed += WSTOPSIG(status) == SIGPIPE;
		if (ptrace(PTRACE_CONT, child, NULL, NULL) < 0)
			scenario_die("PTRACE_CONT");
	}
	errno = 0;
	if (swallowed != 1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		scenario_die("%d signals, wait status %#x", swallowed, status);
}

static void traced(void)
{
	struct gate gate;
	pid_t child;

	gate_init(&gate);
	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		int fd = scenario_broken_pipe();

		gate_wait(&gate);
		emit(fd, &(struct signal_fact){ .disposition = "default",
						.result = "delivered",
						.outcome = "traced" });
		scenario_write_epipe(fd, WRITE_BYTES);
		_exit(0);
	}
	if (ptrace(PTRACE_SEIZE, child, NULL, NULL) < 0) {
		kill(child, SIGKILL);
		scenario_reap(child);
		scenario_skip("PTRACE_SEIZE: %s", strerror(errno));
	}
	gate_open(&gate, 1);
	trace_and_swallow(child);
}

static int run_protected(void *unused)
{
	int fd = scenario_broken_pipe();

	(void)unused;
	emit(fd, &(struct signal_fact){
			 .disposition = "default", .result = "ignored", .outcome = "protected" });
	scenario_write_epipe(fd, WRITE_BYTES);
	_exit(0);
}

static int run_ignoring(void *unused)
{
	int fd = scenario_broken_pipe();

	(void)unused;
	signal(SIGPIPE, SIG_IGN);
	emit(fd, &(struct signal_fact){
			 .disposition = "ignore", .result = "ignored", .outcome = "ignored" });
	scenario_write_epipe(fd, WRITE_BYTES);
	_exit(0);
}

static void run_as_init(int (*run)(void *))
{
	char *stack =
		mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t init;

	if (stack == MAP_FAILED)
		scenario_die("mmap");
	scenario_begin();
	init = clone(run, stack + STACK_BYTES, CLONE_NEWPID | SIGCHLD, NULL);
	if (init < 0)
		scenario_skip("no new pid namespace: %s", strerror(errno));
	scenario_reap_expect(init, 0);
}

/* A default action does not kill the init of a PID namespace (SIGNAL_UNKILLABLE). */
static void namespace_init(void)
{
	run_as_init(run_protected);
}

static void namespace_init_ignore(void)
{
	run_as_init(run_ignoring);
}

static const struct scenario scenarios[] = {
	{ "default", default_action },
	{ "ignore", ignore },
	{ "handler", handler },
	{ "handler-info", handler_info },
	{ "blocked", blocked },
	{ "blocked-twice", blocked_twice },
	{ "blocked-and-ignored", blocked_and_ignored },
	{ "traced", traced },
	{ "namespace-init", namespace_init },
	{ "namespace-init-ignore", namespace_init_ignore },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
