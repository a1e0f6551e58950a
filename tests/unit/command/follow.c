/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ends of processes, from a list that the test writes instead of the kernel: which incidents
 * wait, and for what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fake_proc.h"
#include "procdir.h"
#include "follow_case.h"

static void what_is_certain_is_not_kept(void **state)
{
	static const uint8_t outcomes[] = { EV_OUTCOME_KILLED, EV_OUTCOME_SUPPRESSED,
					    EV_OUTCOME_PROTECTED, EV_OUTCOME_DELIVERED };

	for (size_t i = 0; i < sizeof(outcomes); i++) {
		struct work *work = work_with(outcomes[i], 0);

		assert_false(add(follow, work));
		assert_int_equal(work->end.state, EV_END_NOT_ASKED);
		work_free(work);
	}
	assert_true(follow_is_empty(follow));
}

/* A program that ignores the signal may end because of the error. */
static void an_ignoring_writer_is_kept(void **state)
{
	struct work *work = work_with(EV_OUTCOME_IGNORED, 0), *sent;

	assert_true(add(follow, work));
	list_exit(PID, 1 << 8);
	assert_ptr_equal(take(false), work);
	assert_int_equal(work->incident.outcome, EV_OUTCOME_IGNORED);
	assert_int_equal(work->end.state, EV_END_ENDED);
	assert_int_equal(replayed(work)->end.status, 1 << 8);
	work_free(work);
	/* Another SIGPIPE killed it later: this one was ignored. */
	work = work_with(EV_OUTCOME_IGNORED, 0);
	assert_true(add(follow, work));
	list_exit(PID, 13);
	assert_ptr_equal(take(false), work);
	assert_int_equal(work->incident.outcome, EV_OUTCOME_IGNORED);
	work_free(work);
	sent = work_with(EV_OUTCOME_IGNORED, 0);
	sent->incident.subject = EV_SUBJECT_SENT;
	assert_false(add(follow, sent));
	work_free(sent);
}

/* An io_uring worker always blocks the signal, so sigpath does not wait. */
static void an_io_worker_is_not_kept(void **state)
{
	struct work *work = work_with(EV_OUTCOME_PENDING, 0);

	work->incident.process.flags = EV_PROCESS_IO_WORKER;
	assert_false(add(follow, work));
	work_free(work);
}

static void an_end_is_found_at_once(void **state)
{
	struct work *work = work_with(EV_OUTCOME_HANDLED, 0);

	assert_true(add(follow, work));
	assert_null(take(false));
	list_exit(PID, 3 << 8);
	assert_ptr_equal(take(false), work);
	assert_int_equal(work->end.state, EV_END_ENDED);
	assert_int_equal(work->end.status, 3 << 8);
	assert_int_equal(work->incident.outcome, EV_OUTCOME_HANDLED);
	assert_true(follow_is_empty(follow));
	work_free(work);
}

/* Another process with the same PID. */
static void a_reused_pid_is_no_end(void **state)
{
	struct work *work = work_with(EV_OUTCOME_PENDING, 0);
	struct ev_exit exit;

	assert_true(add(follow, work));
	exit = exit_of(PID, 13);
	exit.start_boot_ns++;
	list_as(&exit);
	assert_null(take(false));
	list_exit(PID + EV_EXITS, 13);
	assert_null(take(false));
	assert_ptr_equal(take(true), work);
	assert_int_equal(work->end.state, EV_END_UNKNOWN);
	work_free(work);
}

/* Half of one process and half of the next: it is neither, however the stores came in. */
static void a_torn_entry_is_none(void **state)
{
	const struct ev_exit before = exit_of(PID + EV_EXITS, 9), after = exit_of(PID, 13);
	struct work *work = work_with(EV_OUTCOME_PENDING, 0);
	struct ev_exit_entry *entry = &list[PID % EV_EXITS];

	assert_true(add(follow, work));
	list_as(&before);
	entry->exit.pid = after.pid;
	assert_null(take(false));
	entry->exit = after;
	assert_null(take(false));
	entry->check = ev_exit_check(&after);
	entry->exit.status = before.status;
	assert_null(take(false));
	list_as(&after);
	assert_ptr_equal(take(false), work);
	assert_int_equal(work->end.status, 13);
	work_free(work);
}

static void what_was_held_back_kills_after_all(void **state)
{
	struct work *pending = work_with(EV_OUTCOME_PENDING, 0);
	struct work *traced = work_with(EV_OUTCOME_TRACED, 0);
	struct work *handled = work_with(EV_OUTCOME_HANDLED, 0);

	assert_true(add(follow, pending) && add(follow, traced) && add(follow, handled));
	list_exit(PID, 13);
	for (int i = 0; i < 3; i++)
		assert_non_null(take(true));
	assert_int_equal(pending->incident.outcome, EV_OUTCOME_KILLED);
	assert_int_equal(traced->incident.outcome, EV_OUTCOME_KILLED);
	assert_int_equal(handled->incident.outcome, EV_OUTCOME_HANDLED);
	work_free(pending);
	work_free(traced);
	work_free(handled);
}

