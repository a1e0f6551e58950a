// SPDX-License-Identifier: GPL-2.0-or-later
/* A handler that ends by raising the signal again: the write and that signal are one incident. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "follow_case.h"

/* The process sends itself the signal. */
static struct work *own_signal(uint8_t outcome)
{
	struct work *work = work_with(outcome, 0);

	work->incident.subject = EV_SUBJECT_SENT;
	work->incident.process.tid = PID;
	work->incident.signal.sender =
		(struct incident_sender){ .have = true, .pid = PID, .tid = PID + 1 };
	return work;
}

static void assert_raised(const struct work *work)
{
	assert_int_equal(work->incident.outcome, EV_OUTCOME_KILLED);
	assert_true(work->incident.end.raised);
	assert_int_equal(work->incident.end.raised_tid, PID + 1);
	assert_int_equal(replayed(work)->outcome, EV_OUTCOME_KILLED);
	assert_int_equal(replayed(work)->end.raised_tid, PID + 1);
	assert_int_equal(work->incident.end.status, 13);
}

/* The default action kills at once: the second signal needs no place of its own. */
static void a_raised_signal_joins_the_write(void **state)
{
	struct work *write = work_with(EV_OUTCOME_HANDLED, 0), *own = own_signal(EV_OUTCOME_KILLED);

	assert_false(follow_joins(follow, &own->incident));
	assert_true(add(follow, write));
	assert_true(follow_joins(follow, &own->incident));
	assert_null(take(false));
	list_exit(PID, 13);
	assert_ptr_equal(take(false), write);
	assert_raised(write);
	assert_true(follow_is_empty(follow));
	work_free(write);
	/* Its exit was not seen, but its death is certain. */
	write = work_with(EV_OUTCOME_HANDLED, 0);
	memset(list, 0, EV_EXITS * sizeof(*list));
	assert_true(add(follow, write));
	assert_true(follow_joins(follow, &own->incident));
	assert_ptr_equal(take(true), write);
	assert_raised(write);
	work_free(write);
	work_free(own);
}

/* In its handler the signal is blocked: it kills when the handler returns. */
static void a_blocked_raised_signal_joins_too(void **state)
{
	struct work *write = work_with(EV_OUTCOME_HANDLED, 0), *other;

	assert_true(add(follow, write));
	assert_true(add(follow, own_signal(EV_OUTCOME_HANDLED)));
	assert_true(add(follow, own_signal(EV_OUTCOME_PENDING)));
	other = work_with(EV_OUTCOME_IGNORED, 0);
	other->incident.process.pid++;
	assert_true(add(follow, other));
	list_exit(PID, 13);
	assert_ptr_equal(take(false), write);
	assert_raised(write);
	work_free(write);
	assert_ptr_equal(take(true), other);
	work_free(other);
	assert_true(follow_is_empty(follow));
}

/* The repeats that waited for the second signal wait for the write. */
static void repeats_of_a_joined_signal_are_kept(void **state)
{
	struct work *write = work_with(EV_OUTCOME_HANDLED, 0),
		    *own = own_signal(EV_OUTCOME_PENDING);
	struct ev_repeat repeat = {
		.header = { .kind = EV_KIND_REPEAT, .version = EV_VERSION, .size = sizeof(repeat) },
		.count = 5,
	};

	write->incident.number = 1;
	own->incident.number = 2;
	assert_true(add(follow, write));
	assert_true(add(follow, own));
	assert_int_equal(follow_events(follow), 2);
	assert_true(follow_holds(follow, 1, &repeat, sizeof(repeat)));
	assert_true(follow_holds(follow, 2, &repeat, sizeof(repeat)));
	assert_false(follow_holds(follow, 3, &repeat, sizeof(repeat)));
	assert_int_equal(follow_events(follow), 12);
	list_exit(PID, 13);
	assert_ptr_equal(take(false), write);
	assert_int_equal(write->held_count, 2);
	assert_int_equal(follow_events(follow), 0);
	/* There is a limit. */
	while (work_hold(write, &repeat, sizeof(repeat)))
		assert_true(write->held_count <= 64);
	work_free(write);
}

/* A handler that ran again has not killed it: the record of the signal that did is yet to come. */
static void a_handled_raised_signal_does_not_kill(void **state)
{
	struct work *write = work_with(EV_OUTCOME_HANDLED, 0), *own = own_signal(EV_OUTCOME_KILLED);

	assert_true(add(follow, write));
	assert_true(add(follow, own_signal(EV_OUTCOME_HANDLED)));
	list_exit(PID, 13);
	assert_null(take(false));
	assert_true(follow_joins(follow, &own->incident));
	assert_ptr_equal(take(false), write);
	assert_raised(write);
	assert_true(follow_is_empty(follow));
	work_free(write);
	work_free(own);
}

