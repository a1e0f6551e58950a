// SPDX-License-Identifier: GPL-2.0-or-later
/* The file of --metrics: it is whole at all times, and nothing else is replaced. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "metrics_file.h"
#include "samples.h"

#define END_MS 10000

static char directory[64], path[128], temporary[128];
static struct metrics *metrics;
static atomic_bool is_slow;

static void read_numbers(void *context, struct metrics_numbers *ret_numbers)
{
	while (atomic_load(&is_slow))
		usleep(1000);
}

static int start(void **state)
{
	const struct metrics_options options = { .read = read_numbers };

	strcpy(directory, "/tmp/sigpath-metrics-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/sigpath.prom", directory);
	snprintf(temporary, sizeof(temporary), "%s/.sigpath.prom.new", directory);
	return metrics_new(&options, &metrics);
}

static int end(void **state)
{
	char command[128];

	metrics_free(metrics);
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

static void count(void)
{
	struct sample sample;

	sample_tcp(&sample);
	metrics_count_incident(metrics, &sample.incident, &sample.explanation);
}

/* The text of the file; NULL: it does not exist. The caller frees it. */
static char *text_of_file(void)
{
	struct strbuf text = { 0 };
	char bytes[4096];
	ssize_t size;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	while ((size = read(fd, bytes, sizeof(bytes))) > 0)
		strbuf_add(&text, bytes, (size_t)size);
	close(fd);
	return text.text;
}

static void expect_count(int number)
{
	cleanup(cleanup_free) char *text = text_of_file();
	char line[128];

	assert_non_null(text);
	snprintf(line, sizeof(line), "\nsigpath_incidents_total{class=\"process_died\"} %d\n",
		 number);
	if (!strstr(text, line))
		fail_msg("no %s in\n%s", line, text);
	/* the last line */
	assert_non_null(strstr(text, "# TYPE sigpath_sink_reader_gone gauge\n"));
}

/* A thread that is left behind outlives the options, and so the name that they have. */
static struct metrics_file *open_file(void)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	cleanup(cleanup_free) char *passing = strdup(path);
	struct metrics_file *file;

	assert_non_null(passing);
	assert_int_equal(metrics_file_open(passing, &file, &why), 0);
	return file;
}

static void wait_for_file(void)
{
	for (int i = 0; i < 1000 && access(path, F_OK); i++)
		usleep(10000);
}

static void first_and_last(void **state)
{
	struct metrics_file *file = open_file();
	struct stat status;

	assert_int_equal(access(path, F_OK), -1);
	count();
	assert_int_equal(metrics_file_start(file, metrics), 0);
	wait_for_file();
	expect_count(1);
	count();
	assert_true(metrics_file_finish(file, END_MS));
	expect_count(2);
	metrics_file_free(file);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	assert_int_equal(access(temporary, F_OK), -1);
}

static void refuse(const char *what)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	struct metrics_file *file;

	assert_int_equal(metrics_file_open(path, &file, &why), -EPERM);
	assert_string_equal(why.text, what);
}

static void replaces_regular_files_alone(void **state)
{
	assert_int_equal(symlink("/etc/passwd", path), 0);
	refuse("it is not a regular file");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	refuse("it is not a regular file");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	refuse("it is not a regular file");
	rmdir(path);
}

/* A hard link to a file of somebody else has the name: that file does not change. */
static void planted_file(void **state)
{
	struct metrics_file *file;
	char victim[128];
	struct stat status;

	snprintf(victim, sizeof(victim), "%s/victim", directory);
	close(open(victim, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(link(victim, path), 0);
	file = open_file();
	assert_int_equal(metrics_file_start(file, metrics), 0);
	assert_true(metrics_file_finish(file, END_MS));
	metrics_file_free(file);
	expect_count(0);
	assert_int_equal(stat(victim, &status), 0);
	assert_int_equal(status.st_size, 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

/* What has the name of the temporary file is not followed and not written to. */
static void planted_temporary(void **state)
{
	struct metrics_file *file = open_file();
	char victim[128];
	struct stat status;

	snprintf(victim, sizeof(victim), "%s/victim", directory);
	close(open(victim, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(symlink(victim, temporary), 0);
	assert_int_equal(metrics_file_start(file, metrics), 0);
	assert_true(metrics_file_finish(file, END_MS));
	metrics_file_free(file);
	expect_count(0);
	assert_int_equal(stat(victim, &status), 0);
	assert_int_equal(status.st_size, 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(lstat(temporary, &status), -1);
}

static atomic_bool has_ended;
static atomic_int reads;

/* As a collector does, again and again. */
static void *read_main(void *context)
{
	while (!atomic_load(&has_ended)) {
		char *text = text_of_file();

		if (!text || !strstr(text, "# TYPE sigpath_sink_reader_gone gauge\n"))
			atomic_store(&has_ended, true);
		free(text);
		atomic_fetch_add(&reads, 1);
	}
	return NULL;
}

static void never_half_a_file(void **state)
{
	pthread_t thread;

	for (int i = 0; i < 200; i++) {
		struct metrics_file *file = open_file();

		count();
		assert_int_equal(metrics_file_start(file, metrics), 0);
		if (!i) {
			wait_for_file();
			assert_int_equal(pthread_create(&thread, NULL, read_main, NULL), 0);
		}
		assert_true(metrics_file_finish(file, END_MS));
		metrics_file_free(file);
	}
	while (!atomic_load(&reads))
		usleep(1000);
	assert_false(atomic_exchange(&has_ended, true));
	pthread_join(thread, NULL);
	expect_count(200);
}

/* A directory that cannot be written to: said by the result; the old file stays. */
static void failure(void **state)
{
	struct metrics_file *file = open_file();

	assert_int_equal(metrics_file_start(file, metrics), 0);
	wait_for_file();
	assert_int_equal(mkdir(temporary, 0700), 0);
	count();
	assert_false(metrics_file_finish(file, END_MS));
	metrics_file_free(file);
	expect_count(0);
}

/* The end does not wait for a thread that is under way. */
static void slow_thread(void **state)
{
	struct metrics_file *file = open_file();

	atomic_store(&is_slow, true);
	assert_int_equal(metrics_file_start(file, metrics), 0);
	usleep(20000);
	assert_false(metrics_file_finish(file, 10));
	atomic_store(&is_slow, false);
	metrics_file_free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first_and_last, start, end),
		cmocka_unit_test_setup_teardown(replaces_regular_files_alone, start, end),
		cmocka_unit_test_setup_teardown(planted_file, start, end),
		cmocka_unit_test_setup_teardown(planted_temporary, start, end),
		cmocka_unit_test_setup_teardown(never_half_a_file, start, end),
		cmocka_unit_test_setup_teardown(failure, start, end),
		cmocka_unit_test_setup_teardown(slow_thread, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
