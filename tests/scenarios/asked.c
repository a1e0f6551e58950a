// SPDX-License-Identifier: GPL-2.0-or-later
/* SIGTERM asks a process to end, and while it cleans up it dies of something else. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"
#include "sent_victim.h"

#define USER 65534

static atomic_bool asked;

static void note_asked(int number)
{
	(void)number;
	asked = true;
}

/* In the victim: until somebody asks for the end. */
static void wait_until_asked(void)
{
	signal(SIGTERM, note_asked);
	sent_describe();
	while (!asked)
		usleep(1000);
}

/* SIGNAL kills the victim after SENDER has asked it; 0: nobody has. */
static void emit(int number, const char *subject, pid_t sender, uid_t uid)
{
	fact_text(sent_fact, "subject", subject);
	fact_json(sent_fact, "outcome", "\"%s\"", number ? "killed" : "exited");
	if (number)
		fact_json(sent_fact, "signal", "{\"number\":%d}", number);
	if (!sender) {
		fact_json(sent_fact, "stop", "null");
		fact_json(sent_fact, "cause", "{\"timeline\":[]}");
	} else {
		fact_json(sent_fact, "stop",
			  "{\"signal\":\"SIGTERM\",\"outcome\":\"handled\",\"pid\":%d,\"uid\":%d,"
			  "\"comm\":\"scenario-asked\",\"ago_us\":{\"$range\":[0,9000000]}}",
			  (int)sender, (int)uid);
		fact_json(sent_fact, "cause",
			  "{\"timeline\":{\"$contains\":[{\"what\":\"sigterm_sent\"}]}}");
	}
	fact_emit(sent_fact, number ? "killed" : "exited");
}

/* RUN ends by the signal NUMBER, of the kernel or its own, after this process has asked. */
static void ask(void (*run)(void), int number, const char *subject)
{
	pid_t pid;
	int status;

	sent_prepare();
	pid = sent_victim_start(run);
	emit(number, subject, scenario_pid(), getuid());
	kill(pid, SIGTERM);
	status = scenario_reap(pid);
	if (number ? !WIFSIGNALED(status) || WTERMSIG(status) != number : status != 3 << 8)
		scenario_die("the victim ended with status %#x", (unsigned int)status);
}

static void write_to_nobody(void)
{
	int fd = scenario_broken_pipe();

	wait_until_asked();
	scenario_write_fatal(fd, 5);
}

static void broken_pipe(void)
{
	ask(write_to_nobody, SIGPIPE, "write");
}

static void use_nothing(void)
{
	wait_until_asked();
	*(volatile int *)NULL = 1;
}

static void fault(void)
{
	ask(use_nothing, SIGSEGV, "fault");
}

/* It restores the default, and sends the signal to itself. */
static void raise_again(void)
{
	wait_until_asked();
	signal(SIGTERM, SIG_DFL);
	raise(SIGTERM);
}

static void raised(void)
{
	ask(raise_again, SIGTERM, "sent");
}

static void exit_with_3(void)
{
	wait_until_asked();
	_exit(3);
}

static void exited(void)
{
	ask(exit_with_3, 0, "exit");
}

/* --- who had asked --- */

static void clean_up_for_long(void)
{
	if (setuid(USER) < 0)
		scenario_die("setuid");
	wait_until_asked();
	for (;;)
		pause();
}

/* A user asks, and root kills: one does not hide the other. */
static void by_another_user(void)
{
	pid_t pid, other;

	sent_prepare();
	pid = sent_victim_start(clean_up_for_long);
	other = scenario_fork();
	if (other == 0) {
		if (setuid(USER) < 0)
			scenario_die("setuid");
		emit(SIGKILL, "sent", scenario_pid(), USER);
		kill(pid, SIGTERM);
		_exit(0);
	}
	scenario_reap_expect(other, 0);
	kill(pid, SIGKILL);
	scenario_reap_expect(pid, SIGKILL);
}

/* What a process sends to itself has not asked it. */
static void ask_itself(void)
{
	signal(SIGTERM, note_asked);
	sent_describe();
	emit(SIGSEGV, "fault", 0, 0);
	raise(SIGTERM);
	*(volatile int *)NULL = 1;
}

static void by_itself(void)
{
	sent_prepare();
	scenario_reap_expect(sent_victim_start(ask_itself), SIGSEGV);
}

static const struct scenario scenarios[] = {
	{ "broken-pipe", broken_pipe },
	{ "fault", fault },
	{ "raised", raised },
	{ "exited", exited },
	{ "by-another-user", by_another_user },
	{ "by-itself", by_itself },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
