// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several writers at the same time. Each fact has a label, and the case says which of them
 * sigpath's filters must drop. Also the commands that sigpath runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "connection.h"
#include "fact.h"
#include "scenario.h"

#define WRITE_BYTES 33
#define OTHER_UID 12345

static void emit(int fd, const char *label, bool is_pipe, bool killed)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, write, fd, WRITE_BYTES, NULL);
	if (is_pipe)
		fact_pipe(&fact, fd);
	else
		fact_unix(&fact, fd, NULL, NULL, 0);
	if (killed)
		fact_killed(&fact);
	else
		fact_ignored(&fact);
	fact_emit(&fact, label);
}

static noreturn void write_and_die(const char *label)
{
	int fd = scenario_broken_pipe();

	emit(fd, label, true, true);
	scenario_write_fatal(fd, WRITE_BYTES);
}

static void write_ignoring(const char *label)
{
	int fd = scenario_broken_pipe();

	emit(fd, label, true, false);
	scenario_write_epipe(fd, WRITE_BYTES);
	close(fd);
}

/* A child that waits at GATE; then its write kills it. PREPARE may be NULL. */
static pid_t writer_start(const struct gate *gate, const char *label, void (*prepare)(void))
{
	struct gate ready;
	pid_t child;

	gate_init(&ready);
	child = scenario_fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (prepare)
			prepare();
		gate_open(&ready, 1);
		gate_wait(gate);
		write_and_die(label);
	}
	scenario_declare_pid(child);
	gate_wait(&ready);
	return child;
}

/* {first}, {second}: their PIDs. {uid} and {cgroup}: how one of them differs. */
static void two_writers(void (*prepare_first)(void), void (*prepare_second)(void))
{
	pid_t first, second;
	struct gate gate;

	gate_init(&gate);
	first = writer_start(&gate, "first", prepare_first);
	second = writer_start(&gate, "second", prepare_second);
	scenario_value_number("first", first);
	scenario_value_number("second", second);
	scenario_begin();
	gate_open(&gate, 2);
	scenario_reap_expect(first, SIGPIPE);
	scenario_reap_expect(second, SIGPIPE);
}

static void processes(void)
{
	two_writers(NULL, NULL);
}

static void become_other_user(void)
{
	if (setresuid(OTHER_UID, OTHER_UID, OTHER_UID) < 0)
		scenario_die("setresuid");
}

static void users(void)
{
	scenario_value_number("uid", OTHER_UID);
	two_writers(become_other_user, NULL);
}

static void name_first(void)
{
	prctl(PR_SET_NAME, "sp-first");
}

static void name_second(void)
{
	prctl(PR_SET_NAME, "sp-first-not");
}

static void comms(void)
{
	two_writers(name_first, name_second);
}

static char cgroup_directory[PATH_MAX];

static void enter_cgroup(void)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup_directory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		scenario_die("%s", path);
	close(fd);
}

static void cgroups(void)
{
	char mount[1024];

	if (!cgroup2_mount(mount, sizeof(mount)))
		scenario_skip("no cgroup2 is mounted");
	snprintf(cgroup_directory, sizeof(cgroup_directory), "%s/sigpath-filter-%d", mount,
		 getpid());
	if (mkdir(cgroup_directory, 0755) < 0)
		scenario_skip("%s: %s", cgroup_directory, strerror(errno));
	scenario_value_text("cgroup", cgroup_directory);
	two_writers(enter_cgroup, NULL);
	if (rmdir(cgroup_directory) < 0)
		scenario_die("rmdir %s", cgroup_directory);
}

static struct gate thread_gate, thread_ready;
static pid_t thread_tid;

static void *run_thread(void *label)
{
	prctl(PR_SET_NAME, label);
	thread_tid = scenario_tid();
	gate_open(&thread_ready, 1);
	gate_wait(&thread_gate);
	write_ignoring(label);
	return NULL;
}

/* {tid}: the thread with the label "first". The main thread writes too: label "main". */
static void threads(void)
{
	static char labels[][8] = { "first", "second" };
	pthread_t ids[2];

	signal(SIGPIPE, SIG_IGN);
	gate_init(&thread_gate);
	gate_init(&thread_ready);
	for (int i = 0; i < 2; i++) {
		if (pthread_create(&ids[i], NULL, run_thread, labels[i]) != 0)
			scenario_die("pthread_create");
		gate_wait(&thread_ready);
		if (i == 0)
			scenario_value_number("tid", thread_tid);
	}
	scenario_begin();
	gate_open(&thread_gate, 2);
	write_ignoring("main");
	for (int i = 0; i < 2; i++)
		pthread_join(ids[i], NULL);
}

/* Labels parent, child and grandchild. */
static void family(void)
{
	pid_t child;

	signal(SIGPIPE, SIG_IGN);
	scenario_begin();
	child = scenario_fork();
	if (child == 0) {
		pid_t grandchild = scenario_fork();

		if (grandchild == 0) {
			write_ignoring("grandchild");
			_exit(0);
		}
		scenario_reap_expect(grandchild, 0);
		write_ignoring("child");
		_exit(0);
	}
	scenario_reap_expect(child, 0);
	write_ignoring("parent");
}

/* Labels pipe and unix. */
static void objects(void)
{
	int fd;

	signal(SIGPIPE, SIG_IGN);
	scenario_begin();
	write_ignoring("pipe");
	fd = connection_broken_pair();
	emit(fd, "unix", false, false);
	scenario_write_epipe(fd, WRITE_BYTES);
}

/* Labels ignored and killed. */
static void outcomes(void)
{
	scenario_begin();
	signal(SIGPIPE, SIG_IGN);
	write_ignoring("ignored");
	signal(SIGPIPE, SIG_DFL);
	write_and_die("killed");
}

static void five_writes(void)
{
	signal(SIGPIPE, SIG_IGN);
	scenario_begin();
	for (int i = 0; i < 5; i++)
		write_ignoring("write");
}

static void exit_with_7(void)
{
	scenario_begin();
	_exit(7);
}

static void die_of_sigpipe(void)
{
	scenario_begin();
	write_and_die("self");
}

static void copy(void)
{
	char buffer[4096];
	ssize_t got;

	scenario_begin();
	while ((got = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0) {
		for (ssize_t done = 0, written; done < got; done += written) {
			written = write(STDOUT_FILENO, buffer + done, got - done);
			if (written < 0)
				scenario_die("writing to stdout");
		}
	}
	if (got < 0)
		scenario_die("reading from stdin");
}

static const struct scenario scenarios[] = {
	{ "processes", processes },
	{ "users", users },
	{ "comms", comms },
	{ "cgroups", cgroups },
	{ "threads", threads },
	{ "family", family },
	{ "objects", objects },
	{ "outcomes", outcomes },
	{ "five-writes", five_writes },
	{ "exit-with-7", exit_with_7 },
	{ "die-of-sigpipe", die_of_sigpipe },
	{ "copy", copy },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
