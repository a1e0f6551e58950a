// SPDX-License-Identifier: GPL-2.0-or-later
/* Old files that are compressed: while they are renamed, and when the run ends meanwhile. */
#include <errno.h>
#include <stdatomic.h>
#include <zlib.h>

#include "rotation_case.h"

#define WAIT_MS 10000

static size_t count_packed_lines(const char *path)
{
	gzFile file = gzopen(path, "rb");
	char line[256];
	size_t count = 0;

	assert_non_null(file);
	for (; gzgets(file, line, sizeof(line)); count++)
		assert_string_equal(line, LINE);
	assert_int_equal(gzclose(file), Z_OK);
	return count;
}

static void wait_for_packed(const char *base, unsigned int from, unsigned int to)
{
	for (unsigned int number = from, ms = 0; number <= to;) {
		if (is_there(base, number, ".gz") && !is_there(base, number, "")) {
			number++;
			continue;
		}
		assert_true(ms++ < WAIT_MS);
		usleep(1000);
	}
}

/* Files are renamed while they are compressed. */
static void test_compression(void **state)
{
	const struct output_rotation rotation = { .bytes = 100 * LINE_SIZE,
						  .keep = 50,
						  .compress = true };
	struct output *output;
	char path[256], old[300];

	path_in_directory(path, "packed");
	output = open_rotated(path, &rotation);
	for (int i = 0; i < 20; i++)
		write_batch(output, 250);
	wait_for_packed(path, 1, 49);
	output_free(output);
	assert_int_equal(count_lines(path), 100);
	for (unsigned int number = 1; number < 50; number++) {
		number_path(old, path, number, ".gz");
		assert_int_equal(count_packed_lines(old), 100);
		assert_int_equal(size_of(old) < 1000, 1);
	}
	assert_false(is_there(path, 50, ""));
	snprintf(old, sizeof(old), "%s.gz.part", path);
	assert_int_equal(access(old, F_OK), -1);
}

/* Files that nobody had the time to compress, and one that was being compressed. */
static void test_what_an_earlier_run_left(void **state)
{
	struct output_rotation rotation = { .bytes = LINE_SIZE, .keep = 5 };
	struct output *output;
	char path[256], part[300];
	FILE *file;

	path_in_directory(path, "left");
	output = open_rotated(path, &rotation);
	write_batch(output, 4);
	output_free(output);
	snprintf(part, sizeof(part), "%s.gz.part", path);
	file = fopen(part, "we");
	fputs("garbage", file);
	fclose(file);
	rotation.compress = true;
	output = open_rotated(path, &rotation);
	wait_for_packed(path, 1, 3);
	output_free(output);
	assert_int_equal(access(part, F_OK), -1);
}

/* The disk takes SYNC_MS for the next compressed file, and then fails with SYNC_ERROR, if not 0. */
static atomic_int sync_ms, sync_error;
static atomic_bool sync_began;

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
	int ms = atomic_exchange(&sync_ms, 0), error = atomic_exchange(&sync_error, 0);

	if (ms) {
		atomic_store(&sync_began, true);
		usleep((useconds_t)ms * 1000);
	}
	if (!error)
		return __real_fdatasync(fd);
	errno = error;
	return -1;
}

/* The run ends while the disk is slow: a plain file stays as it is, and nothing is there twice. */
static void end_while_the_disk_is_slow(const char *name, int error)
{
	const struct output_rotation rotation = { .bytes = LINE_SIZE, .keep = 3, .compress = true };
	char path[256], part[300];
	struct output *output;

	path_in_directory(path, name);
	snprintf(part, sizeof(part), "%s.gz.part", path);
	atomic_store(&sync_began, false);
	atomic_store(&sync_error, error);
	atomic_store(&sync_ms, 1000);
	output = open_rotated(path, &rotation);
	write_batch(output, 2);
	for (int ms = 0; !atomic_load(&sync_began); ms++) {
		assert_true(ms < WAIT_MS);
		usleep(1000);
	}
	output_free(output);
	assert_int_equal(access(part, F_OK), 0);
	for (int ms = 0; !access(part, F_OK); ms++) {
		assert_true(ms < WAIT_MS);
		usleep(1000);
	}
	assert_true(is_there(path, 1, ""));
	assert_false(is_there(path, 1, ".gz"));
}

static void test_end_with_a_slow_disk(void **state)
{
	end_while_the_disk_is_slow("slow", 0);
}

static void test_end_with_a_slow_and_full_disk(void **state)
{
	end_while_the_disk_is_slow("slow-and-full", ENOSPC);
}

/* Nobody's file gets into ours: a link or a second name that was planted is not compressed. */
static void test_planted(void **state)
{
	const struct output_rotation rotation = { .bytes = LINE_SIZE, .keep = 3, .compress = true };
	char path[256], secret[256], first[300], second[300];
	struct output *output;
	FILE *file;

	path_in_directory(path, "planted");
	path_in_directory(secret, "secret");
	file = fopen(secret, "we");
	fputs("secret", file);
	fclose(file);
	number_path(first, path, 1, "");
	number_path(second, path, 2, "");
	assert_int_equal(symlink(secret, first), 0);
	assert_int_equal(link(secret, second), 0);
	output = open_rotated(path, &rotation);
	write_batch(output, 1);
	usleep(200000);
	output_free(output);
	assert_false(is_there(path, 1, ".gz"));
	assert_false(is_there(path, 2, ".gz"));
	assert_int_equal(size_of(secret), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compression),
		cmocka_unit_test(test_what_an_earlier_run_left),
		cmocka_unit_test(test_end_with_a_slow_disk),
		cmocka_unit_test(test_end_with_a_slow_and_full_disk),
		cmocka_unit_test(test_planted),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
