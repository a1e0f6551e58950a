// SPDX-License-Identifier: GPL-2.0-or-later
/* The fields about why a process died: present where the fact is, and only there. */
#include "journal_case.h"

static void test_sender(void **state)
{
	struct incident_sender *sender = &sample.incident.signal.sender;

	sample_sent(&sample);
	render();
	expect("SIGPATH_SENDER_COMM", "pkill");
	expect("SIGPATH_SENDER_PID", "990");
	expect("SIGPATH_SENDER_UID", "1001");
	expect("SIGPATH_SENDER_EXE", "/usr/bin/pkill");
	expect("SIGPATH_SENDER_CMDLINE", "pkill -9 'a b'");
	expect("SIGPATH_SENDER_UNIT", "session-3.scope");
	expect("SIGPATH_SENDER_CONTAINER", "0123");
	expect("SIGPATH_SENDER_SYSCALL", "kill");
	expect("SIGPATH_SENDER_PARENT_PID", "971");
	expect("SIGPATH_SENDER_PARENT_PID_HERE", NULL);
	expect("SIGPATH_SENDER_ANCESTOR", "bash");
	expect("SIGPATH_TERMINAL", "pts/3");
	strcpy(sender->ancestors[0].comm, "a\nB=1");
	sender->ancestors[0].pid_here = (struct incident_here){ .differs = true, .number = 7 };
	render();
	expect("SIGPATH_SENDER_ANCESTOR", "a\\nB=1");
	expect("SIGPATH_SENDER_PARENT_PID_HERE", "7");
	*sender = (struct incident_sender){ .have = true, .pid = 990, .comm = "pkill" };
	sample.incident.signal.terminal.have = false;
	render();
	expect("SIGPATH_SENDER_COMM", "pkill");
	expect("SIGPATH_SENDER_EXE", NULL);
	expect("SIGPATH_SENDER_CMDLINE", NULL);
	expect("SIGPATH_SENDER_UNIT", NULL);
	expect("SIGPATH_SENDER_CONTAINER", NULL);
	expect("SIGPATH_SENDER_SYSCALL", NULL);
	expect("SIGPATH_SENDER_PARENT_PID", NULL);
	expect("SIGPATH_SENDER_ANCESTOR", NULL);
	expect("SIGPATH_TERMINAL", NULL);
	/* --redact all */
	sender->cmdline.redacted = true;
	render();
	expect("SIGPATH_SENDER_CMDLINE", NULL);
}

static void test_limits(void **state)
{
	struct incident_limit *limit = &sample.incident.limit;

	sample_killed(&sample);
	render();
	expect("SIGPATH_LIMIT", "RLIMIT_CPU");
	expect("SIGPATH_LIMIT_REACHED", "hard");
	expect("SIGPATH_LIMIT_SOFT", "1");
	expect("SIGPATH_LIMIT_HARD", "2");
	expect("SIGPATH_LIMIT_USED_US", "2001000");
	expect("SIGPATH_LIMIT_SIZE_BYTES", NULL);
	expect("SIGPATH_LIMIT_OFFSET_BYTES", NULL);
	*limit = (struct incident_limit){ .have = true,
					  .kind = EV_LIMIT_FSIZE,
					  .soft = 4096,
					  .hard = INCIDENT_NO_LIMIT,
					  .have_used = true,
					  .used = 4095,
					  .have_offset = true,
					  .offset = 4096 };
	render();
	expect("SIGPATH_LIMIT_REACHED", "soft");
	expect("SIGPATH_LIMIT_HARD", NULL);
	expect("SIGPATH_LIMIT_USED_US", NULL);
	expect("SIGPATH_LIMIT_SIZE_BYTES", "4095");
	expect("SIGPATH_LIMIT_OFFSET_BYTES", "4096");
	limit->kind = EV_LIMIT_RTTIME;
	render();
	expect("SIGPATH_LIMIT_USED_US", "4095");
	limit->have = false;
	render();
	expect("SIGPATH_LIMIT", NULL);
	expect("SIGPATH_LIMIT_SOFT", NULL);
}

static void test_stop(void **state)
{
	sample_killed(&sample);
	render();
	expect("SIGPATH_STOP_SIGNAL", "SIGTERM");
	expect("SIGPATH_STOP_OUTCOME", "handled");
	expect("SIGPATH_STOP_AGO_US", "1203000");
	expect("SIGPATH_STOP_COMM", "systemd");
	expect("SIGPATH_STOP_PID", "1");
	expect("SIGPATH_STOP_UID", "0");
	sample.incident.stop.have = false;
	render();
	expect("SIGPATH_STOP_SIGNAL", NULL);
	expect("SIGPATH_STOP_UID", NULL);
}

static void test_memory(void **state)
{
	struct incident_memory *memory = &sample.incident.memory;

	sample_killed(&sample);
	render();
	expect("SIGPATH_OOM_MEMORY_OF", "cgroup");
	expect("SIGPATH_OOM_RESIDENT_BYTES", "4096");
	expect("SIGPATH_OOM_SWAPPED_BYTES", "8192");
	expect("SIGPATH_OOM_SCORE_ADJ", "-1000");
	expect("SIGPATH_OOM_CGROUP", "a.service");
	expect("SIGPATH_OOM_CGROUP_LIMIT_BYTES", "20480");
	expect("SIGPATH_OOM_CGROUP_USAGE_BYTES", "20479");
	expect("SIGPATH_OOM_CHOSEN_COMM", "y");
	expect("SIGPATH_OOM_CHOSEN_PID", "800");
	expect("SIGPATH_OOM_TRIGGER_COMM", "x");
	expect("SIGPATH_OOM_TRIGGER_PID", "900");
	expect("SIGPATH_OOM_TRIGGER_UID", "33");
	memory->cgroup_limit = INCIDENT_NO_LIMIT;
	memory->trigger_pid = memory->chosen_pid = 0;
	render();
	expect("SIGPATH_OOM_CGROUP_LIMIT_BYTES", NULL);
	expect("SIGPATH_OOM_CHOSEN_COMM", NULL);
	expect("SIGPATH_OOM_TRIGGER_COMM", NULL);
	memory->flags = EV_MEMORY_OF_HOST;
	render();
	expect("SIGPATH_OOM_MEMORY_OF", "host");
	expect("SIGPATH_OOM_RESIDENT_BYTES", NULL);
	expect("SIGPATH_OOM_CGROUP", NULL);
	memory->have = false;
	render();
	expect("SIGPATH_OOM_MEMORY_OF", NULL);
	expect("SIGPATH_OOM_SCORE_ADJ", NULL);
}

static void test_filter_and_init(void **state)
{
	struct incident_namespace *init = &sample.incident.namespace_end;

	sample_killed(&sample);
	render();
	expect("SIGPATH_SECCOMP_ACTION", "kill_process");
	expect("SIGPATH_INIT_COMM", "tini");
	expect("SIGPATH_INIT_PID", "700");
	expect("SIGPATH_INIT_STATUS", "3");
	expect("SIGPATH_INIT_SIGNAL", NULL);
	init->status = 9;
	sample.incident.seccomp.have = false;
	render();
	expect("SIGPATH_SECCOMP_ACTION", NULL);
	expect("SIGPATH_INIT_STATUS", NULL);
	expect("SIGPATH_INIT_SIGNAL", "SIGKILL");
	init->have = false;
	render();
	expect("SIGPATH_INIT_COMM", NULL);
	expect("SIGPATH_INIT_SIGNAL", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sender),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_filter_and_init),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
