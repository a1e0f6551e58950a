// SPDX-License-Identifier: GPL-2.0-or-later
/* Is the spool bounded, are the oldest dropped and counted, and does it outlive a run? */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "otlp_spool.h"

#define BODY 1000
#define FILE_SIZE (BODY + 24) /* with its header */

static char directory[] = "/tmp/sigpath-spool-XXXXXX";
static struct otlp_spool *spool;

static int open_spool(uint64_t most_bytes)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct strbuf why = { 0 };
	int error = otlp_spool_open(fd, directory, most_bytes, &why, &spool);

	strbuf_free(&why);
	return error;
}

static int make_directory(void **state)
{
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[128];

	otlp_spool_free(spool);
	spool = NULL;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

/* A body of only the letter. */
static uint64_t put(char letter, uint32_t items, uint64_t kept)
{
	char body[BODY];
	uint64_t number = 0;

	memset(body, letter, sizeof(body));
	assert_int_equal(otlp_spool_put(spool, body, sizeof(body), items, kept, &number), 0);
	return number;
}

/* The oldest one has this letter and these items. Returns its number. */
static uint64_t expect_oldest(char letter, uint32_t items)
{
	struct otlp_spooled oldest;

	assert_int_equal(otlp_spool_oldest(spool, &oldest), 0);
	assert_int_equal(oldest.size, BODY);
	assert_int_equal(oldest.items, items);
	for (size_t i = 0; i < oldest.size; i++)
		assert_int_equal(oldest.body[i], letter);
	free(oldest.body);
	return oldest.number;
}

static void expect_empty(void)
{
	struct otlp_spooled oldest;

	assert_int_equal(otlp_spool_oldest(spool, &oldest), -ENOENT);
	assert_int_equal(otlp_spool_count(spool).waiting, 0);
}

static void test_order(void **state)
{
	assert_int_equal(open_spool(100 * FILE_SIZE), 0);
	expect_empty();
	put('a', 1, 0);
	put('b', 2, 0);
	assert_int_equal(otlp_spool_count(spool).waiting, 3);
	otlp_spool_remove(spool, expect_oldest('a', 1));
	otlp_spool_remove(spool, expect_oldest('b', 2));
	expect_empty();
}

static void test_oldest_are_dropped(void **state)
{
	assert_int_equal(open_spool(3 * FILE_SIZE), 0);
	put('a', 5, 0);
	put('b', 6, 0);
	put('c', 7, 0);
	assert_int_equal(otlp_spool_count(spool).dropped, 0);
	put('d', 8, 0);
	assert_int_equal(otlp_spool_count(spool).dropped, 5);
	assert_int_equal(otlp_spool_count(spool).waiting, 21);
	expect_oldest('b', 6);
}

/* A request that is under way is not dropped: it may arrive. */
static void test_one_under_way_is_kept(void **state)
{
	uint64_t first;

	assert_int_equal(open_spool(2 * FILE_SIZE), 0);
	first = put('a', 1, 0);
	put('b', 2, first);
	put('c', 4, first);
	assert_int_equal(otlp_spool_count(spool).dropped, 2);
	assert_int_equal(expect_oldest('a', 1), first);
	otlp_spool_remove(spool, first);
	expect_oldest('c', 4);
}

static void test_larger_than_the_spool(void **state)
{
	char body[3 * FILE_SIZE] = { 0 };
	uint64_t number;

	assert_int_equal(open_spool(2 * FILE_SIZE), 0);
	put('a', 1, 0);
	assert_int_equal(otlp_spool_put(spool, body, sizeof(body), 1, 0, &number), -EFBIG);
	assert_int_equal(otlp_spool_put(spool, body, SIZE_MAX / 2, 1, 0, &number), -EFBIG);
}

static void test_next_run(void **state)
{
	uint64_t number;

	assert_int_equal(open_spool(3 * FILE_SIZE), 0);
	put('a', 1, 0);
	put('b', 2, 0);
	otlp_spool_free(spool);
	assert_int_equal(open_spool(3 * FILE_SIZE), 0);
	assert_int_equal(otlp_spool_count(spool).waiting, 3);
	number = put('c', 4, 0);
	assert_true(otlp_spool_is_own(spool, number));
	assert_false(otlp_spool_is_own(spool, expect_oldest('a', 1)));
	/* What is dropped of earlier runs is no loss of this one. */
	put('d', 8, 0);
	assert_int_equal(otlp_spool_count(spool).dropped, 0);
	assert_int_equal(otlp_spool_count(spool).dropped_before, 1);
	otlp_spool_free(spool);
	/* A smaller limit. */
	assert_int_equal(open_spool(FILE_SIZE), 0);
	assert_int_equal(otlp_spool_count(spool).dropped_before, 6);
	expect_oldest('d', 8);
}

static void test_half_a_file_of_a_killed_run(void **state)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/unfinished", directory);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "SPOTLP1", 8), 8);
	close(fd);
	assert_int_equal(open_spool(3 * FILE_SIZE), 0);
	assert_int_equal(access(path, F_OK), -1);
	put('a', 1, 0);
	expect_oldest('a', 1);
}

static void test_lock(void **state)
{
	struct otlp_spool *first;

	assert_int_equal(open_spool(FILE_SIZE), 0);
	first = spool;
	assert_int_equal(open_spool(FILE_SIZE), -EWOULDBLOCK);
	spool = first;
}

static void test_modes(void **state)
{
	char path[80];
	struct stat status;

	assert_int_equal(open_spool(3 * FILE_SIZE), 0);
	umask(0);
	snprintf(path, sizeof(path), "%s/%020llu.otlp", directory,
		 (unsigned long long)put('a', 1, 0));
	umask(022);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	otlp_spool_free(spool);
	spool = NULL;
	assert_int_equal(chmod(directory, 0770), 0);
	assert_int_equal(open_spool(FILE_SIZE), -EPERM);
	spool = NULL;
}

#define SPOOL_TEST(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SPOOL_TEST(test_order),
		SPOOL_TEST(test_oldest_are_dropped),
		SPOOL_TEST(test_one_under_way_is_kept),
		SPOOL_TEST(test_larger_than_the_spool),
		SPOOL_TEST(test_next_run),
		SPOOL_TEST(test_half_a_file_of_a_killed_run),
		SPOOL_TEST(test_lock),
		SPOOL_TEST(test_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