/* Another signal killed it, so the outcome does not change. */
static void another_signal_is_another_end(void **state)
{
	struct work *work = work_with(EV_OUTCOME_PENDING, 0);

	assert_true(add(follow, work));
	list_exit(PID, 9);
	assert_ptr_equal(take(false), work);
	assert_int_equal(work->incident.outcome, EV_OUTCOME_PENDING);
	assert_int_equal(work->end.status, 9);
	work_free(work);
}

static void the_wait_is_bounded(void **state)
{
	struct work *work = work_with(EV_OUTCOME_HANDLED, (FOLLOW_MS + 1) * UINT64_C(1000000));

	assert_true(add(follow, work));
	assert_ptr_equal(take(false), work);
	assert_int_equal(work->end.state, EV_END_ALIVE);
	work_free(work);
}

/* Whether it counts as alive must not depend on the load of sigpath. */
static void an_end_after_the_bound_is_none(void **state)
{
	struct work *work = work_with(EV_OUTCOME_HANDLED, 2 * FOLLOW_MS * UINT64_C(1000000));

	assert_true(add(follow, work));
	list_exit(PID, 0);
	assert_ptr_equal(take(false), work);
	assert_int_equal(work->end.state, EV_END_ALIVE);
	assert_int_equal(work->end.time_ns - work->incident.monotonic_ns,
			 FOLLOW_MS * UINT64_C(1000000));
	work_free(work);
}

/* --- when the list alone does not prove that the process lives --- */

static struct follow *with_proc;

static int set_up_proc(void **state)
{
	struct fake_proc *proc;

	if (set_up(state) || fake_proc_setup(state))
		return -1;
	proc = *state;
	return follow_new(exits, proc->root, false, &with_proc);
}

static int tear_down_proc(void **state)
{
	follow_free(with_proc);
	fake_proc_teardown(state);
	return tear_down(state);
}

/* The end of an incident whose wait is over, with FROM. */
static struct incident_end late_end(struct follow *from, enum missing_reason *ret_reason)
{
	struct work *work = work_with(EV_OUTCOME_HANDLED, 2 * FOLLOW_MS * UINT64_C(1000000));
	struct incident_end end;

	assert_true(add(from, work));
	assert_ptr_equal(follow_take(from, true, false), work);
	assert_int_equal(follow_complete(from, work), 0);
	end = work->incident.end;
	*ret_reason = incident_why_missing(&work->incident, MISSING_END);
	assert_int_equal(replayed(work)->end.state, end.state);
	assert_int_equal(incident_why_missing(replayed(work), MISSING_END), *ret_reason);
	work_free(work);
	return end;
}

static void is_alive(const struct fake_proc *proc)
{
	fake_proc_write_stat(proc, PID, "server", 'S',
			     START_NS / (1000000000 / (unsigned long long)sysconf(_SC_CLK_TCK)));
}

/* /proc cannot prove that a process is gone whose number it does not have. */
static void a_process_that_proc_does_not_show(void **state)
{
	enum missing_reason reason;

	procdir_numbers = PROCDIR_NUMBERS_NONE;
	assert_int_equal(late_end(with_proc, &reason).state, EV_END_ALIVE);
	procdir_numbers = PROCDIR_NUMBERS_HOST;
	assert_int_equal(late_end(with_proc, &reason).state, EV_END_UNKNOWN);
	assert_int_equal(reason, WHY_END_UNSEEN);
}

static void an_overwritten_end_is_unknown(void **state)
{
	enum missing_reason reason;
	struct ev_exit exit = exit_of(PID + EV_EXITS, 0);

	list_as(&exit);
	assert_int_equal(late_end(with_proc, &reason).state, EV_END_UNKNOWN);
	assert_int_equal(reason, WHY_END_OVERWRITTEN);
	/* Also if /proc cannot be asked. */
	assert_int_equal(late_end(follow, &reason).state, EV_END_UNKNOWN);
	assert_int_equal(reason, WHY_END_OVERWRITTEN);
	/* It lives, whatever ended in its place. */
	is_alive(*state);
	assert_int_equal(late_end(with_proc, &reason).state, EV_END_ALIVE);
	assert_int_equal(reason, WHY_NONE);
	/* What ended before the incident cannot have overwritten its end. */
	exit.time_ns -= UINT64_C(60000000000);
	list_as(&exit);
	assert_int_equal(late_end(follow, &reason).state, EV_END_ALIVE);
}

static void an_unseen_end_is_unknown(void **state)
{
	const struct fake_proc *proc = *state;
	enum missing_reason reason;

	assert_int_equal(late_end(with_proc, &reason).state, EV_END_UNKNOWN);
	assert_int_equal(reason, WHY_END_UNSEEN);
	/* Another process has its number. */
	fake_proc_write_stat(proc, PID, "server", 'S', 1);
	assert_int_equal(late_end(with_proc, &reason).state, EV_END_UNKNOWN);
	is_alive(proc);
	assert_int_equal(late_end(with_proc, &reason).state, EV_END_ALIVE);
	fake_proc_write_stat(proc, PID, "server", 'Z',
			     START_NS / (1000000000 / (unsigned long long)sysconf(_SC_CLK_TCK)));
	assert_int_equal(late_end(with_proc, &reason).state, EV_END_UNKNOWN);
	/* It ended after the wait, and so it lived at its end. */
	list_exit(PID, 0);
	assert_int_equal(late_end(with_proc, &reason).state, EV_END_ALIVE);
}

