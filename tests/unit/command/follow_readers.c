/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which process counts as the reader of a pipe, where no hook sees the close. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "follow_case.h"
#include "readers.h"

static void hold(struct work *work, size_t at, uint32_t pid, uint32_t flags)
{
	work->incident.object.type = EV_OBJECT_PIPE;
	work->incident.object.history.holders[at] = (struct ev_holder){
		.pid = pid,
		.start_boot_ns = START_NS,
		.flags = flags,
	};
}

static uint32_t reader_of(struct work *work)
{
	work->incident.candidate_count = 0;
	assert_int_equal(follow_complete(follow, work), 0);
	return work->incident.candidate_count ? work->incident.candidates[0].pid : 0;
}

static void the_only_holder_is_the_reader(void **state)
{
	struct work *work = work_with(EV_OUTCOME_KILLED, 0);

	hold(work, 1, 5003, EV_HOLDER_SOLE);
	assert_int_equal(reader_of(work), 0);
	list_exit(5003, 0);
	assert_int_equal(reader_of(work), 5003);
	assert_string_equal(work->incident.candidates[0].comm, "reader");
	assert_int_equal(work->incident.candidates[0].how, PEER_HOW_STARTED_WITH);
	assert_int_equal(replayed(work)->candidates[0].pid, 5003);
	work_free(work);
}

/* Each of these leaves room for somebody else. */
static void nobody_is_guessed(void **state)
{
	struct work *work = work_with(EV_OUTCOME_KILLED, 2 * READER_MS * UINT64_C(1000000));
	struct ev_exit exit;

	/* It lived on after the write. */
	hold(work, 0, 5003, EV_HOLDER_SOLE);
	list_exit(5003, 0);
	assert_int_equal(reader_of(work), 0);
	work_free(work);

	work = work_with(EV_OUTCOME_KILLED, 0);
	/* Another process had it open, too. */
	hold(work, 0, 5003, 0);
	list_exit(5003, 0);
	assert_int_equal(reader_of(work), 0);
	hold(work, 0, 5003, EV_HOLDER_SOLE);
	assert_int_equal(reader_of(work), 5003);
	hold(work, 3, 5004, EV_HOLDER_SOLE);
	assert_int_equal(reader_of(work), 0);
	hold(work, 3, 0, 0);
	work->incident.object.history.holders_lost = 1;
	assert_int_equal(reader_of(work), 0);
	work->incident.object.history.holders_lost = 0;
	/* It was opened again. */
	work->incident.object.pipe.r_counter = 2;
	assert_int_equal(reader_of(work), 0);
	work->incident.object.pipe.r_counter = 1;
	/* The pipe still has a reader. */
	work->incident.object.pipe.readers = 1;
	assert_int_equal(reader_of(work), 0);
	work->incident.object.pipe.readers = 0;
	/* It may have passed the end on. */
	exit = exit_of(5003, 0);
	exit.flags = EV_EXIT_UNIX;
	list_as(&exit);
	assert_int_equal(reader_of(work), 0);
	list_exit(5003, 0);
	assert_int_equal(reader_of(work), 5003);
	/* The writer itself. */
	hold(work, 0, PID, EV_HOLDER_SOLE);
	list_exit(PID, 13);
	assert_int_equal(reader_of(work), 0);
	work_free(work);
}

/* head closes its input before it exits: the write fails in between. */
static void a_reader_that_lives_is_waited_for(void **state)
{
	struct work *work = work_with(EV_OUTCOME_KILLED, 0);

	hold(work, 0, 5003, EV_HOLDER_SOLE);
	assert_true(add(follow, work));
	list_exit(5003, 0);
	assert_ptr_equal(take(false), work);
	assert_int_equal(work->end.state, EV_END_NOT_ASKED);
	assert_int_equal(work->incident.candidates[0].pid, 5003);
	work_free(work);

	work = work_with(EV_OUTCOME_KILLED, (READER_MS + 1) * UINT64_C(1000000));
	hold(work, 0, 5005, EV_HOLDER_SOLE);
	assert_true(add(follow, work));
	assert_ptr_equal(take(false), work);
	assert_int_equal(work->incident.candidate_count, 0);
	work_free(work);
}

/* Who was seen closing the pipe is known: nobody else is guessed. */
static void a_closer_is_better_than_a_reader(void **state)
{
	struct work *work = work_with(EV_OUTCOME_KILLED, 0);

	list_exit(5003, 0);
	hold(work, 0, 5003, EV_HOLDER_SOLE);
	work->incident.candidate_count = 1;
	work->incident.candidates[0].pid = 4999;
	assert_int_equal(follow_complete(follow, work), 0);
	assert_int_equal(work->incident.candidate_count, 1);
	assert_int_equal(replayed(work)->candidate_count, 0);
	work_free(work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(the_only_holder_is_the_reader),
		CASE(nobody_is_guessed),
		CASE(a_reader_that_lives_is_waited_for),
		CASE(a_closer_is_better_than_a_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
