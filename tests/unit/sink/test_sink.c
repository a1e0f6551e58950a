// SPDX-License-Identifier: GPL-2.0-or-later
/* Does each sink get its items, whatever the others do? Are those counted that it does not get? */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "output.h"
#include "samples.h"
#include "units.h"

/* Enough to fill the queue of a sink (4 MiB) and the pipe behind it. */
#define MANY 6000
#define WAIT_MS 20000

static const struct timespec lost_time = { 1795269804, 0 };
static struct sample sample;
static char logged[4096];
static atomic_bool no_memory;

void *__real_realloc(void *pointer, size_t size);
void *__wrap_realloc(void *pointer, size_t size);

void *__wrap_realloc(void *pointer, size_t size)
{
	return no_memory ? NULL : __real_realloc(pointer, size);
}

struct run {
	struct sinks *sinks;
	atomic_int gone; /* how often all readers were said to have gone */
	int log_file, saved_stderr;
};

static void note_readers_gone(void *context)
{
	struct run *run = context;

	run->gone++;
}

/* stderr goes to `logged`. */
static void run_begin(struct run *run, bool wait)
{
	static const struct ev_session session;
	struct sinks_options options = {
		.session = &session,
		.wait = wait,
		.text.time = TEXT_TIME_UTC,
		.readers_gone = note_readers_gone,
		.context = run,
	};

	memset(run, 0, sizeof(*run));
	assert_int_equal(sinks_new(&options, &run->sinks), 0);
	run->log_file = memfd_create("stderr", MFD_CLOEXEC);
	run->saved_stderr = dup(STDERR_FILENO);
	assert_true(run->log_file >= 0 && run->saved_stderr >= 0);
	assert_int_equal(dup2(run->log_file, STDERR_FILENO), STDERR_FILENO);
}

static void run_end(struct run *run)
{
	ssize_t length;

	sinks_free(run->sinks);
	assert_int_equal(dup2(run->saved_stderr, STDERR_FILENO), STDERR_FILENO);
	length = pread(run->log_file, logged, sizeof(logged) - 1, 0);
	assert_true(length >= 0);
	logged[length] = '\0';
	close(run->log_file);
	close(run->saved_stderr);
}

/* FD stays the test's. */
static void add(struct run *run, int fd, const char *name, enum line_format format)
{
	struct output *output;

	assert_true(fd >= 0);
	assert_int_equal(output_from_fd(fd, name, &output), 0);
	assert_int_equal(sinks_add_lines(run->sinks, output, format, false, -1), 0);
}

static int new_file(void)
{
	return memfd_create("out", MFD_CLOEXEC);
}

static void push(struct run *run, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sinks_incident(run->sinks, &sample.incident, &sample.explanation);
}

static struct sink_summary count_items(struct run *run)
{
	struct sink_summary summary = { 0 };

	sinks_count(run->sinks, &summary);
	return summary;
}

/* Lines in a file. */
static size_t count_lines(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	size_t count = 0;
	char *text = malloc((size_t)size + 1);

	assert_int_equal(pread(fd, text, (size_t)size, 0), size);
	for (off_t i = 0; i < size; i++)
		count += text[i] == '\n';
	free(text);
	return count;
}

static void say_lost(uint64_t count, const char *expected)
{
	struct run run;
	int fd = new_file();

	run_begin(&run, false);
	add(&run, fd, "OUT", FORMAT_TEXT);
	sinks_lost(run.sinks, count, lost_time, "the ring buffer was full");
	run_end(&run);
	assert_string_equal(logged, expected);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	close(fd);
}

static void say_summary(struct sink_summary summary, const char *expected)
{
	struct run run;
	int fd = new_file();

	run_begin(&run, false);
	add(&run, fd, "OUT", FORMAT_TEXT);
	sinks_summary(run.sinks, &summary);
	run_end(&run);
	assert_string_equal(logged, expected);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	close(fd);
}

