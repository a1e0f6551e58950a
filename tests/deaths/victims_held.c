// SPDX-License-Identifier: GPL-2.0-or-later
#include "victims_held.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Longer than sigpath follows a process. */
#define LATE_MS 700

static void sleep_ms(long milliseconds)
{
	const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void change_mask(int how, int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(how, &set, NULL);
}

/* --- blocked --- */

static void write_blocked(long milliseconds)
{
	int ends[2];

	change_mask(SIG_BLOCK, SIGPIPE);
	if (pipe(ends))
		return;
	close(ends[0]);
	if (write(ends[1], "x", 1) == 1)
		return;
	sleep_ms(milliseconds);
	change_mask(SIG_UNBLOCK, SIGPIPE);
}

void run_pipe_soon(void)
{
	write_blocked(20);
}

void run_pipe_late(void)
{
	write_blocked(LATE_MS);
}

void run_unblock_late(void)
{
	change_mask(SIG_BLOCK, SIGQUIT);
	kill(getpid(), SIGQUIT);
	sleep_ms(LATE_MS);
	change_mask(SIG_UNBLOCK, SIGQUIT);
}

static void do_nothing(int number)
{
	(void)number;
}

void run_handler_removed(void)
{
	signal(SIGTERM, do_nothing);
	change_mask(SIG_BLOCK, SIGTERM);
	kill(getpid(), SIGTERM);
	signal(SIGTERM, SIG_DFL);
	change_mask(SIG_UNBLOCK, SIGTERM);
}

/* --- a handler --- */

static void raise_again(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

void run_raised_in_handler(void)
{
	signal(SIGTERM, raise_again);
}

void run_raised_traced(void)
{
	signal(SIGTERM, raise_again);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

void harm_raised(pid_t pid)
{
	kill(pid, SIGTERM);
}

/* --- stopped --- */

void harm_stopped_late(pid_t pid)
{
	int status;

	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGTERM);
	sleep_ms(LATE_MS);
	kill(pid, SIGCONT);
}

/* --- behind another --- */

/* The parent of a vfork() takes no signal but one that kills it. The first one here does not. */
void run_behind_another(void)
{
	pid_t parent = getpid();

	signal(SIGUSR1, do_nothing);
	if (vfork() == 0) {
		sleep_ms(50);
		kill(parent, SIGUSR1);
		kill(parent, SIGTERM);
		sleep_ms(LATE_MS);
		_exit(0);
	}
}

/* --- waited for --- */

/* A child sends them, so that they come while it waits. */
void run_sigwait(void)
{
	pid_t parent = getpid(), child;
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	child = fork();
	if (child == 0) {
		sleep_ms(50);
		kill(parent, SIGQUIT);
		sleep_ms(50);
		kill(parent, SIGTERM);
		_exit(0);
	}
	if (child < 0 || sigwait(&set, &number) || sigwait(&set, &number))
		_exit(125);
	waitpid(child, NULL, 0);
}
