// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who ended the process: another one, and what is known of that; or a terminal, a timer, a
 * descriptor, the end of the parent. Who only runs when such a signal is sent is not named.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "fact.h"
#include "scenario.h"

/* Shared: the victim adds itself, and who causes the signal adds the rest and writes it. */
static struct fact *fact;
static struct gate ready;

struct expected {
	int number;
	const char *subject;
	pid_t sender;	      /* 0: nobody must be named */
	const char *terminal; /* NULL: none */
	struct evidence evidence;
};

static void emit_outcome(const struct expected *expected, const char *outcome)
{
	fact_text(fact, "subject", expected->subject);
	fact_text(fact, "outcome", outcome);
	fact_open(fact, "signal");
	fact_number(fact, "number", expected->number);
	if (expected->sender)
		fact_json(fact, "sender", "{\"pid\":%d}", (int)expected->sender);
	else
		fact_json(fact, "sender", "null");
	if (expected->terminal)
		fact_json(fact, "terminal", "{\"name\":\"%s\"}", expected->terminal);
	else
		fact_json(fact, "terminal", "null");
	fact_close(fact);
	fact_evidence(fact, &expected->evidence);
	fact_emit(fact, NULL);
}

static void emit(const struct expected *expected)
{
	emit_outcome(expected, "killed");
}

/* In the victim: it has said who it is. */
static void describe(void)
{
	fact_start(fact);
	fact_identity(fact);
	gate_open(&ready, 1);
}

static void describe_and_wait(void)
{
	describe();
	for (;;)
		pause();
}

static void prepare(void)
{
	fact = mmap(NULL, sizeof(*fact), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fact == MAP_FAILED)
		scenario_die("mmap");
	gate_init(&ready);
	/* The runner may ignore some. */
	for (int number = 1; number < SIGRTMIN; number++)
		if (number != SIGPIPE && number != SIGKILL && number != SIGSTOP &&
		    number != SIGCHLD)
			signal(number, SIG_DFL);
	scenario_begin();
}

static pid_t victim_start(void (*run)(void))
{
	pid_t pid = scenario_fork();

	if (pid == 0) {
		run();
		_exit(1);
	}
	gate_wait(&ready);
	return pid;
}

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
	fact_open(fact, "sender");
	fact_number(fact, "pid", scenario_pid());
	fact_text(fact, "comm", comm);
	fact_number(fact, "uid", getuid());
	fact_text(fact, "exe", exe);
	fact_json(fact, "cmdline", "%s]", list);
	fact_text(fact, "syscall", "kill");
	fact_json(fact, "ancestors", "{\"$list\":[{\"pid\":%d},\"...\"]}", (int)getppid());
	fact_close(fact);
}

/* All that is told of a sender. */
static void by_process(void)
{
	pid_t pid;

	prepare();
	pid = victim_start(describe_and_wait);
	fact_text(fact, "subject", "sent");
	fact_text(fact, "outcome", "killed");
	fact_open(fact, "signal");
	fact_number(fact, "number", SIGTERM);
	add_self();
	fact_close(fact);
	fact_evidence(fact, &(struct evidence){ .code = "sent_by_process",
						.confidence = "certain",
						.text = "sent the signal with kill()" });
	fact_emit(fact, NULL);
	kill(pid, SIGTERM);
	scenario_reap_expect(pid, SIGTERM);
}

