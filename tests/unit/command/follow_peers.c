// SPDX-License-Identifier: GPL-2.0-or-later
/* A write waits for the incident of the process at the other end, if that waits for its own end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>

#include "follow_case.h"

#define WRITER 5000

/* The write of another process, whose reader PID was. */
static struct work *write_to(uint64_t start_boot_ns, uint64_t age_ns)
{
	struct work *work = work_with(EV_OUTCOME_KILLED, age_ns);

	work->incident.process.pid = WRITER;
	work->incident.object.type = EV_OBJECT_PIPE;
	work->incident.candidate_count = 1;
	work->incident.candidates[0] = (struct peer_candidate){
		.how = PEER_HOW_CLOSED_BY_EXIT,
		.pid = PID,
		.start_boot_ns = start_boot_ns,
	};
	return work;
}

static void the_death_comes_first(void **state)
{
	struct work *reader = work_with(EV_OUTCOME_HANDLED, 0), *writer = write_to(START_NS, 0);
	struct work *work;

	assert_true(add(follow, reader));
	assert_true(add(follow, writer));
	assert_null(take(false));
	list_exit(PID, 0);
	work = take(false);
	assert_ptr_equal(work, reader);
	work_free(work);
	work = take(false);
	assert_ptr_equal(work, writer);
	/* It was not followed to its own end. */
	assert_int_equal(work->end.state, EV_END_NOT_ASKED);
	work_free(work);
	assert_true(follow_is_empty(follow));
}

static void nobody_else_waits(void **state)
{
	struct work *reader = work_with(EV_OUTCOME_HANDLED, 0), *writer = write_to(START_NS, 0);

	assert_false(follow_wants(follow, writer));
	assert_true(add(follow, reader));
	assert_true(follow_wants(follow, writer));
	assert_true(writer->for_peer);
	/* Another process with the number. It only waits for its turn. */
	writer->incident.candidates[0].start_boot_ns++;
	assert_true(follow_wants(follow, writer));
	assert_false(writer->for_peer);
	assert_true(writer->in_turn);
	writer->incident.candidate_count = 0;
	assert_true(follow_wants(follow, writer));
	assert_false(writer->for_peer);
	work_free(writer);
}

static void not_for_long(void **state)
{
	struct work *reader = work_with(EV_OUTCOME_HANDLED, 0);
	struct work *writer = write_to(START_NS, (FOLLOW_PEER_MS + 1) * UINT64_C(1000000));
	struct work *work;

	assert_true(add(follow, reader));
	assert_true(add(follow, writer));
	work = take(false);
	assert_ptr_equal(work, writer);
	work_free(work);
	assert_null(take(false));
	/* At the end of the run nothing waits. */
	assert_true(add(follow, write_to(START_NS, 0)));
	for (int i = 0; i < 2; i++) {
		work = take(true);
		assert_non_null(work);
		work_free(work);
	}
	assert_true(follow_is_empty(follow));
}

static void not_too_many(void **state)
{
	struct work *last = write_to(START_NS, 0);

	assert_true(add(follow, work_with(EV_OUTCOME_HANDLED, 0)));
	for (int i = 0; i < FOLLOW_READER_MAX; i++)
		assert_true(add(follow, write_to(START_NS, 0)));
	assert_true(follow_wants(follow, last));
	assert_false(last->for_peer);
	work_free(last);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(the_death_comes_first),
		CASE(nobody_else_waits),
		CASE(not_for_long),
		CASE(not_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
