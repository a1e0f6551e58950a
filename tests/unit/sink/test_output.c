// SPDX-License-Identifier: GPL-2.0-or-later
/* How an output is opened, reopened and written while its reader is slow. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "output_case.h"

static void test_open(void **state)
{
	struct output *output = NULL;
	struct stat status;
	char path[256];

	path_in_directory(path, "none/file");
	assert_int_equal(open_output(path, &output), -ENOENT);
	assert_int_equal(open_output(directory, &output), -EISDIR);
	assert_null(output);
	output_free(NULL);

	path_in_directory(path, "open");
	assert_int_equal(open_output(path, &output), 0);
	assert_int_equal(write_lines(output, 3), 0);
	output_free(output);
	assert_int_equal(count_lines(path), 3);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(open_output(path, &output), 0);
	assert_int_equal(output_refuse_content(output), -EEXIST);
	assert_int_equal(write_lines(output, 2), 0);
	assert_int_equal(count_lines(path), 5);
	assert_int_equal(output_truncate(output), 0);
	assert_int_equal(output_refuse_content(output), 0);
	assert_int_equal(count_lines(path), 0);
	output_free(output);
}

static void append_half_line(const char *path)
{
	FILE *file = fopen(path, "ae");

	assert_non_null(file);
	assert_int_equal(fwrite(LINE, 10, 1, file), 1);
	fclose(file);
}

/* Of a writer that was killed. Its line is lost, and ours begins on a line of its own. */
static void test_half_line_before(void **state)
{
	char path[256], bytes[2 * LINE_SIZE] = "";
	struct output *output;
	FILE *file;

	path_in_directory(path, "half");
	append_half_line(path);
	assert_int_equal(open_output(path, &output), 0);
	assert_int_equal(write_lines(output, 1), 0);
	output_free(output);
	file = fopen(path, "re");
	assert_int_equal(fread(bytes, 1, sizeof(bytes), file), 10 + 1 + LINE_SIZE);
	fclose(file);
	assert_memory_equal(bytes + 10, "\n" LINE, 1 + LINE_SIZE);
	append_half_line(path);
	assert_int_equal(open_output(path, &output), 0);
	assert_int_equal(output_truncate(output), 0);
	assert_int_equal(write_lines(output, 1), 0);
	output_free(output);
	assert_int_equal(count_lines(path), 1);
}

/* Two names of one file are one file, and two standard outputs; /dev/null is nobody's. */
static void test_same(void **state)
{
	struct output *a, *b, *null[2];
	char path[256], link_path[256];
	int ends[2];

	path_in_directory(path, "same");
	path_in_directory(link_path, "same-link");
	assert_int_equal(open_output(path, &a), 0);
	assert_int_equal(link(path, link_path), 0);
	assert_int_equal(open_output(link_path, &b), 0);
	assert_true(output_is_same(a, b));
	output_free(b);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(output_from_fd(ends[1], "stdout", &b), 0);
	assert_false(output_is_same(a, b));
	assert_true(output_is_same(b, b));
	for (int i = 0; i < 2; i++)
		assert_int_equal(open_output("/dev/null", &null[i]), 0);
	assert_false(output_is_same(null[0], null[1]));
	output_free(null[0]);
	output_free(null[1]);
	output_free(a);
	output_free(b);
	close(ends[0]);
	close(ends[1]);
}

/* After a rename each line is in exactly one of the two files. */
static void test_reopen(void **state)
{
	struct output *output;
	char path[256], old[256], bytes[16] = "";
	FILE *file;

	path_in_directory(path, "rotated");
	path_in_directory(old, "rotated.1");
	assert_int_equal(open_output(path, &output), 0);
	assert_int_equal(write_item(output, "one\n"), 0);
	assert_int_equal(rename(path, old), 0);
	assert_int_equal(write_item(output, "two\n"), 0);
	output_reopen(output);
	assert_int_equal(write_item(output, "three\n"), 0);
	output_free(output);
	file = fopen(old, "r");
	assert_int_equal(fread(bytes, 1, sizeof(bytes), file), 8);
	assert_memory_equal(bytes, "one\ntwo\n", 8);
	fclose(file);
	file = fopen(path, "r");
	assert_int_equal(fread(bytes, 1, sizeof(bytes), file), 6);
	assert_memory_equal(bytes, "three\n", 6);
	fclose(file);
}

static void add_beginning(void *context, size_t item, struct strbuf *buf)
{
	size_t *items = context;

	*items = item;
	strbuf_add_text(buf, LINE);
}

static int write_two(struct output *output)
{
	static const size_t ends[] = { LINE_SIZE, 2 * LINE_SIZE };
	size_t delivered;
	int error = output_write(output, LINE LINE, ends, 2, &delivered);

	assert_int_equal(delivered, 2);
	return error;
}

