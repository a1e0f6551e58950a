// SPDX-License-Identifier: GPL-2.0-or-later
/* What happened to the process after its write, where the signal itself did not decide it? */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

#define WRITE_BYTES 51
#define EXITS 4096 /* EV_EXITS: the size of sigpath's list of exits */
#define EXIT_OF_HANDLER 3

static void handle(int signal)
{
	(void)signal;
}

static void emit_with_end(int fd, const struct signal_fact *expected, const char *state,
			  const char *exit_status, const char *end_signal)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, fd, WRITE_BYTES, NULL);
	fact_pipe(&fact, fd);
	fact_signal(&fact, expected);
	fact_json(
		&fact, "end",
		"{\"state\":\"%s\",\"exit_status\":%s,\"signal\":%s,\"after_us\":{\"$any\":true}}",
		state, exit_status, end_signal);
	fact_emit(&fact, NULL);
}

static void exit_in_handler(int signal)
{
	(void)signal;
	_exit(EXIT_OF_HANDLER);
}

static void handler_exits(void)
{
	struct gate gate;
	pid_t child;

	gate_init(&gate);
	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		int fd = scenario_broken_pipe();

		signal(SIGPIPE, exit_in_handler);
		emit_with_end(fd,
			      &(struct signal_fact){ .disposition = "handler",
						     .result = "delivered",
						     .outcome = "handled",
						     .handler = (uintptr_t)exit_in_handler },
			      "exited", "3", "null");
		scenario_write_fatal(fd, WRITE_BYTES);
	}
	if (WEXITSTATUS(scenario_reap(child)) != EXIT_OF_HANDLER)
		scenario_die("the handler did not end the process");
}

/* A server's loop after a handled SIGPIPE: it outlives the time that sigpath waits for its end. */
static void handler_lives_on(void)
{
	int fd = scenario_broken_pipe();

	signal(SIGPIPE, handle);
	scenario_begin();
	emit_with_end(fd,
		      &(struct signal_fact){ .disposition = "handler",
					     .result = "delivered",
					     .outcome = "handled",
					     .handler = (uintptr_t)handle },
		      "alive", "null", "null");
	scenario_write_epipe(fd, WRITE_BYTES);
	usleep(1500 * 1000);
}

/* The signal is pending until it is unblocked. Then the default action kills the process. */
static void unblocked_later(void)
{
	sigset_t set;
	int fd;

	scenario_begin();
	fd = scenario_broken_pipe();
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	emit_with_end(fd,
		      &(struct signal_fact){ .disposition = "default",
					     .result = "delivered",
					     .outcome = "killed",
					     .blocked = true },
		      "killed", "null", "\"SIGPIPE\"");
	scenario_write_epipe(fd, WRITE_BYTES);
	usleep(20 * 1000);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	scenario_die("the signal did not come");
}

/* The debugger passes the signal on to the process, which has HANDLER_OF or, if NULL, no handler. */
static void trace_to_death(void (*handler_of)(int))
{
	struct gate gate;
	pid_t child;
	int status;

	gate_init(&gate);
	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		int fd = scenario_broken_pipe();

		gate_wait(&gate);
		if (handler_of)
			signal(SIGPIPE, handler_of);
		emit_with_end(fd,
			      &(struct signal_fact){ .disposition = handler_of ? "handler"
									       : "default",
						     .result = "delivered",
						     .outcome = "killed",
						     .handler = (uintptr_t)handler_of },
			      "killed", "null", "\"SIGPIPE\"");
		scenario_write_fatal(fd, WRITE_BYTES);
	}
	if (ptrace(PTRACE_SEIZE, child, NULL, NULL) < 0) {
		kill(child, SIGKILL);
		scenario_reap(child);
		scenario_skip("PTRACE_SEIZE: %s", strerror(errno));
	}
	gate_open(&gate, 1);
	for (;;) {
		status = scenario_reap(child);
		if (!WIFSTOPPED(status))
			break;
		if (ptrace(PTRACE_CONT, child, NULL, (void *)(intptr_t)WSTOPSIG(status)) < 0)
			scenario_die("PTRACE_CONT");
	}
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGPIPE)
		scenario_die("wait status %#x", status);
}

static void traced_to_death(void)
{
	trace_to_death(NULL);
}

/* --- a handler that ends by raising the signal again --- */

static void raise_again(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

static void kill_again(int number)
{
	signal(number, SIG_DFL);
	kill(getpid(), number);
}

/* The write and the signal that the process sends itself are one incident. */
static void write_raised(void (*handle_it)(int), int flags, bool raise_later)
{
	struct sigaction action = { .sa_handler = handle_it, .sa_flags = flags };
	pid_t child;

	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		int fd = scenario_broken_pipe();

		sigaction(SIGPIPE, &action, NULL);
		emit_with_end(fd,
			      &(struct signal_fact){ .disposition = "handler",
						     .result = "delivered",
						     .outcome = "killed",
						     .handler = (uintptr_t)handle_it },
			      "killed", "null", "\"SIGPIPE\"");
		if (!raise_later)
			scenario_write_fatal(fd, WRITE_BYTES);
		scenario_write_epipe(fd, WRITE_BYTES);
		usleep(30 * 1000);
		kill_again(SIGPIPE);
	}
	scenario_reap_expect(child, SIGPIPE);
}

/* Under strace, for example. */
static void raised_and_traced(void)
{
	trace_to_death(raise_again);
}

/* In the handler the signal is blocked, so it kills when the handler returns. */
static void raised_in_handler(void)
{
	write_raised(raise_again, 0, false);
}