/* There is no place where its process could be followed, but it keeps its turn. */
static void add_for_its_turn(enum ev_outcome outcome)
{
	struct work *work = work_with(outcome, 0);

	assert_true(add(follow, work));
	assert_int_equal(work->end.state, EV_END_UNKNOWN);
	assert_true(work->in_turn);
}

static void too_many_are_not_kept(void **state)
{
	struct work *one_more;

	for (size_t i = 0; i < FOLLOW_MAX; i++)
		assert_true(add(follow, work_with(EV_OUTCOME_HANDLED, 0)));
	add_for_its_turn(EV_OUTCOME_HANDLED);
	/* Those that ignore the signal have places of their own. */
	for (size_t i = 0; i < FOLLOW_IGNORED_MAX; i++)
		assert_true(add(follow, work_with(EV_OUTCOME_IGNORED, 0)));
	add_for_its_turn(EV_OUTCOME_IGNORED);
	for (size_t i = 2; i < FOLLOW_TURN_MAX; i++)
		assert_true(add(follow, work_with(EV_OUTCOME_KILLED, 0)));
	one_more = work_with(EV_OUTCOME_IGNORED, 0);
	assert_false(add(follow, one_more));
	assert_int_equal(one_more->end.state, EV_END_UNKNOWN);
	work_free(one_more);
	for (size_t i = 0; i < FOLLOW_MAX + FOLLOW_IGNORED_MAX + FOLLOW_TURN_MAX; i++)
		work_free(follow_take(follow, true, true));
	assert_true(follow_is_empty(follow));
}

/* An incident that is still open is told before those that came after it. */
static void later_ones_wait_for_their_turn(void **state)
{
	struct work *first = work_with(EV_OUTCOME_HANDLED, 0), *death, *other;

	assert_true(add(follow, first));
	death = work_with(EV_OUTCOME_KILLED, 0);
	assert_true(add(follow, death));
	other = work_with(EV_OUTCOME_KILLED, 0);
	/* Its record came later, but not it. */
	other->incident.monotonic_ns = death->incident.monotonic_ns - 1;
	assert_true(add(follow, other));
	assert_null(follow_take(follow, true, false));
	list_exit(PID, 0);
	assert_ptr_equal(take(false), first);
	assert_ptr_equal(take(false), other);
	assert_ptr_equal(take(false), death);
	/* Nothing was asked about the end of a process that is known to be dead. */
	assert_int_equal(death->end.state, EV_END_NOT_ASKED);
	assert_true(follow_is_empty(follow));
	work_free(first);
	work_free(other);
	work_free(death);
	/* Nothing is open, so nothing waits. */
	death = work_with(EV_OUTCOME_KILLED, 0);
	assert_false(add(follow, death));
	work_free(death);
}

/* The record's signal is what the kernel saw; its block END says what came of it. */
static void a_replay_knows_the_end(void **state)
{
	struct work *work = work_with(EV_OUTCOME_PENDING, 0);

	assert_int_equal(replayed(work)->outcome, EV_OUTCOME_PENDING);
	assert_true(add(follow, work));
	list_exit(PID, 13);
	assert_ptr_equal(take(false), work);
	assert_int_equal(replayed(work)->outcome, EV_OUTCOME_KILLED);
	assert_int_equal(replayed(work)->end.state, EV_END_ENDED);
	assert_int_equal(replayed(work)->end.status, 13);
	work_free(work);
}

static void a_full_record_is_not_overrun(void **state)
{
	struct work *work = work_with(EV_OUTCOME_PENDING, 0);

	((struct ev_header *)work->record)->size = EV_RECORD_MAX;
	work->size = EV_RECORD_MAX;
	assert_true(add(follow, work));
	assert_ptr_equal(follow_take(follow, true, true), work);
	assert_int_equal(follow_complete(follow, work), -ENOSPC);
	assert_int_equal(work->size, EV_RECORD_MAX);
	work_free(work);
}

#define PROC_CASE(name) cmocka_unit_test_setup_teardown(name, set_up_proc, tear_down_proc)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(what_is_certain_is_not_kept),
		CASE(an_ignoring_writer_is_kept),
		CASE(an_io_worker_is_not_kept),
		CASE(an_end_is_found_at_once),
		CASE(a_reused_pid_is_no_end),
		CASE(a_torn_entry_is_none),
		CASE(what_was_held_back_kills_after_all),
		CASE(another_signal_is_another_end),
		CASE(the_wait_is_bounded),
		CASE(an_end_after_the_bound_is_none),
		PROC_CASE(a_process_that_proc_does_not_show),
		PROC_CASE(an_overwritten_end_is_unknown),
		PROC_CASE(an_unseen_end_is_unknown),
		CASE(too_many_are_not_kept),
		CASE(later_ones_wait_for_their_turn),
		CASE(a_replay_knows_the_end),
		CASE(a_full_record_is_not_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