/* A run, and each new file: after a rename, and after another process has truncated it. */
static void test_beginning(void **state)
{
	struct output *output;
	char path[256], old[256];
	size_t items = 99;

	path_in_directory(path, "begun");
	path_in_directory(old, "begun.1");
	assert_int_equal(open_output(path, &output), 0);
	output_begin_with(output, add_beginning, &items);
	assert_int_equal(output_begin(output), 0);
	assert_int_equal(count_lines(path), 1);
	assert_int_equal(write_two(output), 0);
	assert_int_equal(count_lines(path), 3);
	assert_int_equal(rename(path, old), 0);
	output_reopen(output);
	assert_int_equal(write_two(output), 0);
	assert_int_equal(count_lines(old), 3);
	assert_int_equal(count_lines(path), 3);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(write_two(output), 0);
	assert_int_equal(write_two(output), 0);
	assert_int_equal(count_lines(path), 5);
	assert_int_equal(items, 0);
	output_free(output);
	/* The next run, which appends. */
	assert_int_equal(open_output(path, &output), 0);
	output_begin_with(output, add_beginning, &items);
	assert_int_equal(write_two(output), 0);
	assert_int_equal(count_lines(path), 8);
	output_free(output);
}

/* Only a regular file takes the place of another one: a FIFO may have no reader. */
static void test_reopen_refuses_a_fifo(void **state)
{
	char path[256], old[256];
	struct output *output;

	path_in_directory(path, "refused");
	path_in_directory(old, "refused.1");
	assert_int_equal(open_output(path, &output), 0);
	assert_int_equal(rename(path, old), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	output_reopen(output);
	assert_int_equal(write_lines(output, 1), 0);
	assert_int_equal(count_lines(old), 1);
	output_free(output);
}

struct first_reader {
	const char *path;
	size_t bytes;
};

static void *read_later(void *context)
{
	struct first_reader *reader = context;
	char bytes[2 * LINE_SIZE];
	int fd;

	usleep(200000);
	fd = open(reader->path, O_RDONLY | O_CLOEXEC);
	while (reader->bytes < sizeof(bytes)) {
		ssize_t got = read(fd, bytes, sizeof(bytes));

		if (got <= 0)
			break;
		reader->bytes += (size_t)got;
	}
	close(fd);
	return NULL;
}

/* An open never waits for a reader. A write does, and once there was one, its exit is the end. */
static void test_fifo_without_a_reader(void **state)
{
	struct first_reader reader = { 0 };
	struct output *output;
	pthread_t thread;
	char path[256];

	path_in_directory(path, "unread");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(open_output(path, &output), 0);
	assert_false(output_is_file(output));
	reader.path = path;
	assert_int_equal(pthread_create(&thread, NULL, read_later, &reader), 0);
	assert_int_equal(write_lines(output, 2), 0);
	pthread_join(thread, NULL);
	assert_int_equal(reader.bytes, 2 * LINE_SIZE);
	assert_int_equal(write_lines(output, 1), -EPIPE);
	output_free(output);
}

struct reader {
	int fd;
	size_t bytes;
	bool whole;
};

/* A slow reader. It checks at the end that all lines are complete. */
static void *read_slowly(void *argument)
{
	struct reader *reader = argument;
	char bytes[1000];
	ssize_t got;

	reader->whole = true;
	while ((got = read(reader->fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < got; i++)
			if (bytes[i] != LINE[(reader->bytes + (size_t)i) % LINE_SIZE])
				reader->whole = false;
		reader->bytes += (size_t)got;
		usleep(100);
	}
	return NULL;
}

static void on_alarm(int number)
{
	/* It only interrupts. */
}

/* sigpath waits for a full non-blocking pipe. Signals that interrupt the wait do no harm. */
static void test_nonblocking(void **state)
{
	struct sigaction action = { .sa_handler = on_alarm };
	timer_t timer;
	struct itimerspec often = { { 0, 1000000 }, { 0, 1000000 } };
	struct reader reader = { 0 };
	struct output *output;
	pthread_t thread;
	sigset_t alarm_set;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	reader.fd = ends[0];
	sigemptyset(&alarm_set);
	sigaddset(&alarm_set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm_set, NULL);
	assert_int_equal(pthread_create(&thread, NULL, read_slowly, &reader), 0);
	pthread_sigmask(SIG_UNBLOCK, &alarm_set, NULL);
	sigaction(SIGALRM, &action, NULL);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	timer_settime(timer, 0, &often, NULL);

	assert_int_equal(output_from_fd(ends[1], "stdout", &output), 0);
	assert_int_equal(write_lines(output, 5000), 0);
	timer_delete(timer);
	output_free(output);
	close(ends[1]);
	pthread_join(thread, NULL);
	close(ends[0]);
	assert_int_equal(reader.bytes, 5000 * LINE_SIZE);
	assert_true(reader.whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_half_line_before),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_reopen),
		cmocka_unit_test(test_beginning),
		cmocka_unit_test(test_reopen_refuses_a_fifo),
		cmocka_unit_test(test_fifo_without_a_reader),
		cmocka_unit_test(test_nonblocking),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