/* A debugger sees both signals and passes them on. */
static void under_a_debugger_too(void **state)
{
	struct work *write = work_with(EV_OUTCOME_TRACED, 0), *own = own_signal(EV_OUTCOME_TRACED);

	write->incident.signal.disposition = EV_DISPOSITION_HANDLER;
	own->incident.signal.disposition = EV_DISPOSITION_DEFAULT;
	assert_true(add(follow, write));
	assert_true(add(follow, own));
	list_exit(PID, 13);
	assert_ptr_equal(take(false), write);
	assert_int_equal(write->incident.outcome, EV_OUTCOME_KILLED);
	assert_int_equal(write->incident.end.raised_tid, PID + 1);
	assert_true(follow_is_empty(follow));
	work_free(write);
}

/* Its record comes after the exit was seen. */
static void the_write_waits_for_the_raised_signal(void **state)
{
	struct work *write = work_with(EV_OUTCOME_HANDLED, 0), *own = own_signal(EV_OUTCOME_KILLED);

	assert_true(add(follow, write));
	list_exit(PID, 13);
	assert_null(take(false));
	assert_true(follow_joins(follow, &own->incident));
	assert_ptr_equal(take(false), write);
	assert_raised(write);
	work_free(write);
	/* Not for ever: another process may have sent it. */
	write = work_with(EV_OUTCOME_HANDLED, 0);
	assert_true(add(follow, write));
	list_exit(PID, 13);
	usleep((FOLLOW_RAISED_MS + 1) * 1000);
	assert_null(follow_take(follow, false, false));
	assert_ptr_equal(take(false), write);
	assert_int_equal(write->incident.outcome, EV_OUTCOME_HANDLED);
	work_free(write);
	work_free(own);
}

static void only_its_own_signal_joins(void **state)
{
	struct work *write = work_with(EV_OUTCOME_HANDLED, 0), *own = own_signal(EV_OUTCOME_KILLED);

	assert_true(add(follow, write));
	own->incident.signal.sender.pid++;
	assert_false(follow_joins(follow, &own->incident));
	own->incident.signal.sender.pid--;
	own->incident.process.start_boot_ns++;
	assert_false(follow_joins(follow, &own->incident));
	own->incident.process.start_boot_ns--;
	own->incident.signal.number = 15;
	assert_false(follow_joins(follow, &own->incident));
	own->incident.signal.number = 13;
	own->incident.subject = EV_SUBJECT_WRITE;
	assert_false(follow_joins(follow, &own->incident));
	/* It lives on: both are told. */
	work_free(own);
	own = own_signal(EV_OUTCOME_HANDLED);
	assert_true(add(follow, own));
	list_exit(PID, 3 << 8);
	assert_ptr_equal(take(false), write);
	assert_int_equal(write->incident.outcome, EV_OUTCOME_HANDLED);
	assert_ptr_equal(take(false), own);
	work_free(write);
	work_free(own);
}

/* Several threads have failed: it is that of the sender, else the last one. */
static void the_thread_of_the_signal_counts(void **state)
{
	struct work *writes[3], *own = own_signal(EV_OUTCOME_KILLED);

	for (int i = 0; i < 3; i++) {
		writes[i] = work_with(EV_OUTCOME_HANDLED, 0);
		writes[i]->incident.process.tid = PID + i;
		assert_true(add(follow, writes[i]));
	}
	assert_true(follow_joins(follow, &own->incident));
	assert_int_equal(writes[1]->end.raised_tid, PID + 1);
	own->incident.signal.sender.tid = PID + 7;
	assert_true(follow_joins(follow, &own->incident));
	assert_int_equal(writes[2]->end.raised_tid, PID + 7);
	for (int i = 0; i < 3; i++)
		work_free(take(true));
	work_free(own);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(a_raised_signal_joins_the_write),
		CASE(a_blocked_raised_signal_joins_too),
		CASE(repeats_of_a_joined_signal_are_kept),
		CASE(a_handled_raised_signal_does_not_kill),
		CASE(under_a_debugger_too),
		CASE(the_write_waits_for_the_raised_signal),
		CASE(only_its_own_signal_joins),
		CASE(the_thread_of_the_signal_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