static void test_text_says_it_on_stderr(void **state)
{
	say_lost(1, "sigpath: 14:03:24.000 (1 record lost: the ring buffer was full)\n");
	say_lost(12, "sigpath: 14:03:24.000 (12 records lost: the ring buffer was full)\n");
	say_summary((struct sink_summary){ .incidents = 3 },
		    "sigpath: 3 incidents, 0 repeats, 0 lost\n");
	say_summary((struct sink_summary){ .incidents = 1, .repeats = 1, .lost = 1 },
		    "sigpath: 1 incident, 1 repeat, 1 lost\n");
	say_summary((struct sink_summary){ .incidents = 1, .filtered = 12 },
		    "sigpath: 1 incident, 0 repeats, 0 lost, 12 filtered\n");
	say_summary((struct sink_summary){ .malformed = 2 },
		    "sigpath: 0 incidents, 0 repeats, 0 lost, 2 malformed\n");
}

static void test_json_says_it_in_line(void **state)
{
	struct sink_summary summary = { 0 };
	int fd = new_file();
	struct run run;

	run_begin(&run, false);
	add(&run, fd, "OUT", FORMAT_JSON);
	sinks_lost(run.sinks, 2, lost_time, "the ring buffer was full");
	assert_true(sinks_wait(run.sinks, WAIT_MS));
	sinks_summary(run.sinks, &summary);
	assert_true(sinks_wait(run.sinks, WAIT_MS));
	run_end(&run);
	assert_string_equal(logged, "");
	assert_int_equal(count_lines(fd), 2);
	close(fd);
}

/* One that people read and one that programs read: each learns of it in its own way. */
static void test_text_beside_json(void **state)
{
	struct sink_summary summary = { .incidents = 1 };
	int text = new_file(), json = new_file();
	struct run run;

	sample_tcp(&sample);
	run_begin(&run, false);
	add(&run, text, "TEXT", FORMAT_TEXT);
	add(&run, json, "JSON", FORMAT_JSON);
	push(&run, 1);
	assert_true(sinks_wait(run.sinks, WAIT_MS));
	sinks_summary(run.sinks, &summary);
	assert_true(sinks_wait(run.sinks, WAIT_MS));
	assert_int_equal(summary.output_count, 2);
	assert_string_equal(summary.outputs[0].name, "TEXT");
	assert_string_equal(summary.outputs[0].format, "text");
	assert_int_equal(summary.outputs[0].delivered, 1);
	assert_string_equal(summary.outputs[1].format, "json");
	assert_int_equal(summary.outputs[1].delivered, 1);
	run_end(&run);
	assert_string_equal(logged, "sigpath: 1 incident, 0 repeats, 0 lost\n");
	assert_int_equal(count_lines(json), 2);
	assert_true(count_lines(text) > 2);
	close(text);
	close(json);
}

/* The counts are reported even if the file accepts no more bytes. */
static void test_full_disk(void **state)
{
	struct sink_summary summary = { .incidents = 1 };
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct run run;

	sample_tcp(&sample);
	run_begin(&run, false);
	add(&run, fd, "OUT", FORMAT_JSON);
	push(&run, 1);
	sinks_lost(run.sinks, 2, lost_time, "the ring buffer was full");
	assert_true(sinks_wait(run.sinks, WAIT_MS));
	sinks_summary(run.sinks, &summary);
	assert_true(sinks_wait(run.sinks, WAIT_MS));
	assert_int_equal(summary.unwritten, 2);
	assert_int_equal(count_items(&run).unwritten, 3);
	run_end(&run);
	assert_string_equal(logged,
			    "sigpath: cannot write to OUT: No space left on device; trying again "
			    "with each incident\n"
			    "sigpath: 1 incident, 0 repeats, 0 lost, 2 unwritten\n"
			    "sigpath: OUT: 2 unwritten (the write failed)\n");
	close(fd);
}

