// SPDX-License-Identifier: GPL-2.0-or-later
/* Who sent the signal if no write failed? One scenario for each call that sends a signal. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

/* Shared with the victim, which fills in the process block before it gets a signal. */
struct victim {
	pid_t pid, tid;
	struct fact fact;
	uintptr_t handler;
};

static struct victim *victim;
static struct gate victim_ready, victim_traced;

static void handle(int signal)
{
	(void)signal;
	_exit(0);
}

static void describe(void)
{
	victim->tid = scenario_tid();
	fact_start(&victim->fact);
	fact_identity(&victim->fact);
	gate_open(&victim_ready, 1);
}

static noreturn void wait_for_ever(void)
{
	for (;;)
		pause();
}

static void describe_and_wait(void)
{
	describe();
	wait_for_ever();
}

static pthread_t start_thread(void *(*run)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, NULL) != 0)
		scenario_die("pthread_create");
	return thread;
}

static void *run_victim_thread(void *unused)
{
	(void)unused;
	prctl(PR_SET_NAME, "sp-victim");
	describe_and_wait();
	return NULL;
}

static void run_victim_with_thread(void)
{
	pthread_join(start_thread(run_victim_thread), NULL);
}

static void run_victim_with_handler(void)
{
	signal(SIGUSR1, handle);
	victim->handler = (uintptr_t)handle;
	describe_and_wait();
}

static void victim_start(void (*run)(void))
{
	pid_t pid;

	victim = mmap(NULL, sizeof(*victim), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (victim == MAP_FAILED)
		scenario_die("mmap");
	gate_init(&victim_ready);
	scenario_begin();
	pid = scenario_fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run();
		_exit(1);
	}
	gate_wait(&victim_ready);
	victim->pid = pid;
}

static void describe_self(struct sender *ret_sender, const char *syscall_name)
{
	*ret_sender = (struct sender){ .pid = scenario_pid(),
				       .tid = scenario_tid(),
				       .uid = getuid(),
				       .syscall = syscall_name };
	prctl(PR_GET_NAME, ret_sender->comm);
}

static void emit_sent(struct signal_fact *expected, const char *syscall_name)
{
	struct sender sender;

	describe_self(&sender, syscall_name);
	expected->sender = &sender;
	fact_signal(&victim->fact, expected);
	fact_emit(&victim->fact, "victim");
}

static void emit_victim(int number, const char *syscall_name, const char *code_name)
{
	struct signal_fact expected = { .number = number,
					.disposition = victim->handler ? "handler" : "default",
					.result = "delivered",
					.outcome = victim->handler ? "handled" : "killed",
					.handler = victim->handler,
					.code_name = code_name };

	emit_sent(&expected, syscall_name);
}

static void send_kill(int number)
{
	emit_victim(number, "kill", "SI_USER");
	if (kill(victim->pid, number) < 0)
		scenario_die("kill");
	scenario_reap_expect(victim->pid, victim->handler ? 0 : number);
}

static void foreign_kill(void)
{
	victim_start(describe_and_wait);
	send_kill(SIGPIPE);
}

static void foreign_tgkill(void)
{
	victim_start(run_victim_with_thread);
	emit_victim(SIGPIPE, "tgkill", "SI_TKILL");
	if (syscall(SYS_tgkill, victim->pid, victim->tid, SIGPIPE) < 0)
		scenario_die("tgkill");
	scenario_reap_expect(victim->pid, SIGPIPE);
}

static void foreign_sigqueue(void)
{
	victim_start(describe_and_wait);
	emit_victim(SIGPIPE, "rt_sigqueueinfo", "SI_QUEUE");
	if (sigqueue(victim->pid, SIGPIPE, (union sigval){ .sival_int = 42 }) < 0)
		scenario_die("sigqueue");
	scenario_reap_expect(victim->pid, SIGPIPE);
}

static void foreign_pidfd(void)
{
	int pidfd;

	victim_start(describe_and_wait);
	pidfd = syscall(SYS_pidfd_open, victim->pid, 0);
	if (pidfd < 0)
		scenario_die("pidfd_open");
	emit_victim(SIGPIPE, "pidfd_send_signal", "SI_USER");
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGPIPE, NULL, 0) < 0)
		scenario_die("pidfd_send_signal");
	scenario_reap_expect(victim->pid, SIGPIPE);
}

