// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * -s fatal: the death by a signal that was held back has a record of its own. It and the incident
 * of the signal are one, or two of which only one says that the process was killed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "follow_case.h"
#include "units.h"

#define DEATH_GROUP UINT64_C(0xd)

static int set_up_fatal(void **state)
{
	if (set_up(state))
		return -1;
	follow_free(follow);
	return follow_new(exits, NULL, true, &follow);
}

/* The death by the signal of WORK, 3 ms after it. */
static struct work *death_of(const struct work *work)
{
	struct work *death = work_with(EV_OUTCOME_KILLED, 0);

	death->incident.monotonic_ns = work->incident.monotonic_ns;
	death->incident.group = DEATH_GROUP;
	death->incident.death = (struct incident_death){
		.have = true,
		.stage = EV_STAGE_DELIVERED,
		.have_after = true,
		.after_ns = 3 * NSEC_PER_MSEC,
	};
	return death;
}

static struct work *own_signal(uint8_t outcome)
{
	struct work *work = work_with(outcome, 0);

	work->incident.subject = EV_SUBJECT_SENT;
	work->incident.signal.sender =
		(struct incident_sender){ .have = true, .pid = PID, .tid = PID + 1 };
	return work;
}

static void assert_killed(const struct work *work)
{
	assert_int_equal(work->incident.outcome, EV_OUTCOME_KILLED);
	assert_int_equal(work->incident.end.status, 13);
	assert_int_equal(replayed(work)->outcome, EV_OUTCOME_KILLED);
	assert_true(replayed(work)->death_group == DEATH_GROUP);
}

static void assert_told_apart(const struct work *work, enum ev_outcome outcome)
{
	assert_int_equal(work->incident.outcome, outcome);
	assert_int_equal(work->incident.end.state, EV_END_ENDED);
	assert_int_equal(work->incident.end.status, 13);
	assert_int_equal(replayed(work)->outcome, outcome);
	assert_int_equal(replayed(work)->end.status, 13);
}

static void a_death_joins_its_signal(void **state)
{
	static const uint8_t outcomes[] = { EV_OUTCOME_PENDING, EV_OUTCOME_TRACED };

	for (size_t i = 0; i < sizeof(outcomes); i++) {
		struct work *work = work_with(outcomes[i], 10 * NSEC_PER_MSEC);
		struct work *death = death_of(work);

		assert_null(follow_joins(follow, &death->incident));
		assert_true(add(follow, work));
		assert_ptr_equal(follow_joins(follow, &death->incident), work);
		assert_null(take(false));
		list_exit(PID, 13);
		assert_ptr_equal(take(false), work);
		assert_killed(work);
		memset(list, 0, EV_EXITS * sizeof(*list));
		work_free(work);
		work_free(death);
	}
}

/* The end is seen first. The record of the death is under way. */
static void an_end_waits_for_its_death(void **state)
{
	struct work *work = work_with(EV_OUTCOME_PENDING, 10 * NSEC_PER_MSEC);
	struct work *death = death_of(work);

	assert_true(add(follow, work));
	list_exit(PID, 13);
	assert_null(take(false));
	assert_ptr_equal(follow_joins(follow, &death->incident), work);
	assert_ptr_equal(take(false), work);
	assert_killed(work);
	work_free(work);
	work_free(death);
}

/* It was counted in its group, or it comes too late. Then it alone says that the process died. */
static void without_its_death_a_signal_has_not_killed(void **state)
{
	struct work *work = work_with(EV_OUTCOME_PENDING, 2 * FOLLOW_RAISED_MS * NSEC_PER_MSEC);
	struct work *death = death_of(work);
	struct ev_exit exit = exit_of(PID, 13);

	exit.time_ns = work->incident.monotonic_ns + 3 * NSEC_PER_MSEC;
	assert_true(add(follow, work));
	list_as(&exit);
	assert_ptr_equal(take(false), work);
	assert_told_apart(work, EV_OUTCOME_PENDING);
	assert_null(follow_joins(follow, &death->incident));
	work_free(work);
	work_free(death);
}

/* Another signal of the same number killed it, and has told so. */
static void another_death_does_not_join(void **state)
{
	struct work *work = work_with(EV_OUTCOME_TRACED, 10 * NSEC_PER_MSEC);
	struct work *death = death_of(work);

	assert_true(add(follow, work));
	death->incident.monotonic_ns++;
	assert_null(follow_joins(follow, &death->incident));
	death->incident.monotonic_ns--;
	death->incident.process.start_boot_ns++;
	assert_null(follow_joins(follow, &death->incident));
	death->incident.process.start_boot_ns--;
	death->incident.signal.number = 15;
	assert_null(follow_joins(follow, &death->incident));
	list_exit(PID, 13);
	assert_ptr_equal(take(true), work);
	assert_told_apart(work, EV_OUTCOME_TRACED);
	work_free(work);
	work_free(death);
}

