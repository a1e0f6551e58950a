// SPDX-License-Identifier: GPL-2.0-or-later
#include "victims.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "units.h"
#include "victims_held.h"
#include "victims_seccomp.h"
#include "victims_terminal.h"

static void block(int signal, int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	pthread_sigmask(how, &set, NULL);
}

/* --- by an instruction, or by itself --- */

static void run_segv(void)
{
	*(volatile char *)8 = 1;
}

static void run_bus(void)
{
	int fd = memfd_create("short", MFD_CLOEXEC);
	char *page;

	if (ftruncate(fd, 4096))
		return;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED || ftruncate(fd, 0))
		return;
	*(volatile char *)page = 1;
}

static void run_trap(void)
{
	__builtin_trap();
}

static void run_abort(void)
{
	abort();
}

static void run_raise(void)
{
	raise(SIGTERM);
}

static void run_alarm(void)
{
	const struct itimerval soon = { .it_value.tv_usec = 2000 };

	setitimer(ITIMER_REAL, &soon, NULL);
	pause();
}

static void run_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2 };
	const struct itimerspec soon = { .it_value.tv_nsec = 2000000 };
	timer_t timer;

	if (!timer_create(CLOCK_MONOTONIC, &event, &timer) && !timer_settime(timer, 0, &soon, NULL))
		pause();
}

static void run_unblock_term(void)
{
	block(SIGTERM, SIG_BLOCK);
	kill(getpid(), SIGTERM);
	block(SIGTERM, SIG_UNBLOCK);
}

static void run_unblock_quit(void)
{
	block(SIGQUIT, SIG_BLOCK);
	kill(getpid(), SIGQUIT);
	block(SIGQUIT, SIG_UNBLOCK);
}

static void run_fsize(void)
{
	const struct rlimit none = { 0, 0 };
	int fd = memfd_create("large", MFD_CLOEXEC);

	setrlimit(RLIMIT_FSIZE, &none);
	write(fd, "x", 1);
}

static void run_cpu(void)
{
	const struct rlimit second = { 1, 2 };

	setrlimit(RLIMIT_CPU, &second);
	for (;;)
		continue;
}

/* XCPU is ignored, so the hard limit kills. */
static void run_cpu_hard(void)
{
	const struct rlimit second = { 1, 1 };

	signal(SIGXCPU, SIG_IGN);
	setrlimit(RLIMIT_CPU, &second);
	for (;;)
		continue;
}

static void run_pipe(void)
{
	int ends[2];

	if (pipe(ends))
		return;
	close(ends[0]);
	write(ends[1], "x", 1);
}

static void run_parent(void)
{
	pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	/* Its end is no death by a signal. */
	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	raise(SIGUSR1);
}

/* --- threads --- */

static void *sleep_long(void *argument)
{
	(void)argument;
	sleep(100);
	return NULL;
}

static void make_threads(int count)
{
	pthread_t thread;

	while (count--)
		pthread_create(&thread, NULL, sleep_long, NULL);
}

static void *thread_segv(void *argument)
{
	(void)argument;
	run_segv();
	return NULL;
}

static void run_thread_segv(void)
{
	pthread_t thread;

	make_threads(3);
	pthread_create(&thread, NULL, thread_segv, NULL);
	sleep(100);
}

static void run_threads(void)
{
	make_threads(4);
}

static void *thread_exit_group(void *argument)
{
	(void)argument;
	exit(7);
}

static void run_threads_exit(void)
{
	pthread_t thread;

	make_threads(3);
	pthread_create(&thread, NULL, thread_exit_group, NULL);
	sleep(100);
}

/* The other threads are ended by SIGKILL. */
static void run_threads_exec(void)
{
	make_threads(3);
	execl("/proc/self/exe", "deaths", "--nothing", (char *)NULL);
}

static void run_leader_gone(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, thread_segv, NULL);
	pthread_exit(NULL);
}

/* --- nothing ends these --- */

static void do_nothing(int signal)
{
	(void)signal;
}

static void run_handles(void)
{
	signal(SIGTERM, do_nothing);
	signal(SIGSEGV, do_nothing);
	raise(SIGTERM);
	raise(SIGSEGV);
}

