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
#include "clock.h"
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

/* START in clock ticks since boot. */
static void start_thread(const struct fake_proc *proc, const char *tid, unsigned long long start)
{
	char name[64];

	snprintf(name, sizeof(name), "812/task/%s", tid);
	fake_proc_write_stat_at(proc, name, "server", 'S', start);
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
	start_thread(proc, tid, 500);
}

static void prepare(enum ev_outcome outcome, enum ev_disposition disposition)
{
	memset(&incident, 0, sizeof(incident));
	incident.outcome = outcome;
	incident.signal.blocked = outcome == EV_OUTCOME_PENDING;
	incident.signal.number = SIGPIPE;
	incident.signal.disposition = disposition;
	incident.process.pid = 812;
	incident.process.tid = 815;
	incident.process.ppid = 800;
	incident.process.threads = 3;
	incident.process.flags = EV_PROCESS_PARENT_FORKED;
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

/* The parent of now has not started it. */
static void test_parent_has_adopted(void **state)
{
	const struct fake_proc *proc = *state;

	fake_proc_write_stat(proc, 800, "systemd", 'S', 400);
	write_status(proc, 800, "status", "0000000000000000", "0000000000001000");
	prepare(EV_OUTCOME_IGNORED, EV_DISPOSITION_IGNORE);
	incident.process.flags = 0;
	signal_sets_enrich(&incident, proc->root);
	assert_int_equal(incident.process.parent_ignores, ANSWER_UNKNOWN);
}

static uint32_t open_threads_of(const struct fake_proc *proc)
{
	incident.process.threads_open = 0;
	signal_sets_enrich(&incident, proc->root);
	return incident.process.threads_open;
}

static void three_threads(const struct fake_proc *proc)
{
	prepare(EV_OUTCOME_PENDING, EV_DISPOSITION_DEFAULT);
	incident.monotonic_ns = clock_now_ns();
	fake_proc_write_stat(proc, 812, "server", 'S', 500);
	write_thread(proc, "812", "0000000000000000");
	write_thread(proc, "815", "0000000000001000");
	write_thread(proc, "816", "0000000000002000");
}

static void test_threads(void **state)
{
	const struct fake_proc *proc = *state;

	prepare(EV_OUTCOME_PENDING, EV_DISPOSITION_DEFAULT);
	assert_int_equal(open_threads_of(proc), 0);
	three_threads(proc);
	assert_int_equal(open_threads_of(proc), 2);
	incident.outcome = EV_OUTCOME_KILLED;
	assert_int_equal(open_threads_of(proc), 0);
	incident.outcome = EV_OUTCOME_PENDING;
	/* The process is stopped. */
	incident.signal.blocked = false;
	assert_int_equal(open_threads_of(proc), 0);
	incident.signal.blocked = true;
	/* The other threads ignore it. */
	incident.signal.disposition = EV_DISPOSITION_IGNORE;
	assert_int_equal(open_threads_of(proc), 0);
	incident.signal.disposition = EV_DISPOSITION_HANDLER;
	assert_int_equal(open_threads_of(proc), 2);
	/* Another process with this number. */
	incident.process.start_boot_ns /= 2;
	assert_int_equal(open_threads_of(proc), 0);
}

/* What /proc shows now is not what was at the incident. */
static void test_threads_have_changed(void **state)
{
	const struct fake_proc *proc = *state;

	three_threads(proc);
	incident.process.threads = 4; /* one has ended */
	assert_int_equal(open_threads_of(proc), 0);
	incident.process.threads = 1;
	assert_int_equal(open_threads_of(proc), 0);
	incident.process.threads = 2; /* one has started, long after the incident */
	start_thread(proc, "816", 1ull << 50);
	assert_int_equal(open_threads_of(proc), 1);
	start_thread(proc, "816", 500);
	incident.process.threads = 3;
	assert_int_equal(open_threads_of(proc), 2);
	incident.process.tid = 900; /* the thread of the incident has ended */
	assert_int_equal(open_threads_of(proc), 0);
	incident.process.tid = 816; /* it does not block the signal any more */
	assert_int_equal(open_threads_of(proc), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_proc_setup, fake_proc_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_parent_ignores),    TEST(test_no_parent_to_ask),
		TEST(test_parent_is_sigpath), TEST(test_parent_has_adopted),
		TEST(test_threads),	      TEST(test_threads_have_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
