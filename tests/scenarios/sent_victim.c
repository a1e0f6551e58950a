// SPDX-License-Identifier: GPL-2.0-or-later
#include "sent_victim.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scenario.h"

struct fact *sent_fact;
static struct gate ready;

void sent_emit_outcome(const struct sent_expected *expected, const char *outcome)
{
	fact_text(sent_fact, "subject", expected->subject);
	fact_text(sent_fact, "outcome", outcome);
	fact_open(sent_fact, "signal");
	fact_number(sent_fact, "number", expected->number);
	if (expected->sender)
		fact_json(sent_fact, "sender", "{\"pid\":%d}", (int)expected->sender);
	else
		fact_json(sent_fact, "sender", "null");
	if (expected->terminal)
		fact_json(sent_fact, "terminal", "{\"name\":\"%s\"}", expected->terminal);
	else
		fact_json(sent_fact, "terminal", "null");
	fact_close(sent_fact);
	fact_evidence(sent_fact, &expected->evidence);
	fact_emit(sent_fact, outcome);
}

void sent_emit(const struct sent_expected *expected)
{
	sent_emit_outcome(expected, "killed");
}

/* In the victim: it has said who it is. */
void sent_describe(void)
{
	fact_start(sent_fact);
	fact_identity(sent_fact);
	gate_open(&ready, 1);
}

void sent_describe_and_wait(void)
{
	sent_describe();
	for (;;)
		pause();
}

void sent_prepare(void)
{
	sent_fact = mmap(NULL, sizeof(*sent_fact), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sent_fact == MAP_FAILED)
		scenario_die("mmap");
	gate_init(&ready);
	/* The runner may ignore some. */
	for (int number = 1; number < SIGRTMIN; number++)
		if (number != SIGPIPE && number != SIGKILL && number != SIGSTOP &&
		    number != SIGCHLD)
			signal(number, SIG_DFL);
	scenario_begin();
}

pid_t sent_victim_start(void (*run)(void))
{
	pid_t pid = scenario_fork();

	if (pid == 0) {
		run();
		_exit(1);
	}
	gate_wait(&ready);
	return pid;
}
