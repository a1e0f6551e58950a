/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a scenario program talks to the runner. It says which processes are its own, waits for the
 * signal to go, and writes one JSON line per fact. Without a runner it does not wait, and writes to
 * stdout.
 */
#pragma once

#include <stdnoreturn.h>
#include <sys/types.h>

struct scenario {
	const char *name;
	void (*run)(void);
};

/* Runs the scenario argv[1]; without it lists all scenarios. Returns the exit status. */
int scenario_main(int argc, char **argv, const struct scenario *scenarios, size_t count);

/*
 * Call it when everything exists that must exist before sigpath starts. Declares this process and
 * waits until sigpath is ready.
 */
void scenario_begin(void);

/* The kernel or the privileges do not allow it: prints the reason and exits with status 0. */
noreturn void scenario_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The scenario itself failed: prints the reason (with errno if it is set) and exits with 1. */
noreturn void scenario_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Declares PID: an incident of PID without a fact is an error. A fact declares its process. */
void scenario_declare_pid(pid_t pid);
/* The value of {NAME} in the arguments that the runner passes to sigpath. */
void scenario_value_number(const char *name, long long value);
void scenario_value_text(const char *name, const char *value);

/* Process and thread id in the mounted /proc: the ids of the host, in every namespace. */
pid_t scenario_pid(void);
pid_t scenario_tid(void);

/* Lets threads and processes wait for each other: each waiter takes one byte. */
struct gate {
	int ends[2];
};

void gate_init(struct gate *gate);
void gate_wait(const struct gate *gate);
void gate_open(const struct gate *gate, size_t waiters);

pid_t scenario_fork(void);
/* Waits for the child and returns its wait status. */
int scenario_reap(pid_t pid);
/* Waits. Fails unless SIGNAL killed the child or, if SIGNAL is 0, the child exited with 0. */
void scenario_reap_expect(pid_t pid, int signal);

/* The write end of a pipe whose read end is closed. */
int scenario_broken_pipe(void);
/* The write that must fail with EPIPE and leave the process alive. */
void scenario_write_epipe(int fd, size_t size);
/* The write that must kill the process; does not return. */
noreturn void scenario_write_fatal(int fd, size_t size);
