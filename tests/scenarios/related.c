// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A write fails because its reader died, and the death is an incident of its own. The ids are
 * sigpath's, so only tests/unit/command/related.c and the golden case compare them.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "accused.h"

#define ANY_ID "{\"$any\":true}"

static void emit_death(int number)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_json(&fact, "outcome", "\"killed\"");
	fact_json(&fact, "signal", "{\"number\":%d}", number);
	fact_json(&fact, "links", "[]");
	fact_emit(&fact, NULL);
}

static void raise_again(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}

/* A reader that SIGNAL kills; with HANDLE it does so itself after a handler. */
static pid_t start_reader(const int *ends, int number, void (*handle)(int),
			  const struct gate *ready)
{
	pid_t reader = fork_child();

	if (reader == 0) {
		close(ends[1]);
		if (handle)
			signal(number, handle);
		emit_death(number);
		gate_open(ready, 1);
		live_on();
	}
	return reader;
}

static noreturn void write_to_dead(int number, void (*handle)(int), const char *text)
{
	struct truth truth = { .how = "closed_by_exit" };
	struct gate ready;
	struct fact fact;
	int ends[2];

	gate_init(&ready);
	scenario_begin();
	if (pipe(ends))
		scenario_die("pipe");
	truth.peer = start_reader(ends, number, handle, &ready);
	close(ends[0]);
	gate_wait(&ready);
	kill(truth.peer, number);
	truth.status = scenario_reap(truth.peer);
	fact_start_fatal_write(&fact, ends[1]);
	fact_json(&fact, "peer_process",
		  "{\"pid\":%d,\"how\":\"%s\",\"confidence\":\"certain\",\"incident\":" ANY_ID "}",
		  truth.peer, truth.how);
	fact_json(&fact, "links", "[{\"what\":\"peer_died\",\"incident\":" ANY_ID "}]");
	fact_finish_fatal_write(&fact, ends[1],
				&(struct evidence){ .code = "reader_closed",
						    .confidence = "certain",
						    .text = text });
}

static void killed(void)
{
	write_to_dead(SIGKILL, NULL, "] had sent it SIGKILL ");
}

static void aborted(void)
{
	write_to_dead(SIGABRT, NULL, "the reader was killed by SIGABRT");
}

/* Its incident waits for its end, and the one of the write for that incident. */
static void raised(void)
{
	write_to_dead(SIGTERM, raise_again, "] had sent it SIGTERM ");
}

static const struct scenario scenarios[] = {
	{ "killed", killed },
	{ "aborted", aborted },
	{ "raised", raised },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
