// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory of bad files, who is blamed, and the CPU time of one user. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "blame.h"
#include "cpu_budget.h"
#include "units.h"

static struct bad_files bad;
static const struct file_id libc = { .dev = 1, .inode = 10, .size = 99, .is_steady = true };
static const struct file_id users = { .dev = 1, .inode = 11, .size = 99 };

static int begin(void **state)
{
	memset(&bad, 0, sizeof(bad));
	return 0;
}

static void until_it_changes(void **state)
{
	struct file_id id = users;

	bad_files_add(&bad, &id, BAN_DEBUG);
	assert_int_equal(bad_files_find(&bad, &id), BAN_DEBUG);
	bad_files_add(&bad, &id, BAN_DEBUG);
	assert_int_equal(bad_files_find(&bad, &id), BAN_ALL);
	id.mtime.tv_nsec++;
	assert_int_equal(bad_files_find(&bad, &id), BAN_NONE);
	id = users;
	id.ctime.tv_sec++;
	assert_int_equal(bad_files_find(&bad, &id), BAN_NONE);
	id = users;
	id.size++;
	assert_int_equal(bad_files_find(&bad, &id), BAN_NONE);
	bad_files_remove(&bad, &users);
	assert_int_equal(bad_files_find(&bad, &users), BAN_NONE);
}

static void the_oldest_makes_room(void **state)
{
	struct file_id id = users;

	for (unsigned int i = 0; i <= BAD_FILES_MAX; i++) {
		id.inode = 1000 + i;
		bad_files_add(&bad, &id, BAN_ALL);
	}
	assert_int_equal(bad_files_find(&bad, &id), BAN_ALL);
	id.inode = 1000;
	assert_int_equal(bad_files_find(&bad, &id), BAN_NONE);
	id.inode = 1001;
	assert_int_equal(bad_files_find(&bad, &id), BAN_ALL);
}

/* A file of the system is not blamed for what a file of a user may have done. */
static void crashes(void **state)
{
	struct file_watch watch = { .at = libc, .soft = users };

	blame_for_crash(&bad, &watch, SIGKILL);
	assert_int_equal(bad_files_find(&bad, &users), BAN_NONE);
	blame_for_crash(&bad, &watch, SIGSEGV);
	assert_int_equal(bad_files_find(&bad, &users), BAN_ALL);
	assert_int_equal(bad_files_find(&bad, &libc), BAN_NONE);
	watch.soft.inode = 0;
	blame_for_crash(&bad, &watch, SIGSEGV);
	assert_int_equal(bad_files_find(&bad, &libc), BAN_DEBUG);
}

static void costs(void **state)
{
	struct file_watch watch = { .at = libc, .costly_count = UINT32_MAX, .costly = { users } };

	/* Little time was left: that was not the file. */
	blame_for_time(&bad, &watch, NSEC_PER_MSEC);
	assert_int_equal(bad_files_find(&bad, &libc), BAN_NONE);
	blame_for_time(&bad, &watch, (WATCH_COST_MS + 1) * NSEC_PER_MSEC);
	assert_int_equal(bad_files_find(&bad, &libc), BAN_DEBUG);
	blame_for_cost(&bad, &watch);
	assert_int_equal(bad_files_find(&bad, &users), BAN_DEBUG);
}

static void hangs(void **state)
{
	struct file_watch watch = { .at = libc };

	/* It may only have been slow. */
	blame_for_hang(&bad, &watch, false);
	assert_int_equal(bad_files_find(&bad, &libc), BAN_NONE);
	blame_for_hang(&bad, &watch, true);
	assert_int_equal(bad_files_find(&bad, &libc), BAN_ALL);
	watch.mapping = file_id_of_mapping(5, 6);
	assert_int_equal(blame_for_hang(&bad, &watch, false).inode, 6);
	assert_int_equal(bad_files_find(&bad, &watch.mapping), BAN_ALL);
}

static void budgets(void **state)
{
	struct cpu_budget budget = { .most_ns = NSEC_PER_SEC, .second_ns = NSEC_PER_SEC / 4 };
	const struct cpu_budget no_limit = {};
	struct cpu_budget none = no_limit;
	uint64_t now = 1000 * NSEC_PER_SEC;

	assert_int_equal(cpu_budget_left(&budget, 7, now), NSEC_PER_SEC);
	cpu_budget_spend(&budget, 7, now, 2 * NSEC_PER_SEC);
	assert_int_equal(cpu_budget_left(&budget, 7, now), 0);
	assert_int_equal(cpu_budget_left(&budget, 8, now), NSEC_PER_SEC);
	assert_int_equal(cpu_budget_left(&budget, 7, now + 4 * NSEC_PER_SEC), 0);
	assert_int_equal(cpu_budget_left(&budget, 7, now + 6 * NSEC_PER_SEC), NSEC_PER_SEC / 2);
	assert_int_equal(cpu_budget_left(&budget, 7, now + 60 * NSEC_PER_SEC), NSEC_PER_SEC);
	cpu_budget_spend(&none, 7, now, 2 * NSEC_PER_SEC);
	assert_int_equal(cpu_budget_left(&none, 7, now), UINT64_MAX);
}

/* More users than places share the last place: together they get what one user gets. */
static void many_users(void **state)
{
	struct cpu_budget budget = { .most_ns = NSEC_PER_SEC, .second_ns = NSEC_PER_SEC / 4 };
	uint64_t now = 1000 * NSEC_PER_SEC, used = 0;

	for (uint32_t uid = 0; uid < 1000; uid++) {
		uint64_t left = cpu_budget_left(&budget, uid, now);

		cpu_budget_spend(&budget, uid, now, left);
		used += left;
	}
	assert_int_equal(used, CPU_BUDGET_USERS * NSEC_PER_SEC);
	/* All places are free again. */
	assert_int_equal(cpu_budget_left(&budget, 999, now + 10 * NSEC_PER_SEC), NSEC_PER_SEC);
}

/* What the reader of one owner's files says counts for nobody else. */
static void owners(void **state)
{
	const struct file_owner first = { .is_one = true, .uid = 1000 };
	const struct file_owner second = { .is_one = true, .uid = 1000, .mnt_ns = 5 };
	static struct bad_files copy;

	memset(&bad, 0, sizeof(bad));
	bad.owner = first;
	bad_files_add(&bad, &libc, BAN_ALL);
	bad_files_copy(&bad, &first, &copy);
	assert_int_equal(bad_files_find(&copy, &libc), BAN_ALL);
	bad_files_copy(&bad, &second, &copy);
	assert_int_equal(bad_files_find(&copy, &libc), BAN_NONE);
	/* That of all adds to it, and does not take its place. */
	bad.owner = (struct file_owner){};
	bad_files_add(&bad, &libc, BAN_DEBUG);
	bad_files_copy(&bad, &second, &copy);
	assert_int_equal(bad_files_find(&copy, &libc), BAN_DEBUG);
	bad_files_copy(&bad, &first, &copy);
	assert_int_equal(bad_files_find(&copy, &libc), BAN_ALL);
	bad_files_remove(&bad, &libc);
	bad_files_copy(&bad, &first, &copy);
	assert_int_equal(bad_files_find(&copy, &libc), BAN_NONE);
	memset(&bad, 0, sizeof(bad));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners),
		cmocka_unit_test_setup(until_it_changes, begin),
		cmocka_unit_test_setup(the_oldest_makes_room, begin),
		cmocka_unit_test_setup(crashes, begin),
		cmocka_unit_test_setup(costs, begin),
		cmocka_unit_test_setup(hangs, begin),
		cmocka_unit_test(budgets),
		cmocka_unit_test(many_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