/* To write a core takes longer than sigpath waits. */
static void a_slow_death_joins(void **state)
{
	struct work *work = work_with(EV_OUTCOME_PENDING, 2 * FOLLOW_MS * NSEC_PER_MSEC);
	struct work *death = death_of(work);

	assert_true(add(follow, work));
	assert_ptr_equal(follow_joins(follow, &death->incident), work);
	list_exit(PID, 13);
	assert_ptr_equal(take(false), work);
	assert_killed(work);
	work_free(work);
	/* It is still busy with that. */
	work = work_with(EV_OUTCOME_PENDING, 2 * FOLLOW_MS * NSEC_PER_MSEC);
	memset(list, 0, EV_EXITS * sizeof(*list));
	assert_true(add(follow, work));
	death->incident.monotonic_ns = work->incident.monotonic_ns;
	assert_ptr_equal(follow_joins(follow, &death->incident), work);
	assert_ptr_equal(take(false), work);
	assert_killed(work);
	assert_true(work->end.time_ns == work->incident.monotonic_ns + 3 * NSEC_PER_MSEC);
	work_free(work);
	work_free(death);
}

/* What was told as alive does not take its death: that has an incident of its own. */
static void a_late_death_is_told_apart(void **state)
{
	struct work *first = work_with(EV_OUTCOME_HANDLED, 0);
	struct work *work = work_with(EV_OUTCOME_PENDING, 2 * FOLLOW_MS * NSEC_PER_MSEC);
	struct work *death = death_of(work);

	/* It waits for its turn. */
	first->incident.monotonic_ns = work->incident.monotonic_ns - 1;
	assert_true(add(follow, first));
	first->until_ns = UINT64_MAX;
	assert_true(add(follow, work));
	assert_null(take(false));
	assert_null(follow_joins(follow, &death->incident));
	list_exit(PID, 13);
	assert_ptr_equal(take(true), first);
	assert_ptr_equal(take(true), work);
	assert_int_equal(work->incident.end.state, EV_END_ALIVE);
	assert_int_equal(work->incident.outcome, EV_OUTCOME_PENDING);
	work_free(first);
	work_free(work);
	work_free(death);
}

/* A handler raises the signal again, which is blocked in it, and that kills: three are one. */
static void a_death_joins_the_handler(void **state)
{
	for (int late = 0; late < 2; late++) {
		struct work *handled = work_with(EV_OUTCOME_HANDLED, 10 * NSEC_PER_MSEC);
		struct work *own = own_signal(EV_OUTCOME_PENDING), *death = death_of(own);

		assert_true(add(follow, handled) && add(follow, own));
		if (!late)
			assert_ptr_equal(follow_joins(follow, &death->incident), own);
		list_exit(PID, 13);
		if (late) {
			assert_null(take(false));
			assert_ptr_equal(follow_joins(follow, &death->incident), handled);
		}
		assert_ptr_equal(take(false), handled);
		assert_killed(handled);
		assert_true(handled->incident.end.raised);
		assert_true(follow_is_empty(follow));
		memset(list, 0, EV_EXITS * sizeof(*list));
		work_free(handled);
		work_free(death);
	}
}

/* Only the death says that it was killed. */
static void a_handler_without_its_death(void **state)
{
	struct work *handled = work_with(EV_OUTCOME_HANDLED, 10 * NSEC_PER_MSEC);

	assert_true(add(follow, handled) && add(follow, own_signal(EV_OUTCOME_PENDING)));
	list_exit(PID, 13);
	assert_ptr_equal(take(true), handled);
	assert_told_apart(handled, EV_OUTCOME_HANDLED);
	assert_true(handled->incident.end.raised);
	work_free(handled);
}

int main(void)
{
#define FATAL_CASE(name) cmocka_unit_test_setup_teardown(name, set_up_fatal, tear_down)
	static const struct CMUnitTest tests[] = {
		FATAL_CASE(a_death_joins_its_signal),
		FATAL_CASE(an_end_waits_for_its_death),
		FATAL_CASE(without_its_death_a_signal_has_not_killed),
		FATAL_CASE(another_death_does_not_join),
		FATAL_CASE(a_slow_death_joins),
		FATAL_CASE(a_late_death_is_told_apart),
		FATAL_CASE(a_death_joins_the_handler),
		FATAL_CASE(a_handler_without_its_death),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