static void run_ignores(void)
{
	signal(SIGHUP, SIG_IGN);
	raise(SIGHUP);
	raise(SIGCHLD);
	raise(SIGWINCH);
	raise(SIGCONT);
}

static void run_waits(void)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGABRT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGABRT);
	sigwait(&set, &number);
	sigwait(&set, &number);
}

static void run_exit(void)
{
	exit(9);
}

static void run_nothing(void)
{
}

/* --- what a parent does --- */

static void harm_kill(pid_t pid)
{
	kill(pid, SIGKILL);
}

static void harm_term(pid_t pid)
{
	kill(pid, SIGTERM);
}

static void harm_hup(pid_t pid)
{
	kill(pid, SIGHUP);
}

static void harm_quit(pid_t pid)
{
	kill(pid, SIGQUIT);
}

static void harm_real_time(pid_t pid)
{
	const union sigval value = { .sival_int = 1 };

	sigqueue(pid, SIGRTMIN + 3, value);
}

static void harm_tgkill(pid_t pid)
{
	syscall(SYS_tgkill, pid, pid, SIGUSR2);
}

static void harm_twice(pid_t pid)
{
	kill(pid, SIGTERM);
	kill(pid, SIGKILL);
	kill(pid, SIGSEGV);
}

static void harm_both(pid_t pid)
{
	kill(pid, SIGQUIT);
	kill(pid, SIGKILL);
}

static void harm_pipe(pid_t pid)
{
	kill(pid, SIGPIPE);
}

static void harm_stopped(pid_t pid)
{
	int status;

	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGTERM);
	kill(pid, SIGCONT);
}

/* Its parent does not ask for the stop, so before 5.17 the signal stays as the code of the group. */
static void harm_continue(pid_t pid)
{
	const struct timespec time = { .tv_nsec = 5000000 };

	kill(pid, SIGSTOP);
	nanosleep(&time, NULL);
	kill(pid, SIGCONT);
	kill(pid, SIGUSR1);
}

static void exit_on_signal(int signal)
{
	(void)signal;
	_exit(0);
}

static void run_continue(void)
{
	signal(SIGUSR1, exit_on_signal);
}

/* --- debuggers --- */

