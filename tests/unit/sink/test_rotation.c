// SPDX-License-Identifier: GPL-2.0-or-later
/* A file that is rotated: when, by which names, and what becomes of it if that fails. */
#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "rotation_case.h"

/* A batch goes to as many files as it needs; each has whole lines and is within the limit. */
static void test_size(void **state)
{
	const struct output_rotation rotation = { .bytes = 10 * LINE_SIZE + 5, .keep = 100 };
	char path[256], old[300];
	struct output *output;
	size_t lines;

	path_in_directory(path, "size");
	output = open_rotated(path, &rotation);
	write_batch(output, 7);
	write_batch(output, 200);
	write_batch(output, 1);
	output_free(output);
	lines = count_lines(path);
	assert_int_equal(lines, 8);
	for (unsigned int number = 1; number <= 20; number++) {
		number_path(old, path, number, "");
		assert_int_equal(count_lines(old), 10);
	}
	assert_false(is_there(path, 21, ""));
	/* The next run appends, and continues the numbers. */
	output = open_rotated(path, &rotation);
	write_batch(output, 3);
	output_free(output);
	assert_int_equal(count_lines(path), 1);
	number_path(old, path, 1, "");
	assert_int_equal(count_lines(old), 10);
	assert_true(is_there(path, 21, ""));
}

/* An item that is larger than the limit gets a file of its own. */
static void test_large_item(void **state)
{
	const struct output_rotation rotation = { .bytes = LINE_SIZE / 2, .keep = 5 };
	struct output *output;
	char path[256], old[300];

	path_in_directory(path, "large");
	output = open_rotated(path, &rotation);
	write_batch(output, 3);
	output_free(output);
	assert_int_equal(count_lines(path), 1);
	for (unsigned int number = 1; number <= 2; number++) {
		number_path(old, path, number, "");
		assert_int_equal(count_lines(old), 1);
	}
	assert_false(is_there(path, 3, ""));
}

static void test_keep(void **state)
{
	struct output_rotation rotation = { .bytes = LINE_SIZE, .keep = 4 };
	struct output *output;
	char path[256];

	path_in_directory(path, "keep");
	output = open_rotated(path, &rotation);
	write_batch(output, 10);
	output_free(output);
	assert_true(is_there(path, 4, ""));
	assert_false(is_there(path, 5, ""));
	/* Another run keeps fewer. */
	rotation.keep = 2;
	output = open_rotated(path, &rotation);
	write_batch(output, 1);
	output_free(output);
	assert_true(is_there(path, 2, ""));
	assert_false(is_there(path, 3, ""));
	assert_false(is_there(path, 4, ""));
}

