// SPDX-License-Identifier: GPL-2.0-or-later
/* Who ended the process: another one, and what is known of that; or the end of its parent. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scenario.h"
#include "sent_victim.h"

static void add_self(void)
{
	char exe[1024] = "", cmdline[1024], comm[16], list[2048] = "[";
	FILE *file = fopen("/proc/self/cmdline", "re");
	size_t size = file ? fread(cmdline, 1, sizeof(cmdline), file) : 0, used = 1;

	if (!file || readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		scenario_die("/proc/self");
	fclose(file);
	for (size_t at = 0; at < size; at += strlen(cmdline + at) + 1)
		used += snprintf(list + used, sizeof(list) - used, "%s\"%s\"", at ? "," : "",
				 cmdline + at);
	prctl(PR_GET_NAME, comm);
	fact_open(sent_fact, "sender");
	fact_number(sent_fact, "pid", scenario_pid());
	fact_text(sent_fact, "comm", comm);
	fact_number(sent_fact, "uid", getuid());
	fact_text(sent_fact, "exe", exe);
	fact_json(sent_fact, "cmdline", "%s]", list);
	fact_text(sent_fact, "syscall", "kill");
	fact_json(sent_fact, "ancestors", "{\"$list\":[{\"pid\":%d},\"...\"]}", (int)getppid());
	fact_close(sent_fact);
}

/* All that is told of a sender. */
static void by_process(void)
{
	pid_t pid;

	sent_prepare();
	pid = sent_victim_start(sent_describe_and_wait);
	fact_text(sent_fact, "subject", "sent");
	fact_text(sent_fact, "outcome", "killed");
	fact_open(sent_fact, "signal");
	fact_number(sent_fact, "number", SIGTERM);
	add_self();
	fact_close(sent_fact);
	fact_evidence(sent_fact, &(struct evidence){ .code = "sent_by_process",
						     .confidence = "certain",
						     .text = "sent the signal with kill()" });
	fact_emit(sent_fact, NULL);
	kill(pid, SIGTERM);
	scenario_reap_expect(pid, SIGTERM);
}

static void send_to_itself(void)
{
	sent_describe();
	sent_emit(&(struct sent_expected){
		SIGUSR1,
		"sent",
		scenario_pid(),
		NULL,
		{ .code = "sent_by_itself",
		  .confidence = "certain",
		  .text = "of this process sent the signal with tgkill()" } });
	raise(SIGUSR1);
}

static void by_itself(void)
{
	sent_prepare();
	scenario_reap_expect(sent_victim_start(send_to_itself), SIGUSR1);
}

/* A process can give any code below 0 to what it sends. */
static void forged_timer(void)
{
	siginfo_t info = { .si_signo = SIGUSR2, .si_code = SI_TIMER };
	pid_t pid;

	sent_prepare();
	pid = sent_victim_start(sent_describe_and_wait);
	sent_emit(&(struct sent_expected){ SIGUSR2,
					   "sent",
					   scenario_pid(),
					   NULL,
					   { .code = "sent_by_process",
					     .confidence = "certain",
					     .text = "sent the signal with rt_sigqueueinfo()" } });
	if (syscall(SYS_rt_sigqueueinfo, pid, SIGUSR2, &info) < 0)
		scenario_die("rt_sigqueueinfo");
	scenario_reap_expect(pid, SIGUSR2);
}

/* --- SIGTERM, then SIGKILL --- */

static void ignore_and_wait(void)
{
	signal(SIGTERM, SIG_IGN);
	sent_describe_and_wait();
}

static void send_term(pid_t victim, pid_t sender)
{
	size_t length = sent_fact->length;

	sent_emit_outcome(&(struct sent_expected){ SIGTERM,
						   "sent",
						   sender,
						   NULL,
						   { .code = "sent_by_process",
						     .confidence = "certain",
						     .text = "sent the signal with kill()" } },
			  "ignored");
	sent_fact->text[length] = '\0';
	sent_fact->length = length;
	kill(victim, SIGTERM);
}