/* The thread sends it to itself. This is not a failed write either. */
static void emit_itself(const char *syscall_name, const char *code_name)
{
	struct sender sender;
	struct fact fact;

	scenario_begin();
	describe_self(&sender, syscall_name);
	fact_start(&fact);
	fact_identity(&fact);
	fact_signal(&fact, &(struct signal_fact){ .disposition = "default",
						  .result = "delivered",
						  .outcome = "killed",
						  .sender = &sender,
						  .code_name = code_name,
						  .by_itself = true });
	fact_emit(&fact, NULL);
}

static void by_itself(void)
{
	emit_itself("tgkill", "SI_TKILL");
	raise(SIGPIPE);
	scenario_die("raise() did not kill");
}

/* From 7.3 on without a siginfo, and to the thread that is current, as a failed write. */
static void kill_itself(void)
{
	emit_itself("kill", "SI_USER");
	kill(getpid(), SIGPIPE);
	scenario_die("kill() did not kill");
}

/* Not inlined: a fact has more than 16 KiB, and the stack of the caller must fit into the default
 * --stack-size. */
static __attribute__((noinline)) void emit_with_stack(int number, const struct sender *sender,
						      const char *innermost)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_signal(&fact,
		    &(struct signal_fact){ .number = number,
					   .disposition = "default",
					   .result = "delivered",
					   .outcome = "killed",
					   .sender = sender,
					   .subject = sender ? "abort" : "fault",
					   .code_name = sender ? "SI_TKILL" : "SEGV_ACCERR" });
	fact_json(&fact, "object", "null");
	/* Down to main(), which a compiler may have left before. */
	fact_stack(&fact, &(struct stack_fact){ .frames = { { .symbol = "..." },
							    { .symbol = innermost },
							    { .symbol = "..." } } });
	fact_emit(&fact, NULL);
}

static void die_in_child(int number, void (*die)(void))
{
	pid_t child;

	scenario_begin();
	child = scenario_fork();
	if (child == 0)
		die();
	scenario_reap_expect(child, number);
}

/* Sent by the thread to itself: its stack is the place of the failure. */
static void die_by_abort(void)
{
	struct sender sender;

	describe_self(&sender, "tgkill");
	emit_with_stack(SIGABRT, &sender, "abort");
	abort();
}

static void by_abort(void)
{
	die_in_child(SIGABRT, die_by_abort);
}

/* Outside of any system call. */
static void die_by_fault(void)
{
	void *page = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	emit_with_stack(SIGSEGV, NULL, "die_by_fault");
	*(volatile char *)page = 1;
}

static void by_fault(void)
{
	die_in_child(SIGSEGV, die_by_fault);
}

static void term(void)
{
	victim_start(describe_and_wait);
	send_kill(SIGTERM);
}

static void usr1_handler(void)
{
	victim_start(run_victim_with_handler);
	send_kill(SIGUSR1);
}

static void sigkill(void)
{
	victim_start(describe_and_wait);
	send_kill(SIGKILL);
}

/* It waits until the process continues. */
static void sent_to_the_stopped(void)
{
	victim_start(describe_and_wait);
	if (kill(victim->pid, SIGSTOP) < 0 || waitpid(victim->pid, NULL, WUNTRACED) < 0)
		scenario_die("SIGSTOP");
	emit_victim(SIGTERM, "kill", "SI_USER");
	if (kill(victim->pid, SIGTERM) < 0 || kill(victim->pid, SIGCONT) < 0)
		scenario_die("kill");
	scenario_reap_expect(victim->pid, SIGTERM);
}

static void do_nothing(int signal)
{
	(void)signal;
}

/* The parent of a vfork() takes no signal but one that kills it. */
static void describe_and_vfork(void)
{
	signal(SIGUSR1, do_nothing);
	describe();
	if (vfork() == 0) {
		gate_wait(&victim_traced);
		_exit(0);
	}
	wait_for_ever();
}

