// SPDX-License-Identifier: GPL-2.0-or-later
/* Which process was it? All fields of the process block, for each kind of process. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

#define WRITE_BYTES 17
#define STACK_BYTES (256 * 1024)
#define OTHER_UID 12345
#define OTHER_GID 54321

static noreturn void report_and_die(void)
{
	int fd = scenario_broken_pipe();
	struct fact fact;

	fact_start(&fact);
	fact_process(&fact);
	fact_call(&fact, write, fd, WRITE_BYTES, NULL);
	fact_pipe(&fact, fd);
	fact_killed(&fact);
	fact_emit(&fact, NULL);
	scenario_write_fatal(fd, WRITE_BYTES);
}

static void main_thread(void)
{
	scenario_begin();
	report_and_die();
}

static void *run_worker(void *unused)
{
	(void)unused;
	prctl(PR_SET_NAME, "sp worker-3");
	report_and_die();
}

static void second_thread(void)
{
	pthread_t worker;

	scenario_begin();
	if (pthread_create(&worker, NULL, run_worker, NULL) != 0)
		scenario_die("pthread_create");
	pthread_join(worker, NULL);
}

static void *run_last_thread(void *gate)
{
	struct fact fact;
	int fd = scenario_broken_pipe();

	gate_wait(gate);
	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, fd, WRITE_BYTES, NULL);
	fact_pipe(&fact, fd);
	fact_killed(&fact);
	fact_emit(&fact, NULL);
	scenario_write_fatal(fd, WRITE_BYTES);
}

/* The main thread called pthread_exit() before the other thread writes. */
static void leader_gone(void)
{
	static struct gate gate;
	pthread_t worker;

	gate_init(&gate);
	scenario_begin();
	if (pthread_create(&worker, NULL, run_last_thread, &gate) != 0)
		scenario_die("pthread_create");
	gate_open(&gate, 1);
	pthread_exit(NULL);
}

static void grandchild(void)
{
	pid_t child;

	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		pid_t last;

		prctl(PR_SET_NAME, "sp-parent");
		last = scenario_fork();
		if (last == 0)
			report_and_die();
		scenario_reap_expect(last, SIGPIPE);
		_exit(0);
	}
	scenario_reap_expect(child, 0);
}

static int run_report(void *unused)
{
	(void)unused;
	report_and_die();
}

static pid_t clone_child(int flags, int (*run)(void *))
{
	char *stack =
		mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stack == MAP_FAILED)
		scenario_die("mmap");
	return clone(run, stack + STACK_BYTES, flags | SIGCHLD, NULL);
}

/* Like vfork() and posix_spawn(): the child runs in this process's memory. */
static void vfork_child(void)
{
	pid_t child;

	scenario_begin();
	child = clone_child(CLONE_VM | CLONE_VFORK, run_report);
	if (child < 0)
		scenario_die("clone");
	scenario_reap_expect(child, SIGPIPE);
}

static int run_namespace_init(void *unused)
{
	pid_t child = scenario_fork();

	(void)unused;
	if (child == 0)
		report_and_die();
	scenario_reap_expect(child, SIGPIPE);
	_exit(0);
}

static void namespaces(void)
{
	pid_t init;

	scenario_begin();
	init = clone_child(CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS, run_namespace_init);
	if (init < 0)
		scenario_skip("no new namespaces: %s", strerror(errno));
	scenario_reap_expect(init, 0);
}

static void other_user(void)
{
	pid_t child;

	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		if (setresgid(OTHER_GID, OTHER_GID, OTHER_GID) < 0 ||
		    setresuid(OTHER_UID, OTHER_UID, OTHER_UID) < 0)
			scenario_die("setresuid");
		report_and_die();
	}
	scenario_reap_expect(child, SIGPIPE);
}

/* sigpath reports the real ids, not the effective ones. */
static void effective_user(void)
{
	pid_t child;

	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		if (setresgid(-1, OTHER_GID, -1) < 0 || setresuid(-1, OTHER_UID, -1) < 0)
			scenario_die("setresuid");
		report_and_die();
	}
	scenario_reap_expect(child, SIGPIPE);
}

static void enter_cgroup(const char *directory)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		scenario_die("%s", path);
	close(fd);
}

static void cgroup(void)
{
	char mount[1024], directory[PATH_MAX];
	pid_t child;

	if (!cgroup2_mount(mount, sizeof(mount)))
		scenario_skip("no cgroup2 is mounted");
	snprintf(directory, sizeof(directory), "%s/sigpath-scenario-%d", mount, getpid());
	if (mkdir(directory, 0755) < 0)
		scenario_skip("%s: %s", directory, strerror(errno));
	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		enter_cgroup(directory);
		report_and_die();
	}
	scenario_reap(child);
	if (rmdir(directory) < 0)
		scenario_die("rmdir %s", directory);
}

static const struct scenario scenarios[] = {
	{ "main-thread", main_thread }, { "second-thread", second_thread },
	{ "leader-gone", leader_gone }, { "grandchild", grandchild },
	{ "vfork-child", vfork_child }, { "namespaces", namespaces },
	{ "other-user", other_user },	{ "effective-user", effective_user },
	{ "cgroup", cgroup },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