static void stop_timeout(void)
{
	pid_t pid;

	sent_prepare();
	pid = sent_victim_start(ignore_and_wait);
	send_term(pid, scenario_pid());
	sent_emit(&(struct sent_expected){ SIGKILL,
					   "sent",
					   scenario_pid(),
					   NULL,
					   { .code = "stop_timeout",
					     .confidence = "certain",
					     .text = "before was ignored, then SIGKILL",
					     .timeline = { "sigterm_sent" } } });
	kill(pid, SIGKILL);
	scenario_reap_expect(pid, SIGKILL);
}

/* It is said that another process sent SIGTERM; the one that killed has not stopped it. */
static void term_by_another(void)
{
	pid_t pid, other;

	sent_prepare();
	pid = sent_victim_start(ignore_and_wait);
	other = scenario_fork();
	if (other == 0) {
		send_term(pid, scenario_pid());
		_exit(0);
	}
	scenario_reap_expect(other, 0);
	sent_emit(&(struct sent_expected){ SIGKILL,
					   "sent",
					   scenario_pid(),
					   NULL,
					   { .code = "sent_by_process",
					     .confidence = "certain",
					     .text = " had sent SIGTERM ",
					     .timeline = { "sigterm_sent" } } });
	kill(pid, SIGKILL);
	scenario_reap_expect(pid, SIGKILL);
}

/* --- the end of the parent --- */

static void ask_and_wait(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sent_describe_and_wait();
}

static void parent_died(void)
{
	pid_t parent;

	sent_prepare();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	parent = scenario_fork();
	if (parent == 0) {
		sent_victim_start(ask_and_wait);
		sent_emit(&(struct sent_expected){
			SIGKILL,
			"kernel",
			scenario_pid(),
			NULL,
			{ .code = "parent_died",
			  .confidence = "certain",
			  .text = " ended with status 3, and the process had asked" } });
		_exit(3);
	}
	scenario_reap(parent);
	scenario_reap(-1);
}

static void *start_and_end(void *victim)
{
	*(pid_t *)victim = sent_victim_start(ask_and_wait);
	sent_emit(&(struct sent_expected){
		SIGKILL,
		"kernel",
		scenario_pid(),
		NULL,
		{ .code = "parent_died",
		  .confidence = "certain",
		  .text = "which had started this process; the parent lives" } });
	return NULL;
}

/* A thread is a parent, too. */
static void parent_thread_died(void)
{
	pthread_t thread;
	pid_t pid;

	sent_prepare();
	if (pthread_create(&thread, NULL, start_and_end, &pid))
		scenario_die("pthread_create");
	pthread_join(thread, NULL);
	scenario_reap_expect(pid, SIGKILL);
}

/* --- cgroup.kill --- */

static void cgroup_write(const char *directory, const char *name, const char *text)
{
	char path[1200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		int error = errno;

		rmdir(directory);
		scenario_skip("%s: %s", name, strerror(error));
	}
	close(fd);
}

static void cgroup_kill(void)
{
	char mount[1024], directory[1100], number[16];
	pid_t pid;

	if (!cgroup2_mount(mount, sizeof(mount)))
		scenario_skip("no cgroup2");
	snprintf(directory, sizeof(directory), "%s/sigpath-sent-%d", mount, (int)getpid());
	if (mkdir(directory, 0755) < 0)
		scenario_skip("%s: %s", directory, strerror(errno));
	/* 5.14 */
	cgroup_write(directory, "cgroup.kill", "1");
	sent_prepare();
	pid = sent_victim_start(sent_describe_and_wait);
	sent_emit(&(struct sent_expected){ SIGKILL,
					   "sent",
					   scenario_pid(),
					   NULL,
					   { .code = "cgroup_killed",
					     .confidence = "certain",
					     .text = "it wrote to cgroup.kill" } });
	snprintf(number, sizeof(number), "%d", (int)pid);
	cgroup_write(directory, "cgroup.procs", number);
	cgroup_write(directory, "cgroup.kill", "1");
	scenario_reap_expect(pid, SIGKILL);
	rmdir(directory);
}

static const struct scenario scenarios[] = {
	{ "by-process", by_process },
	{ "by-itself", by_itself },
	{ "forged-timer", forged_timer },
	{ "stop-timeout", stop_timeout },
	{ "term-by-another", term_by_another },
	{ "parent-died", parent_died },
	{ "parent-thread-died", parent_thread_died },
	{ "cgroup-kill", cgroup_kill },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