/* The run ends with the last reader, and what those did not take is no error. */
static void test_reader_gone(void **state)
{
	int first[2], second[2];
	struct run run;

	assert_int_equal(pipe2(first, O_CLOEXEC), 0);
	assert_int_equal(pipe2(second, O_CLOEXEC), 0);
	sample_tcp(&sample);
	run_begin(&run, false);
	add(&run, first[1], "FIRST", FORMAT_TEXT);
	add(&run, second[1], "SECOND", FORMAT_TEXT);
	close(first[0]);
	push(&run, 1);
	assert_true(sinks_wait(run.sinks, WAIT_MS));
	push(&run, 1);
	assert_true(sinks_wait(run.sinks, WAIT_MS));
	assert_int_equal(run.gone, 0);
	assert_true(count_items(&run).outputs[0].is_gone);
	assert_int_equal(count_items(&run).outputs[1].delivered, 2);
	/* As poll tells it, without a write. */
	sinks_note_gone(run.sinks, 1);
	sinks_note_gone(run.sinks, 1);
	assert_int_equal(run.gone, 1);
	push(&run, 1);
	assert_int_equal(count_items(&run).dropped, 0);
	assert_int_equal(count_items(&run).unwritten, 0);
	run_end(&run);
	assert_string_equal(logged, "");
	close(first[1]);
	close(second[0]);
	close(second[1]);
	sinks_free(NULL);
}

/* A reader that does not read costs its own items. Leaving it behind takes no time. */
static void test_stuck_reader(void **state)
{
	int fd = new_file(), ends[2];
	struct sink_summary summary;
	uint64_t begin_ns;
	struct run run;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	sample_tcp(&sample);
	run_begin(&run, false);
	add(&run, ends[1], "STUCK", FORMAT_JSON);
	add(&run, fd, "FILE", FORMAT_JSON);
	for (int i = 0; i < MANY / 100; i++) {
		push(&run, 100);
		/* The file keeps up, given the time. */
		sinks_flush(run.sinks);
		for (int ms = 0; count_items(&run).outputs[1].delivered < (i + 1) * 100u; ms++) {
			assert_true(ms < WAIT_MS);
			usleep(1000);
		}
	}
	summary = count_items(&run);
	assert_int_equal(summary.outputs[1].delivered, MANY);
	assert_int_equal(count_lines(fd), MANY);
	assert_true(summary.dropped > 1000);
	assert_int_equal(summary.outputs[0].dropped + summary.outputs[0].delivered, MANY);
	assert_false(sinks_wait(run.sinks, 10));
	begin_ns = clock_now_ns();
	run_end(&run);
	assert_true(clock_now_ns() - begin_ns < NSEC_PER_SEC);
	/* However many are dropped, it is said once. */
	assert_string_equal(logged, "sigpath: STUCK is read too slowly: items are dropped while 4 "
				    "MiB wait\n");
	/* The thread that was left behind ends by itself, and closes nothing of ours. */
	close(ends[0]);
	usleep(50000);
	close(fd);
}

/*
 * A thread that hangs in a write does not keep the caller of a reopen. It opens the file itself,
 * as soon as the items under way are out; a thread without items does so at once.
 */