static void send_to_itself(void)
{
	describe();
	emit(&(struct expected){ SIGUSR1,
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
	prepare();
	scenario_reap_expect(victim_start(send_to_itself), SIGUSR1);
}

/* A process can give any code below 0 to what it sends. */
static void forged_timer(void)
{
	siginfo_t info = { .si_signo = SIGUSR2, .si_code = SI_TIMER };
	pid_t pid;

	prepare();
	pid = victim_start(describe_and_wait);
	emit(&(struct expected){ SIGUSR2,
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
	describe_and_wait();
}

static void send_term(pid_t victim, pid_t sender)
{
	size_t length = fact->length;

	emit_outcome(&(struct expected){ SIGTERM,
					 "sent",
					 sender,
					 NULL,
					 { .code = "sent_by_process",
					   .confidence = "certain",
					   .text = "sent the signal with kill()" } },
		     "ignored");
	fact->text[length] = '\0';
	fact->length = length;
	kill(victim, SIGTERM);
}

static void stop_timeout(void)
{
	pid_t pid;

	prepare();
	pid = victim_start(ignore_and_wait);
	send_term(pid, scenario_pid());
	emit(&(struct expected){ SIGKILL,
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

	prepare();
	pid = victim_start(ignore_and_wait);
	other = scenario_fork();
	if (other == 0) {
		send_term(pid, scenario_pid());
		_exit(0);
	}
	scenario_reap_expect(other, 0);
	emit(&(struct expected){ SIGKILL,
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
	describe_and_wait();
}

static void parent_died(void)
{
	pid_t parent;

	prepare();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	parent = scenario_fork();
	if (parent == 0) {
		victim_start(ask_and_wait);
		emit(&(struct expected){
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
	*(pid_t *)victim = victim_start(ask_and_wait);
	emit(&(struct expected){ SIGKILL,
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

	prepare();
	if (pthread_create(&thread, NULL, start_and_end, &pid))
		scenario_die("pthread_create");
	pthread_join(thread, NULL);
	scenario_reap_expect(pid, SIGKILL);
}

/* --- terminals --- */

static int master;
static char slave_path[64];

static void terminal_open(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) || unlockpt(master) ||
	    ptsname_r(master, slave_path, sizeof(slave_path)))
		scenario_skip("no terminal: %s", strerror(errno));
}

static const char *terminal_name(void)
{
	return slave_path + strlen("/dev/");
}

/* In the leader of a new session, whose terminal it becomes. */
static void terminal_take(void)
{
	int slave;

	close(master);
	setsid();
	slave = open(slave_path, O_RDWR);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0 || dup2(slave, 0) < 0)
		scenario_die("%s", slave_path);
	close(slave);
}

static void take_and_wait(void)
{
	terminal_take();
	describe_and_wait();
}

static void interrupt_key(void)
{
	pid_t pid;

	terminal_open();
	prepare();
	pid = victim_start(take_and_wait);
	emit(&(struct expected){
		SIGINT,
		"kernel",
		0,
		terminal_name(),
		{ .code = "sent_by_terminal",
		  .confidence = "certain",
		  .text = "the interrupt key (normally Ctrl-C) was pressed at terminal pts/" } });
	if (write(master, "\003", 1) != 1)
		scenario_die("write");
	scenario_reap_expect(pid, SIGINT);
}

static void hang_up(void)
{
	pid_t pid;

	terminal_open();
	prepare();
	pid = victim_start(take_and_wait);
	emit(&(struct expected){
		SIGHUP,
		"kernel",
		0,
		terminal_name(),
		{ .code = "sent_by_terminal", .confidence = "certain", .text = " hung up" } });
	/* When it ends, the session of which it is the leader hangs up, too. */
	emit(&(struct expected){ SIGHUP,
				 "kernel",
				 0,
				 NULL,
				 { .code = "sent_by_terminal",
				   .confidence = "certain",
				   .text = "its terminal hung up",
				   .missing = "signal.terminal" } });
	close(master);
	scenario_reap_expect(pid, SIGHUP);
}

static void session_end(void)
{
	pid_t leader;

	terminal_open();
	prepare();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	leader = scenario_fork();
	if (leader == 0) {
		terminal_take();
		victim_start(describe_and_wait);
		emit(&(struct expected){ SIGHUP,
					 "kernel",
					 scenario_pid(),
					 terminal_name(),
					 { .code = "sent_by_terminal",
					   .confidence = "certain",
					   .text = " ended with status 5" } });
		_exit(5);
	}
	scenario_reap(leader);
	scenario_reap(-1);
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
	prepare();
	pid = victim_start(describe_and_wait);
	emit(&(struct expected){ SIGKILL,
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

/* --- timers and descriptors: others run when they fire --- */

static void describe_timer(int number, const char *text)
{
	describe();
	emit(&(struct expected){
		number,
		"kernel",
		0,
		NULL,
		{ .code = "timer_expired", .confidence = "certain", .text = text } });
}

static void run_with_timer(int which)
{
	struct itimerval soon = { .it_value.tv_usec = 2000 };

	setitimer(which, &soon, NULL);
	while (which != ITIMER_REAL || pause())
		;
}

static void run_real(void)
{
	describe_timer(SIGALRM, "ITIMER_REAL");
	run_with_timer(ITIMER_REAL);
}

static void run_virtual(void)
{
	describe_timer(SIGVTALRM, "ITIMER_VIRTUAL");
	run_with_timer(ITIMER_VIRTUAL);
}

static void run_prof(void)
{
	describe_timer(SIGPROF, "ITIMER_PROF");
	run_with_timer(ITIMER_PROF);
}

static void run_posix(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec soon = { .it_value.tv_nsec = 2000000 };
	timer_t id;

	describe_timer(SIGUSR1, "SI_TIMER");
	if (timer_create(CLOCK_MONOTONIC, &event, &id) < 0 || timer_settime(id, 0, &soon, NULL) < 0)
		scenario_die("timer");
	for (;;)
		pause();
}

static void timer_real(void)
{
	prepare();
	scenario_reap_expect(victim_start(run_real), SIGALRM);
}

static void timer_virtual(void)
{
	prepare();
	scenario_reap_expect(victim_start(run_virtual), SIGVTALRM);
}

static void timer_prof(void)
{
	prepare();
	scenario_reap_expect(victim_start(run_prof), SIGPROF);
}

static void timer_posix(void)
{
	prepare();
	scenario_reap_expect(victim_start(run_posix), SIGUSR1);
}

static int data[2];

static void watch_and_wait(void)
{
	if (fcntl(data[0], F_SETOWN, getpid()) < 0 || fcntl(data[0], F_SETSIG, SIGUSR1) < 0 ||
	    fcntl(data[0], F_SETFL, O_ASYNC) < 0)
		scenario_die("fcntl");
	describe_and_wait();
}

static void descriptor(void)
{
	pid_t pid;

	if (pipe2(data, O_CLOEXEC) < 0)
		scenario_die("pipe2");
	prepare();
	pid = victim_start(watch_and_wait);
	emit(&(struct expected){
		SIGUSR1,
		"kernel",
		0,
		NULL,
		{ .code = "descriptor_ready", .confidence = "certain", .text = "F_SETOWN" } });
	if (write(data[1], "x", 1) != 1)
		scenario_die("write");
	scenario_reap_expect(pid, SIGUSR1);
}

static const struct scenario scenarios[] = {
	{ "by-process", by_process },
	{ "by-itself", by_itself },
	{ "forged-timer", forged_timer },
	{ "stop-timeout", stop_timeout },
	{ "term-by-another", term_by_another },
	{ "parent-died", parent_died },
	{ "parent-thread-died", parent_thread_died },
	{ "interrupt-key", interrupt_key },
	{ "hang-up", hang_up },
	{ "session-end", session_end },
	{ "cgroup-kill", cgroup_kill },
	{ "timer-real", timer_real },
	{ "timer-virtual", timer_virtual },
	{ "timer-prof", timer_prof },
	{ "timer-posix", timer_posix },
	{ "descriptor", descriptor },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
