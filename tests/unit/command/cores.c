// SPDX-License-Identifier: GPL-2.0-or-later
/* Deaths whose core is expected wait for the end of their process, and are given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>

#include "cores.h"
#include "enrich.h"
#include "fake_proc.h"
#include "follow_case.h"

#define STATUS (SIGSEGV | 0x80)
#define TICK_NS UINT64_C(10000000)

static struct cores *cores;
static struct core_wait wait, taken;

static int set_up_cores(void **state)
{
	return set_up(state) ? -1 : cores_new(&cores);
}

static int tear_down_cores(void **state)
{
	cores_free(cores);
	return tear_down(state);
}

/* AGE_NS: since the death. */
static void begin(uint32_t pid, uint64_t age_ns)
{
	static struct incident incident;

	memset(&incident, 0, sizeof(incident));
	incident.number = 17;
	incident.monotonic_ns = now_ns() - age_ns;
	incident.signal.number = SIGSEGV;
	incident.process.pid = pid;
	incident.process.start_boot_ns = START_NS;
	strcpy(incident.process.comm, "server");
	/* Longer than the place for it: a user's systemd can choose it. */
	memset(incident.process.names.unit, 'u', sizeof(incident.process.names.unit) - 1);
	incident.core.state = CORE_EXPECTED;
	strcpy(incident.core.path, "/var/core/core.812");
	assert_true(cores_are_open(&incident));
	cores_begin(&incident, &wait);
}

static bool take_one(const char *proc_root, bool final)
{
	return cores_take(cores, exits, proc_root, final, &taken);
}

static void which_deaths_wait(void **state)
{
	static struct incident incident;

	for (int core = CORE_NOT_ASKED; core <= CORE_UNKNOWN; core++) {
		incident.core.state = (enum core_state)core;
		assert_int_equal(cores_are_open(&incident),
				 core == CORE_EXPECTED || core == CORE_BEING_WRITTEN);
	}
}

static void the_end_is_seen(void **state)
{
	struct ev_exit exit;

	assert_true(cores_is_empty(cores));
	begin(PID, 0);
	assert_true(cores_add(cores, &wait));
	assert_false(cores_is_empty(cores));
	assert_false(take_one(NULL, false));
	/* Of another process with this number. */
	exit = exit_of(PID, STATUS);
	exit.start_boot_ns++;
	list_as(&exit);
	assert_false(take_one(NULL, false));
	list_exit(PID, STATUS);
	assert_true(take_one(NULL, false));
	assert_int_equal(taken.given_up, EV_CORE_SEEN);
	assert_int_equal(taken.status, STATUS);
	assert_int_equal(taken.number, 17);
	assert_string_equal(taken.process.comm, "server");
	assert_string_equal(taken.core.path, "/var/core/core.812");
	assert_int_equal(strlen(taken.process.unit), sizeof(taken.process.unit) - 1);
	assert_true(cores_is_empty(cores));
}

/* In any order, and each by its own process. */
static void each_of_many(void **state)
{
	for (uint32_t pid = 100; pid < 103; pid++) {
		begin(pid, 0);
		assert_true(cores_add(cores, &wait));
	}
	list_exit(101, STATUS);
	assert_true(take_one(NULL, false));
	assert_int_equal(taken.process.pid, 101);
	assert_false(take_one(NULL, false));
	list_exit(102, STATUS);
	list_exit(100, SIGSEGV);
	assert_true(take_one(NULL, false));
	assert_int_equal(taken.process.pid, 100);
	assert_int_equal(taken.status, SIGSEGV);
	assert_true(take_one(NULL, false));
	assert_int_equal(taken.process.pid, 102);
	assert_true(cores_is_empty(cores));
}

static void too_many(void **state)
{
	for (uint32_t pid = 100; pid < 100 + CORES_MAX; pid++) {
		begin(pid, 0);
		assert_true(cores_add(cores, &wait));
	}
	begin(99, 0);
	assert_false(cores_add(cores, &wait));
	assert_int_equal(wait.given_up, EV_CORE_TOO_MANY);
	assert_true(wait.end_ns >= wait.incident_ns);
}

static void the_run_ends(void **state)
{
	begin(PID, 0);
	assert_true(cores_add(cores, &wait));
	assert_true(take_one(NULL, true));
	assert_int_equal(taken.given_up, EV_CORE_RUN_ENDED);
	/* What is known by then is not given up. */
	begin(PID, 0);
	assert_true(cores_add(cores, &wait));
	list_exit(PID, STATUS);
	assert_true(take_one(NULL, true));
	assert_int_equal(taken.given_up, EV_CORE_SEEN);
	assert_false(take_one(NULL, true));
}

static void not_for_ever(void **state)
{
	begin(PID, (CORES_WAIT_SECONDS - 1) * UINT64_C(1000000000));
	assert_true(cores_add(cores, &wait));
	assert_false(take_one(NULL, false));
	begin(PID + 1, (CORES_WAIT_SECONDS + 1) * UINT64_C(1000000000));
	assert_true(cores_add(cores, &wait));
	assert_true(take_one(NULL, false));
	assert_int_equal(taken.process.pid, PID + 1);
	assert_int_equal(taken.given_up, EV_CORE_TOO_LONG);
}

/* No hook saw the end. /proc shows that the process is gone. */
static void the_end_is_not_seen(void **state)
{
	struct fake_proc *proc = NULL;
	void *directory = NULL;

	assert_int_equal(fake_proc_setup(&directory), 0);
	proc = directory;
	fake_proc_write_stat(proc, PID, "server", 'D', START_NS / TICK_NS);
	begin(PID, 0);
	assert_true(cores_add(cores, &wait));
	/* Not looked at before a second has passed. */
	assert_false(take_one("/nowhere", false));
	usleep(1100000);
	assert_false(take_one(proc->root, false));
	usleep(1100000);
	assert_true(take_one("/nowhere", false));
	assert_int_equal(taken.given_up, EV_CORE_UNSEEN);
	/* A later end has its place. */
	begin(PID, 0);
	assert_true(cores_add(cores, &wait));
	list_exit(PID + EV_EXITS, 0);
	assert_true(list[PID % EV_EXITS].exit.pid == PID + EV_EXITS);
	usleep(1100000);
	assert_true(take_one("/nowhere", false));
	assert_int_equal(taken.given_up, EV_CORE_OVERWRITTEN);
	assert_int_equal(fake_proc_teardown(&directory), 0);
}

static void as_recorded(void **state)
{
	struct ev_core_end end = { .pid = PID, .start_boot_ns = START_NS };

	begin(PID, 0);
	assert_true(cores_add(cores, &wait));
	end.incident_ns = wait.incident_ns + 1;
	assert_false(cores_take_recorded(cores, &end, &taken));
	end.incident_ns = wait.incident_ns;
	end.start_boot_ns++;
	assert_false(cores_take_recorded(cores, &end, &taken));
	end.start_boot_ns--;
	assert_true(cores_take_recorded(cores, &end, &taken));
	assert_int_equal(taken.number, 17);
	assert_false(cores_take_recorded(cores, &end, &taken));
}

int main(void)
{
#define CORES_CASE(name) cmocka_unit_test_setup_teardown(name, set_up_cores, tear_down_cores)
	static const struct CMUnitTest tests[] = {
		CORES_CASE(which_deaths_wait),	 CORES_CASE(the_end_is_seen),
		CORES_CASE(each_of_many),	 CORES_CASE(too_many),
		CORES_CASE(the_run_ends),	 CORES_CASE(not_for_ever),
		CORES_CASE(the_end_is_not_seen), CORES_CASE(as_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