static void test_reopen_while_stuck(void **state)
{
	char directory[] = "/tmp/sigpath-sink-XXXXXX", fifo[64], old[64], bytes[65536];
	struct strbuf why = { 0 };
	struct output *output;
	struct stat status;
	struct run run;
	int reader;

	assert_non_null(mkdtemp(directory));
	snprintf(fifo, sizeof(fifo), "%s/out", directory);
	snprintf(old, sizeof(old), "%s/out.1", directory);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	sample_tcp(&sample);
	run_begin(&run, false);
	assert_int_equal(output_open(fifo, 0600, &output, &why), 0);
	assert_int_equal(sinks_add_lines(run.sinks, output, FORMAT_JSON, false, -1), 0);
	push(&run, 100);
	assert_false(sinks_wait(run.sinks, 200));
	assert_int_equal(rename(fifo, old), 0);
	sinks_reopen(run.sinks);
	usleep(50000);
	assert_int_equal(access(fifo, F_OK), -1);
	/* When all items are out, the thread may close the old end before it says so. */
	for (int ms = 0; !sinks_wait(run.sinks, 1); ms++) {
		assert_true(ms < WAIT_MS);
		assert_true(read(reader, bytes, sizeof(bytes)) >= 0 || errno == EAGAIN);
	}
	for (int ms = 0; access(fifo, F_OK); ms++) {
		assert_true(ms < WAIT_MS);
		usleep(1000);
	}
	push(&run, 1);
	assert_true(sinks_wait(run.sinks, WAIT_MS));
	assert_int_equal(stat(fifo, &status), 0);
	assert_true(S_ISREG(status.st_mode) && status.st_size > 0);
	run_end(&run);
	close(reader);
	unlink(fifo);
	unlink(old);
	rmdir(directory);
}

/* The end of a replay: nothing waits any more for a reader that does not read. */
static void test_stop_waiting(void **state)
{
	struct run run;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	sample_tcp(&sample);
	run_begin(&run, true);
	add(&run, ends[1], "STUCK", FORMAT_JSON);
	sinks_stop_waiting(run.sinks);
	push(&run, MANY);
	assert_true(count_items(&run).dropped > 1000);
	run_end(&run);
	close(ends[0]);
	usleep(50000);
}

struct reader {
	int fd;
	size_t lines;
};

static void *read_slowly(void *context)
{
	struct reader *reader = context;
	char bytes[65536];
	ssize_t got;

	while ((got = read(reader->fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < got; i++)
			reader->lines += bytes[i] == '\n';
		usleep(500);
	}
	return NULL;
}

/* In a replay nothing is dropped: the records wait for the reader. */
static void test_slow_reader_of_a_replay(void **state)
{
	struct reader reader = { 0 };
	pthread_t thread;
	struct run run;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	sample_tcp(&sample);
	reader.fd = ends[0];
	assert_int_equal(pthread_create(&thread, NULL, read_slowly, &reader), 0);
	run_begin(&run, true);
	add(&run, ends[1], "SLOW", FORMAT_JSON);
	push(&run, MANY);
	assert_true(sinks_wait(run.sinks, WAIT_MS));
	assert_int_equal(count_items(&run).dropped, 0);
	assert_int_equal(count_items(&run).outputs[0].delivered, MANY);
	run_end(&run);
	close(ends[1]);
	pthread_join(thread, NULL);
	assert_int_equal(reader.lines, MANY);
	assert_string_equal(logged, "");
	close(ends[0]);
}

/* An item that could not be made is counted, and said once; no half line is written. */
static void test_out_of_memory(void **state)
{
	int fd = new_file();
	struct run run;

	sample_tcp(&sample);
	run_begin(&run, false);
	add(&run, fd, "OUT", FORMAT_JSON);
	no_memory = true;
	push(&run, 2);
	no_memory = false;
	push(&run, 1);
	assert_true(sinks_wait(run.sinks, WAIT_MS));
	assert_int_equal(count_items(&run).unwritten, 2);
	assert_int_equal(count_items(&run).outputs[0].delivered, 1);
	run_end(&run);
	assert_int_equal(count_lines(fd), 1);
	close(fd);
	assert_string_equal(logged, "sigpath: out of memory: an item for OUT was not written\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_says_it_on_stderr),
		cmocka_unit_test(test_json_says_it_in_line),
		cmocka_unit_test(test_text_beside_json),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_reader_gone),
		cmocka_unit_test(test_stuck_reader),
		cmocka_unit_test(test_slow_reader_of_a_replay),
		cmocka_unit_test(test_reopen_while_stuck),
		cmocka_unit_test(test_stop_waiting),
		cmocka_unit_test(test_out_of_memory),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