/* Where a number is free, the older files stay where they are. */
static void test_gap(void **state)
{
	const struct output_rotation rotation = { .bytes = LINE_SIZE, .keep = 3 };
	struct stat before, after;
	struct output *output;
	char path[256], third[300], second[300];

	path_in_directory(path, "gap");
	number_path(third, path, 3, "");
	number_path(second, path, 2, "");
	output = open_rotated(path, &rotation);
	write_batch(output, 4);
	assert_int_equal(stat(third, &before), 0);
	assert_int_equal(unlink(second), 0);
	write_batch(output, 1);
	output_free(output);
	assert_int_equal(stat(third, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_true(is_there(path, 2, ""));
}

static void set_age(const char *path, time_t seconds)
{
	struct timespec times[2] = { { time(NULL) - seconds, 0 }, { time(NULL) - seconds, 0 } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Days begin at local midnight, also for a file of an earlier run. */
static void test_time(void **state)
{
	const struct output_rotation rotation = { .period_ns = UINT64_C(86400000000000),
						  .keep = 9 };
	time_t now = time(NULL);
	struct output *output;
	char path[256];
	struct tm local;
	time_t today;

	/* A time zone in which it is a few hours after midnight, at most. */
	setenv("TZ", "XXX-5:30", 1);
	tzset();
	localtime_r(&now, &local);
	today = local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec;
	path_in_directory(path, "time");
	output = open_rotated(path, &rotation);
	write_batch(output, 2);
	output_free(output);
	if (today > 5) {
		set_age(path, today - 5);
		output = open_rotated(path, &rotation);
		write_batch(output, 1);
		output_free(output);
		assert_int_equal(count_lines(path), 3);
		assert_false(is_there(path, 1, ""));
	}
	set_age(path, today + 5);
	output = open_rotated(path, &rotation);
	write_batch(output, 1);
	output_free(output);
	assert_int_equal(count_lines(path), 1);
	assert_true(is_there(path, 1, ""));
	unsetenv("TZ");
	tzset();
}

/* While the run goes on. An empty file is not rotated. */
static void test_seconds(void **state)
{
	const struct output_rotation rotation = { .period_ns = UINT64_C(1000000000), .keep = 9 };
	struct output *output;
	char path[256];

	path_in_directory(path, "seconds");
	output = open_rotated(path, &rotation);
	usleep(1100000);
	write_batch(output, 1);
	assert_false(is_there(path, 1, ""));
	usleep(1100000);
	write_batch(output, 1);
	assert_true(is_there(path, 1, ""));
	assert_false(is_there(path, 2, ""));
	output_free(output);
}

static char logged[4096];

static struct output *begin_logging(int *ret_saved, int *ret_file, struct output *output)
{
	*ret_file = memfd_create("stderr", MFD_CLOEXEC);
	*ret_saved = dup(STDERR_FILENO);
	assert_int_equal(dup2(*ret_file, STDERR_FILENO), STDERR_FILENO);
	return output;
}

static void end_logging(int saved, int file)
{
	ssize_t length;

	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	length = pread(file, logged, sizeof(logged) - 1, 0);
	assert_true(length >= 0);
	logged[length] = '\0';
	close(saved);
	close(file);
}

/* A directory that cannot be removed has the name. The lines go on, in the same file. */
static void test_names_that_are_taken(void **state)
{
	const struct output_rotation rotation = { .bytes = 2 * LINE_SIZE, .keep = 1 };
	int saved, file;
	struct output *output;
	char path[256], first[300];

	path_in_directory(path, "taken");
	number_path(first, path, 1, "");
	assert_int_equal(mkdir(first, 0700), 0);
	output = begin_logging(&saved, &file, open_rotated(path, &rotation));
	write_batch(output, 5);
	write_batch(output, 5);
	end_logging(saved, file);
	output_free(output);
	assert_int_equal(count_lines(path), 10);
	assert_non_null(strstr(logged, "taken cannot be rotated: Is a directory; writing on to it, "
				       "and trying again every 10 s\n"));
	assert_null(strchr(strchr(logged, '\n') + 1, '\n'));
}

/* The new file cannot be opened: the old one gets its name back. */
static void test_no_new_file(void **state)
{
	const struct output_rotation rotation = { .bytes = 2 * LINE_SIZE, .keep = 3 };
	struct rlimit limit, none;
	int saved, file;
	struct output *output;
	char path[256];

	path_in_directory(path, "none");
	output = begin_logging(&saved, &file, open_rotated(path, &rotation));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){ 3, limit.rlim_max };
	write_batch(output, 2);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	write_batch(output, 5);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	end_logging(saved, file);
	output_free(output);
	assert_int_equal(count_lines(path), 7);
	assert_false(is_there(path, 1, ""));
	assert_non_null(strstr(logged, "none cannot be rotated: Too many open files"));
}

/* logrotate has renamed it, and the signal is still to come. */
static void test_moved_away(void **state)
{
	const struct output_rotation rotation = { .bytes = 2 * LINE_SIZE, .keep = 3 };
	struct output *output;
	char path[256], away[256];

	path_in_directory(path, "moved");
	path_in_directory(away, "moved-away");
	output = open_rotated(path, &rotation);
	write_batch(output, 2);
	assert_int_equal(rename(path, away), 0);
	write_batch(output, 2);
	output_free(output);
	assert_int_equal(count_lines(away), 2);
	assert_int_equal(count_lines(path), 2);
	assert_false(is_there(path, 1, ""));
}

/* What no regular file is, is not rotated. A name that is too long is refused at once. */
static void test_what_cannot_be_rotated(void **state)
{
	const struct output_rotation rotation = { .bytes = LINE_SIZE, .keep = 3 };
	char name[250], path[300];
	struct output *output;

	output = open_rotated("/dev/null", &rotation);
	assert_int_equal(output_rotate(output), -ENOTSUP);
	output_free(output);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(open_output(path, &output), 0);
	assert_int_equal(output_rotate_by(output, &rotation), -ENAMETOOLONG);
	output_free(output);
}

/* The file behind a link is rotated, and the link stays. */
static void test_link(void **state)
{
	const struct output_rotation rotation = { .bytes = LINE_SIZE, .keep = 3 };
	char path[256], link_path[256];
	struct output *output;
	struct stat status;

	path_in_directory(path, "real");
	path_in_directory(link_path, "link");
	assert_int_equal(symlink("real", link_path), 0);
	output = open_rotated(link_path, &rotation);
	write_batch(output, 2);
	output_free(output);
	assert_int_equal(lstat(link_path, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_true(is_there(path, 1, ""));
	assert_false(is_there(link_path, 1, ""));
	assert_int_equal(count_lines(link_path), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_large_item),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_names_that_are_taken),
		cmocka_unit_test(test_no_new_file),
		cmocka_unit_test(test_moved_away),
		cmocka_unit_test(test_what_cannot_be_rotated),
		cmocka_unit_test(test_link),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