/* Until the victim waits for its child: state D. */
static void wait_for_vfork(void)
{
	char path[32], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", victim->pid);
	while (state != 'D') {
		poll(NULL, 0, 1);
		file = fopen(path, "re");
		if (!file || fscanf(file, "%*d %*s %c", &state) != 1)
			scenario_die("%s", path);
		fclose(file);
	}
}

/* SIGUSR1 is pending and does not kill. So the kernel has not decided about SIGTERM yet. */
static void sent_behind_another(void)
{
	struct signal_fact expected = {
		.number = SIGTERM,
		.disposition = "default",
		.result = "delivered",
		.outcome = "pending",
		.reason = "another signal comes first: it stays pending on the process",
		.code_name = "SI_USER"
	};

	gate_init(&victim_traced);
	victim_start(describe_and_vfork);
	wait_for_vfork();
	emit_sent(&expected, "kill");
	if (kill(victim->pid, SIGUSR1) < 0 || kill(victim->pid, SIGTERM) < 0)
		scenario_die("kill");
	poll(NULL, 0, 700); /* longer than sigpath follows the process */
	gate_open(&victim_traced, 1);
	scenario_reap_expect(victim->pid, SIGTERM);
}

/* The user may queue no signal, so the kernel drops it. */
static void sent_to_a_full_queue(void)
{
	const struct rlimit none = { 0, 0 };
	struct signal_fact expected = {
		.number = SIGRTMIN,
		.disposition = "default",
		.result = "overflow_fail",
		.outcome = "ignored",
		.reason = "the queue of pending signals is full (ulimit -i): the "
			  "signal is lost",
		.code_name = "SI_QUEUE"
	};

	victim_start(describe_and_wait);
	if (prlimit(victim->pid, RLIMIT_SIGPENDING, &none, NULL) < 0)
		scenario_die("prlimit");
	emit_sent(&expected, "rt_sigqueueinfo");
	if (sigqueue(victim->pid, SIGRTMIN, (union sigval){ 0 }) == 0)
		scenario_die("the signal was queued");
	kill(victim->pid, SIGKILL);
}

static void *wait_in_thread(void *unused)
{
	(void)unused;
	wait_for_ever();
}

/* With a second thread: on 5.10 exit_group() of a single one is no end of the group yet. */
static void describe_and_end(void)
{
	start_thread(wait_in_thread);
	describe();
	gate_wait(&victim_traced);
	_exit(3);
}

/* Its debugger holds it at its end. Before 6.0 the kernel queues the signal, to no effect. */
static void sent_to_the_dying(void)
{
	struct signal_fact expected = { .number = SIGKILL,
					.disposition = "default",
					.outcome = "ignored",
					.code_name = "SI_USER" };
	int status;

	gate_init(&victim_traced);
	victim_start(describe_and_end);
	if (ptrace(PTRACE_SEIZE, victim->pid, NULL, PTRACE_O_TRACEEXIT) < 0)
		scenario_die("PTRACE_SEIZE");
	emit_sent(&expected, "kill");
	gate_open(&victim_traced, 1);
	status = scenario_reap(victim->pid);
	if (status >> 8 != (SIGTRAP | PTRACE_EVENT_EXIT << 8))
		scenario_die("no stop at the exit: wait status %#x", status);
	if (kill(victim->pid, SIGKILL) < 0)
		scenario_die("kill");
	ptrace(PTRACE_CONT, victim->pid, NULL, NULL);
	status = scenario_reap(victim->pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 3)
		scenario_die("wait status %#x", status);
}

static const struct scenario scenarios[] = {
	{ "kill", foreign_kill },
	{ "tgkill", foreign_tgkill },
	{ "sigqueue", foreign_sigqueue },
	{ "pidfd", foreign_pidfd },
	{ "by-itself", by_itself },
	{ "term", term },
	{ "abort", by_abort },
	{ "fault", by_fault },
	{ "usr1", usr1_handler },
	{ "sigkill", sigkill },
	{ "kill-itself", kill_itself },
	{ "dying", sent_to_the_dying },
	{ "stopped", sent_to_the_stopped },
	{ "behind-another", sent_behind_another },
	{ "queue-full", sent_to_a_full_queue },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