static void raised_at_once(void)
{
	write_raised(raise_again, SA_NODEFER, false);
}

static void killed_in_handler(void)
{
	write_raised(kill_again, 0, false);
}

/* As Go's runtime does it: after the call has returned, from the same thread. */
static void raised_after_handler(void)
{
	write_raised(handle, 0, true);
}

/* Its handler runs for its own signal too, so nothing dies: these are two incidents. */
static void raised_and_handled(void)
{
	struct sender sender = {
		.pid = scenario_pid(), .tid = scenario_tid(), .uid = getuid(), .syscall = "tgkill"
	};
	int fd = scenario_broken_pipe();
	struct fact fact;

	signal(SIGPIPE, handle);
	prctl(PR_GET_NAME, sender.comm);
	scenario_begin();
	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, fd, WRITE_BYTES, NULL);
	fact_signal(&fact, &(struct signal_fact){ .disposition = "handler",
						  .result = "delivered",
						  .outcome = "handled",
						  .handler = (uintptr_t)handle });
	fact_emit(&fact, NULL);
	scenario_write_epipe(fd, WRITE_BYTES);
	fact_start(&fact);
	fact_identity(&fact);
	fact_signal(&fact, &(struct signal_fact){ .disposition = "handler",
						  .result = "delivered",
						  .outcome = "handled",
						  .handler = (uintptr_t)handle,
						  .sender = &sender,
						  .by_itself = true,
						  .code_name = "SI_TKILL" });
	fact_emit(&fact, NULL);
	raise(SIGPIPE);
	usleep(700 * 1000);
}

/* --outcome killed: the handled write that kills in the end, and not the one that is survived. */
static void raised_or_survived(void)
{
	int fd;

	signal(SIGPIPE, handle);
	fd = scenario_broken_pipe();
	scenario_declare_pid(scenario_pid());
	write_raised(raise_again, 0, false);
	scenario_write_epipe(fd, WRITE_BYTES);
	usleep(700 * 1000);
}

/* The error ends a program that ignores the signal, as a traceback does. */
static void ignore_exits(void)
{
	pid_t child;

	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		int fd = scenario_broken_pipe();

		signal(SIGPIPE, SIG_IGN);
		emit_with_end(fd,
			      &(struct signal_fact){ .disposition = "ignore",
						     .result = "ignored",
						     .outcome = "ignored" },
			      "exited", "3", "null");
		scenario_write_epipe(fd, WRITE_BYTES);
		usleep(5 * 1000);
		_exit(EXIT_OF_HANDLER);
	}
	if (WEXITSTATUS(scenario_reap(child)) != EXIT_OF_HANDLER)
		scenario_die("the child did not exit");
}

/* A child whose PID has the place of PID in sigpath's list of exits. */
static pid_t fork_with_place_of(pid_t pid)
{
	/* Below PID too: Linux allows PIDs up to 32768 unless it is told to allow more. */
	for (int round = -7; round < 8; round++) {
		pid_t wanted = pid + round * EXITS, child;
		struct clone_args args = { .exit_signal = SIGCHLD,
					   .set_tid = (uintptr_t)&wanted,
					   .set_tid_size = 1 };

		if (!round || wanted <= 1)
			continue;
		child = syscall(SYS_clone3, &args, sizeof(args));
		if (child >= 0)
			return child;
	}
	return -1;
}

/*
 * The place of its end in the list is taken before sigpath can look: by a process that ends as soon
 * as the writer's last descriptor is closed.
 */
static void end_is_overwritten(void)
{
	struct gate alive, gate;
	pid_t writer, other;
	char byte;

	gate_init(&gate);
	gate_init(&alive);
	scenario_begin();
	writer = scenario_fork();
	if (writer == 0) {
		struct fact fact;
		int fd;

		gate_wait(&gate);
		fd = scenario_broken_pipe();
		signal(SIGPIPE, exit_in_handler);
		fact_start(&fact);
		fact_identity(&fact);
		fact_call(&fact, write, fd, WRITE_BYTES, NULL);
		fact_json(&fact, "end", "null");
		fact_json(&fact, "missing",
			  "{\"$contains\":[{\"field\":\"end\",\"code\":\"end_overwritten\"}]}");
		fact_emit(&fact, NULL);
		scenario_write_fatal(fd, WRITE_BYTES);
	}
	other = fork_with_place_of(writer);
	if (other == 0) {
		close(alive.ends[1]);
		if (read(alive.ends[0], &byte, 1))
			scenario_die("nobody writes here");
		_exit(0);
	}
	if (other < 0) {
		kill(writer, SIGKILL);
		scenario_reap(writer);
		scenario_skip("no process with a chosen PID: %s", strerror(errno));
	}
	close(alive.ends[1]);
	gate_open(&gate, 1);
	scenario_reap(writer);
	scenario_reap(other);
	/* Until sigpath has decided. */
	usleep(1000 * 1000);
}

static const struct scenario scenarios[] = {
	{ "handler-exits", handler_exits },
	{ "handler-lives-on", handler_lives_on },
	{ "unblocked-later", unblocked_later },
	{ "traced-to-death", traced_to_death },
	{ "raised-in-handler", raised_in_handler },
	{ "raised-at-once", raised_at_once },
	{ "raised-and-traced", raised_and_traced },
	{ "killed-in-handler", killed_in_handler },
	{ "raised-after-handler", raised_after_handler },
	{ "raised-and-handled", raised_and_handled },
	{ "raised-or-survived", raised_or_survived },
	{ "ignore-exits", ignore_exits },
	{ "end-is-overwritten", end_is_overwritten },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
