// SPDX-License-Identifier: GPL-2.0-or-later
/* Where does each thing go, and which errors does the run hear of? */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "output.h"
#include "samples.h"

static const struct sink_options text = { .format = SINK_TEXT, .utc = true };
static const struct sink_options json = { .format = SINK_JSON, .utc = true };
static const struct timespec lost_time = { 1795269804, 0 };
static struct sample sample;
static char logged[4096];

struct run {
	int fd;
	int log_file, saved_stderr;
	struct output *output;
	struct sink *sink;
};

/* A sink on FD, which the run closes; stderr goes to `logged`. */
static struct run run_begin(const struct sink_options *options, int fd)
{
	struct run run = { .fd = fd };

	assert_true(fd >= 0);
	assert_int_equal(output_from_fd(fd, "OUT", &run.output), 0);
	assert_int_equal(sink_new(options, run.output, &run.sink), 0);
	run.log_file = memfd_create("stderr", MFD_CLOEXEC);
	run.saved_stderr = dup(STDERR_FILENO);
	assert_true(run.log_file >= 0 && run.saved_stderr >= 0);
	assert_int_equal(dup2(run.log_file, STDERR_FILENO), STDERR_FILENO);
	return run;
}

static void run_end(struct run *run)
{
	ssize_t length;

	assert_int_equal(dup2(run->saved_stderr, STDERR_FILENO), STDERR_FILENO);
	length = pread(run->log_file, logged, sizeof(logged) - 1, 0);
	assert_true(length >= 0);
	logged[length] = '\0';
	sink_free(run->sink);
	output_free(run->output);
	close(run->fd);
	close(run->log_file);
	close(run->saved_stderr);
}

static int pipe_without_reader(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	return ends[1];
}

static void say_lost(uint64_t count, const char *expected)
{
	struct run run = run_begin(&text, memfd_create("out", MFD_CLOEXEC));

	assert_int_equal(sink_lost(run.sink, count, lost_time), 0);
	assert_int_equal(lseek(run.fd, 0, SEEK_END), 0);
	run_end(&run);
	assert_string_equal(logged, expected);
}

static void say_summary(const struct sink_summary *summary, const char *expected)
{
	struct run run = run_begin(&text, memfd_create("out", MFD_CLOEXEC));

	assert_int_equal(sink_summary(run.sink, summary), 0);
	assert_int_equal(lseek(run.fd, 0, SEEK_END), 0);
	run_end(&run);
	assert_string_equal(logged, expected);
}

static void test_text_says_it_on_stderr(void **state)
{
	say_lost(1, "sigpath: 14:03:24.000 (1 record lost: the ring buffer was full)\n");
	say_lost(12, "sigpath: 14:03:24.000 (12 records lost: the ring buffer was full)\n");
	say_summary(&(struct sink_summary){ .incidents = 3 },
		    "sigpath: 3 incidents, 0 repeats, 0 lost\n");
	say_summary(&(struct sink_summary){ .incidents = 1, .repeats = 1, .lost = 1 },
		    "sigpath: 1 incident, 1 repeat, 1 lost\n");
	say_summary(&(struct sink_summary){ .malformed = 2, .unwritten = 3 },
		    "sigpath: 0 incidents, 0 repeats, 0 lost, 2 malformed, 3 unwritten\n");
}

static void test_json_says_it_in_line(void **state)
{
	struct run run = run_begin(&json, memfd_create("out", MFD_CLOEXEC));

	assert_int_equal(sink_lost(run.sink, 2, lost_time), 0);
	assert_int_equal(sink_summary(run.sink, &(struct sink_summary){ 0 }), 0);
	run_end(&run);
	assert_string_equal(logged, "");
}

/* The counts reach somebody, also when the file takes nothing any more. */
static void test_full_disk(void **state)
{
	struct run run = run_begin(&json, open("/dev/full", O_WRONLY | O_CLOEXEC));

	sample_tcp(&sample);
	assert_int_equal(sink_incident(run.sink, &sample.incident, &sample.explanation), 0);
	assert_int_equal(sink_lost(run.sink, 2, lost_time), 0);
	assert_int_equal(sink_summary(run.sink, &(struct sink_summary){ .unwritten = 1 }), 0);
	assert_int_equal(output_unwritten(run.output), 3);
	run_end(&run);
	assert_string_equal(logged,
			    "sigpath: cannot write to OUT: No space left on device; trying again "
			    "with each incident\n"
			    "sigpath: 14:03:24.000 (2 records lost: the ring buffer was full)\n"
			    "sigpath: 0 incidents, 0 repeats, 0 lost, 1 unwritten\n");
}

static void test_reader_gone(void **state)
{
	struct run run = run_begin(&json, pipe_without_reader());

	sample_tcp(&sample);
	assert_int_equal(sink_incident(run.sink, &sample.incident, &sample.explanation), -EPIPE);
	assert_int_equal(sink_lost(run.sink, 2, lost_time), -EPIPE);
	assert_int_equal(sink_summary(run.sink, &(struct sink_summary){ 0 }), -EPIPE);
	run_end(&run);
	assert_string_equal(logged, "");
	run = run_begin(&text, pipe_without_reader());
	assert_int_equal(sink_incident(run.sink, &sample.incident, &sample.explanation), -EPIPE);
	run_end(&run);
	assert_string_equal(logged, "");
	sink_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_says_it_on_stderr),
		cmocka_unit_test(test_json_says_it_in_line),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_reader_gone),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