static void run_traced(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

/* It has stopped because of SIGUSR2, and gets NUMBER. */
static void inject(pid_t pid, int number)
{
	int status;

	kill(pid, SIGUSR2);
	waitpid(pid, &status, 0);
	ptrace(PTRACE_CONT, pid, NULL, (void *)(long)number);
}

static void harm_inject_term(pid_t pid)
{
	inject(pid, SIGTERM);
}

static void harm_inject_segv(pid_t pid)
{
	inject(pid, SIGSEGV);
}

static void harm_inject_pipe(pid_t pid)
{
	inject(pid, SIGPIPE);
}

static void harm_pass(pid_t pid)
{
	inject(pid, SIGUSR2);
}

static void run_suppressed(void)
{
	signal(SIGUSR1, exit_on_signal);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void harm_suppress(pid_t pid)
{
	int status;

	inject(pid, 0);
	kill(pid, SIGUSR1);
	waitpid(pid, &status, 0);
	ptrace(PTRACE_CONT, pid, NULL, (void *)(long)SIGUSR1);
}

static void harm_traced_kill(pid_t pid)
{
	int status;

	kill(pid, SIGUSR2);
	waitpid(pid, &status, 0);
	kill(pid, SIGKILL);
}

/* clang-format off */
const struct victim victims[] = {
	{ .name = "killed", .run = run_nothing, .harm = harm_kill },
	{ .name = "terminated", .run = run_nothing, .harm = harm_term },
	{ .name = "hup", .run = run_nothing, .harm = harm_hup },
	{ .name = "quit", .run = run_nothing, .harm = harm_quit },
	{ .name = "hung-up", .run = run_hung_up },
	{ .name = "leader-exits", .run = run_leader_exits, .lives = true },
	{ .name = "real-time", .run = run_nothing, .harm = harm_real_time },
	{ .name = "tgkill", .run = run_nothing, .harm = harm_tgkill },
	{ .name = "pipe-sent", .run = run_nothing, .harm = harm_pipe, .told_early = true },
	{ .name = "twice", .run = run_nothing, .harm = harm_twice },
	{ .name = "both", .run = run_nothing, .harm = harm_both, .races = true },
	{ .name = "stopped", .run = run_nothing, .harm = harm_stopped },
	{ .name = "threads-killed", .run = run_threads, .harm = harm_kill },
	{ .name = "threads-terminated", .run = run_threads, .harm = harm_term },
	{ .name = "segv", .run = run_segv },
	{ .name = "bus", .run = run_bus },
	{ .name = "trap", .run = run_trap },
	{ .name = "abort", .run = run_abort },
	{ .name = "raise", .run = run_raise },
	{ .name = "alarm", .run = run_alarm },
	{ .name = "timer", .run = run_timer },
	{ .name = "unblock-term", .run = run_unblock_term },
	{ .name = "unblock-quit", .run = run_unblock_quit },
	{ .name = "pipe-soon", .run = run_pipe_soon, .late = true },
	{ .name = "pipe-late", .run = run_pipe_late, .late = true, .slow = true },
	{ .name = "unblock-late", .run = run_unblock_late, .late = true, .slow = true },
	{ .name = "stopped-late", .run = run_nothing, .harm = harm_stopped_late, .late = true, .slow = true },
	{ .name = "behind-another", .run = run_behind_another, .late = true, .slow = true },
	{ .name = "handler-removed", .run = run_handler_removed },
	{ .name = "raised", .run = run_raised_in_handler, .harm = harm_raised },
	{ .name = "raised-traced", .run = run_raised_traced, .harm = harm_raised },
	{ .name = "sigwait", .run = run_sigwait, .lives = true, .slow = true },
	{ .name = "fsize", .run = run_fsize },
	{ .name = "cpu", .run = run_cpu, .slow = true },
	{ .name = "cpu-hard", .run = run_cpu_hard, .slow = true },
	{ .name = "pipe", .run = run_pipe },
	{ .name = "child", .run = run_parent },
	{ .name = "thread-segv", .run = run_thread_segv },
	{ .name = "leader-gone", .run = run_leader_gone },
	{ .name = "seccomp-process", .run = victim_seccomp_process },
	{ .name = "seccomp-thread", .run = victim_seccomp_thread },
	{ .name = "seccomp-trap", .run = victim_seccomp_trap },
	{ .name = "seccomp-strict", .run = victim_seccomp_strict },
	{ .name = "seccomp-beside", .run = victim_seccomp_beside, .lives = true, .ends_thread = true },
	{ .name = "inject-term", .run = run_traced, .harm = harm_inject_term },
	{ .name = "inject-segv", .run = run_traced, .harm = harm_inject_segv },
	{ .name = "inject-pipe", .run = run_traced, .harm = harm_inject_pipe },
	{ .name = "passed", .run = run_traced, .harm = harm_pass },
	{ .name = "traced-killed", .run = run_traced, .harm = harm_traced_kill },
	{ .name = "suppressed", .run = run_suppressed, .harm = harm_suppress, .lives = true },
	{ .name = "continue", .run = run_continue, .harm = harm_continue, .lives = true },
	{ .name = "threads-exit", .run = run_threads_exit, .lives = true },
	{ .name = "threads-exec", .run = run_threads_exec, .lives = true },
	{ .name = "handles", .run = run_handles, .lives = true },
	{ .name = "ignores", .run = run_ignores, .lives = true },
	{ .name = "waits", .run = run_waits, .lives = true },
	{ .name = "exit", .run = run_exit, .lives = true },
	{ .name = "nothing", .run = run_nothing, .lives = true },
};
/* clang-format on */
const size_t victim_count = ARRAY_SIZE(victims);

int victim_main(const struct victim *victim, int ready)
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t none;

	/* A shell starts its background jobs with SIGQUIT and SIGINT ignored. */
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setrlimit(RLIMIT_CORE, &no_core);
	victim->run();
	write(ready, "r", 1);
	while (victim->harm)
		pause();
	return 0;
}
