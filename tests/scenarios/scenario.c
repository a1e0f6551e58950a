// SPDX-License-Identifier: GPL-2.0-or-later
/* The protocol between a scenario program and the runner, and steps that many scenarios share. */
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fact.h"

static const char bytes[65536];

int scenario_main(int argc, char **argv, const struct scenario *scenarios, size_t count)
{
	for (size_t i = 0; i < count && argc == 2; i++) {
		if (strcmp(scenarios[i].name, argv[1]) == 0) {
			scenarios[i].run();
			return 0;
		}
	}
	fprintf(stderr, "usage: %s SCENARIO, one of:\n", argv[0]);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "  %s\n", scenarios[i].name);
	return 2;
}

static int fd_from_environment(const char *name, int otherwise)
{
	const char *text = getenv(name);

	return text ? atoi(text) : otherwise;
}

void scenario_begin(void)
{
	int go = fd_from_environment("SCENARIO_GO_FD", -1);
	struct fact line;
	char byte;

	scenario_declare_pid(scenario_pid());
	scenario_value_number("pid", scenario_pid());
	if (go < 0)
		return;
	fact_start(&line);
	fact_json(&line, "waiting", "true");
	fact_emit_line(&line);
	if (read(go, &byte, 1) != 1)
		scenario_die("the runner has gone");
	close(go);
}

noreturn void scenario_skip(const char *format, ...)
{
	struct fact line;
	char reason[256];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	fact_start(&line);
	fact_text(&line, "skip", reason);
	fact_emit_line(&line);
	exit(0);
}

noreturn void scenario_die(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, error ? ": %s\n" : "\n", strerror(error));
	_exit(1);
}

void scenario_declare_pid(pid_t pid)
{
	struct fact line;

	fact_start(&line);
	fact_json(&line, "pids", "[%d]", pid);
	fact_emit_line(&line);
}

void scenario_value_number(const char *name, long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", value);
	scenario_value_text(name, text);
}

void scenario_value_text(const char *name, const char *value)
{
	struct fact line;

	fact_start(&line);
	fact_open(&line, "value");
	fact_text(&line, name, value);
	fact_close(&line);
	fact_emit_line(&line);
}

/* The link /proc/thread-self ("12/task/13") has the ids of the PID namespace of that mount. */
static void ids_read(int *ret_pid, int *ret_tid)
{
	char link[64] = { 0 };

	if (readlink("/proc/thread-self", link, sizeof(link) - 1) < 0 ||
	    sscanf(link, "%d/task/%d", ret_pid, ret_tid) != 2)
		scenario_die("/proc/thread-self");
}

pid_t scenario_pid(void)
{
	int pid, tid;

	ids_read(&pid, &tid);
	return pid;
}

pid_t scenario_tid(void)
{
	int pid, tid;

	ids_read(&pid, &tid);
	return tid;
}

void gate_init(struct gate *gate)
{
	if (pipe2(gate->ends, O_CLOEXEC) < 0)
		scenario_die("pipe2");
}

void gate_wait(const struct gate *gate)
{
	char byte;
	ssize_t got;

	do
		got = read(gate->ends[0], &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		scenario_die("waiting at a gate");
}

void gate_open(const struct gate *gate, size_t waiters)
{
	while (waiters-- > 0) {
		if (write(gate->ends[1], "", 1) != 1)
			scenario_die("opening a gate");
	}
}

pid_t scenario_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		scenario_die("fork");
	return pid;
}

int scenario_reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) < 0) {
		if (errno != EINTR)
			scenario_die("waitpid");
	}
	return status;
}

void scenario_reap_expect(pid_t pid, int signal)
{
	int status = scenario_reap(pid);

	errno = 0;
	if (signal ? !WIFSIGNALED(status) || WTERMSIG(status) != signal
		   : !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		scenario_die("child %d ended with wait status %#x", pid, status);
}

int scenario_broken_pipe(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		scenario_die("pipe2");
	close(ends[0]);
	return ends[1];
}

void scenario_write_epipe(int fd, size_t size)
{
	errno = 0;
	if (write(fd, bytes, size) >= 0 || errno != EPIPE)
		scenario_die("a write of %zu bytes did not fail with EPIPE", size);
}

noreturn void scenario_write_fatal(int fd, size_t size)
{
	ssize_t written = write(fd, bytes, size);

	scenario_die("a write of %zu bytes returned %zd and did not kill", size, written);
}
