// SPDX-License-Identifier: GPL-2.0-or-later
/* -s fatal and --exits: how a process ended, told once, with what it was. tests/deaths counts them.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

#define STATUS 3

/* DEATH: JSON of the block. CAUSE: NULL: by a process. */
/* At the exit of one thread, kernels before 6.16 show the program no more. */
static bool has_program = true;

static void emit(const char *subject, const char *outcome, const char *death, const char *cause)
{
	struct fact fact;

	fact_start(&fact);
	if (has_program)
		fact_process(&fact);
	else
		fact_identity(&fact);
	fact_text(&fact, "subject", subject);
	fact_text(&fact, "outcome", outcome);
	fact_json(&fact, "death", "%s", death);
	fact_open(&fact, "cause");
	fact_text(&fact, "code", cause);
	fact_close(&fact);
	fact_emit(&fact, NULL);
}

#define DELIVERED(generation, after)                                                         \
	"{\"stage\":\"delivered\",\"after_us\":" after ",\"generation\":\"" generation "\"," \
	"\"thread_alone\":false,\"status\":null}"

/* Another process kills it, and its command line is told. */
static void killed(void)
{
	struct gate ready;
	pid_t child;

	gate_init(&ready);
	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		emit("sent", "killed", DELIVERED("seen", "{\"$any\":true}"), "sent_by_process");
		gate_open(&ready, 1);
		for (;;)
			pause();
	}
	gate_wait(&ready);
	kill(child, SIGKILL);
	scenario_reap_expect(child, SIGKILL);
}

static void block(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(how, &set, NULL);
}

static void unblocked(void)
{
	pid_t child;

	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		block(SIG_BLOCK);
		kill(getpid(), SIGTERM);
		emit("sent", "killed", DELIVERED("seen", "{\"$any\":true}"), "sent_by_itself");
		block(SIG_UNBLOCK);
		_exit(1);
	}
	scenario_reap_expect(child, SIGTERM);
}

/* A debugger puts a signal in that nobody has sent. */
static void injected(void)
{
	int status;
	pid_t child;

	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			scenario_die("PTRACE_TRACEME");
		emit("unexplained", "killed", DELIVERED("unseen", "null"), "unknown");
		raise(SIGUSR1);
		_exit(1);
	}
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		scenario_die("the child did not stop");
	if (ptrace(PTRACE_CONT, child, NULL, (void *)(long)SIGTERM) < 0)
		scenario_die("PTRACE_CONT");
	scenario_reap_expect(child, SIGTERM);
}

static pid_t refused_tid;

static void *refused(void *unused)
{
	(void)unused;
	refused_tid = gettid();
	has_program = false;
	emit("seccomp", "killed",
	     "{\"stage\":\"exited\",\"after_us\":null,\"generation\":\"unseen\","
	     "\"thread_alone\":true,\"status\":31}",
	     "seccomp");
	syscall(SYS_getppid);
	return NULL;
}

/* A seccomp filter ends one thread, without a signal that a hook sees. */
static void thread_alone(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	pthread_t thread;
	char path[64];

	scenario_begin();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		scenario_die("seccomp");
	if (pthread_create(&thread, NULL, refused, NULL) != 0)
		scenario_die("pthread_create");
	/* The thread sets no flag when the filter ends it, but the kernel clears its number. */
	pthread_join(thread, NULL);
	/* It does so before the hook on the exit. If the process ends first, no thread ends alone. */
	snprintf(path, sizeof(path), "/proc/self/task/%d", refused_tid);
	while (!access(path, F_OK))
		usleep(1000);
}

static void exit_status(void)
{
	pid_t child;

	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		emit("exit", "exited",
		     "{\"stage\":\"exited\",\"after_us\":null,\"generation\":\"seen\","
		     "\"thread_alone\":false,\"status\":768}",
		     "exit_status");
		_exit(STATUS);
	}
	if (WEXITSTATUS(scenario_reap(child)) != STATUS)
		scenario_die("the child has another status");
}

static const struct scenario scenarios[] = {
	{ "killed", killed },	 { "unblocked", unblocked },	   { "injected", injected },
	{ "exit", exit_status }, { "thread-alone", thread_alone },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
