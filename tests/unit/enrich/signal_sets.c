// SPDX-License-Identifier: GPL-2.0-or-later
/* What /proc shows about the parent's ignored signals and the masks of the other threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <unistd.h>

#include "blocks.h"
#include "fake_proc.h"

static struct incident incident;

static void write_status(const struct fake_proc *proc, uint32_t pid, const char *name,
			 const char *blocked, const char *ignored)
{
	char text[256];
	int length = snprintf(text, sizeof(text),
			      "Name:\tserver\nSigPnd:\t0000000000000000\nSigBlk:\t%s\nSigIgn:\t%s\n"
			      "SigCgt:\t0000000000001000\n",
			      blocked, ignored);

	fake_proc_write(proc, pid, name, text, (size_t)length);
}

static void write_thread(const struct fake_proc *proc, const char *tid, const char *blocked)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/812/task", proc->root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/812/task/%s", proc->root, tid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "task/%s/status", tid);
	write_status(proc, 812, path, blocked, "0000000000000000");
}

static void prepare(enum ev_outcome outcome, enum ev_disposition disposition)
{
	memset(&incident, 0, sizeof(incident));
	incident.outcome = outcome;
	incident.signal.number = SIGPIPE;
	incident.signal.disposition = disposition;
	incident.process.pid = 812;
	incident.process.ppid = 800;
	incident.process.start_boot_ns = 500 * (1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void test_parent_ignores(void **state)
{
	const struct fake_proc *proc = *state;

	fake_proc_write_stat(proc, 800, "sh", 'S', 400);
	write_status(proc, 800, "status", "0000000000000000", "0000000000001000");
	prepare(EV_OUTCOME_IGNORED, EV_DISPOSITION_IGNORE);
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.parent_ignores, ANSWER_YES);
	incident.signal.number = SIGHUP;
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.parent_ignores, ANSWER_NO);
}

static void test_no_parent_to_ask(void **state)
{
	const struct fake_proc *proc = *state;

	prepare(EV_OUTCOME_IGNORED, EV_DISPOSITION_IGNORE);
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.parent_ignores, ANSWER_UNKNOWN);
	/* It started after its child, so it is another process with this PID. */
	fake_proc_write_stat(proc, 800, "sh", 'S', 502);
	write_status(proc, 800, "status", "0000000000000000", "0000000000001000");
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.parent_ignores, ANSWER_UNKNOWN);
	fake_proc_write_stat(proc, 800, "sh", 'S', 400);
	fake_proc_write(proc, 800, "status", "Name:\tSigIgn:\t1000\n", 19);
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.parent_ignores, ANSWER_UNKNOWN);
	write_status(proc, 800, "status", "0000000000000000", "0000000000001000");
	incident.signal.disposition = EV_DISPOSITION_HANDLER;
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.parent_ignores, ANSWER_UNKNOWN);
	incident.signal.disposition = EV_DISPOSITION_DEFAULT;
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.parent_ignores, ANSWER_YES);
}

/* COMMAND does not start with the disposition that sigpath itself has set. */
static void test_parent_is_sigpath(void **state)
{
	const struct fake_proc *proc = *state;

	prepare(EV_OUTCOME_KILLED, EV_DISPOSITION_DEFAULT);
	incident.process.ppid = (uint32_t)getpid();
	fake_proc_write_stat(proc, incident.process.ppid, "sigpath", 'S', 400);
	write_status(proc, incident.process.ppid, "status", "0000000000000000", "0000000000001000");
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.parent_ignores, ANSWER_UNKNOWN);
}

static void test_threads(void **state)
{
	const struct fake_proc *proc = *state;

	prepare(EV_OUTCOME_PENDING, EV_DISPOSITION_DEFAULT);
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.threads, 0);
	fake_proc_write_stat(proc, 812, "server", 'S', 500);
	write_thread(proc, "812", "0000000000000000");
	write_thread(proc, "815", "0000000000001000");
	write_thread(proc, "816", "0000000000002000");
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.threads, 3);
	assert_int_equal(incident.process.threads_open, 2);

	prepare(EV_OUTCOME_PENDING, EV_DISPOSITION_DEFAULT);
	incident.process.start_boot_ns /= 2;
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.threads, 0);
	prepare(EV_OUTCOME_KILLED, EV_DISPOSITION_DEFAULT);
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.threads, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_proc_setup, fake_proc_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_parent_ignores),
		TEST(test_no_parent_to_ask),
		TEST(test_parent_is_sigpath),
		TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
