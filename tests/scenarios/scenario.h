/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a scenario program talks to the runner: it waits for the go, says which processes are its
 * own, and writes one JSON line a fact. Without the runner it goes at once and writes to stdout.
 */
#pragma once

#include <stdnoreturn.h>
#include <sys/types.h>

struct scenario {
	const char *name;
	void (*run)(void);
};

/* Runs the scenario that argv[1] names; without a name lists them. The program's exit status. */
int scenario_main(int argc, char **argv, const struct scenario *scenarios, size_t count);

/*
 * Everything that must exist before sigpath starts is there: declares this process and blocks
 * until the runner has seen sigpath ready.
 */
void scenario_begin(void);

/* This kernel or these rights cannot do it: says why and ends the program well. */
noreturn void scenario_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The scenario itself went wrong: says why on stderr (with errno if it is set) and exits 1. */
noreturn void scenario_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* An incident of PID that no fact matches is an error. Processes with facts are known anyway. */
void scenario_declare_pid(pid_t pid);
/* For the {NAME} in the arguments that the runner gives to sigpath. */
void scenario_value_number(const char *name, long long value);
void scenario_value_text(const char *name, const char *value);

/* Process and thread id as the mounted /proc counts them: those of the host, in any namespace. */
pid_t scenario_pid(void);
pid_t scenario_tid(void);

/* Where threads and processes wait for each other: each waiter takes one of the bytes. */
struct gate {
	int ends[2];
};

void gate_init(struct gate *gate);
void gate_wait(const struct gate *gate);
void gate_open(const struct gate *gate, size_t waiters);

pid_t scenario_fork(void);
/* Waits for the child; its wait status. */
int scenario_reap(pid_t pid);
/* Waits and dies unless the child was killed by SIGNAL, or exited with 0 if SIGNAL is 0. */
void scenario_reap_expect(pid_t pid, int signal);

/* The write end of a pipe whose read end is closed. */
int scenario_broken_pipe(void);
/* The write that must fail with EPIPE and leave the process alive. */
void scenario_write_epipe(int fd, size_t size);
/* The write that must kill; does not return. */
noreturn void scenario_write_fatal(int fd, size_t size);
