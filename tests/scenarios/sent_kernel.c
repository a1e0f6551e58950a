// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel ended the process, for a terminal, a timer or a descriptor. Who only runs when such a
 * signal is sent is not named.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "scenario.h"
#include "sent_victim.h"

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
	sent_describe_and_wait();
}

static void interrupt_key(void)
{
	pid_t pid;

	terminal_open();
	sent_prepare();
	pid = sent_victim_start(take_and_wait);
	sent_emit(&(struct sent_expected){
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
	sent_prepare();
	pid = sent_victim_start(take_and_wait);
	sent_emit(&(struct sent_expected){
		SIGHUP,
		"kernel",
		0,
		terminal_name(),
		{ .code = "sent_by_terminal", .confidence = "certain", .text = " hung up" } });
	close(master);
	scenario_reap_expect(pid, SIGHUP);
}

static void session_end(void)
{
	pid_t leader;

	terminal_open();
	sent_prepare();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	leader = scenario_fork();
	if (leader == 0) {
		terminal_take();
		sent_victim_start(sent_describe_and_wait);
		sent_emit(&(struct sent_expected){ SIGHUP,
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

/* --- timers and descriptors: others run when they fire --- */

static void describe_timer(int number, const char *text)
{
	sent_describe();
	sent_emit(&(struct sent_expected){
		number,
		"kernel",
		0,
		NULL,
		{ .code = "timer_expired", .confidence = "certain", .text = text } });
}

static void run_with_timer(int which)
{
	struct itimerval soon = { .it_value.tv_usec = 2000 };
	volatile unsigned int turns = 0;

	setitimer(which, &soon, NULL);
	for (;;)
		turns++;
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
	sent_prepare();
	scenario_reap_expect(sent_victim_start(run_real), SIGALRM);
}

static void timer_virtual(void)
{
	sent_prepare();
	scenario_reap_expect(sent_victim_start(run_virtual), SIGVTALRM);
}

static void timer_prof(void)
{
	sent_prepare();
	scenario_reap_expect(sent_victim_start(run_prof), SIGPROF);
}

static void timer_posix(void)
{
	sent_prepare();
	scenario_reap_expect(sent_victim_start(run_posix), SIGUSR1);
}

static int data[2];

static void watch_and_wait(void)
{
	if (fcntl(data[0], F_SETOWN, getpid()) < 0 || fcntl(data[0], F_SETSIG, SIGUSR1) < 0 ||
	    fcntl(data[0], F_SETFL, O_ASYNC) < 0)
		scenario_die("fcntl");
	sent_describe_and_wait();
}

static void descriptor(void)
{
	pid_t pid;

	if (pipe2(data, O_CLOEXEC) < 0)
		scenario_die("pipe2");
	sent_prepare();
	pid = sent_victim_start(watch_and_wait);
	sent_emit(&(struct sent_expected){
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
	{ "interrupt-key", interrupt_key }, { "hang-up", hang_up },
	{ "session-end", session_end },	    { "timer-real", timer_real },
	{ "timer-virtual", timer_virtual }, { "timer-prof", timer_prof },
	{ "timer-posix", timer_posix },	    { "descriptor", descriptor },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
