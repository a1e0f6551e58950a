// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the output have only complete lines, even if the disk or the reader fails? */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "output.h"

#define LINE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n"
#define LINE_SIZE (sizeof(LINE) - 1) /* 64: no limit below is a multiple of it */

static char directory[] = "/tmp/sigpath-output-XXXXXX";
static char logged[4096];

struct capture {
	int file, saved;
};

static struct capture capture_begin(void)
{
	struct capture capture = { memfd_create("stderr", MFD_CLOEXEC), dup(STDERR_FILENO) };

	assert_true(capture.file >= 0 && capture.saved >= 0);
	assert_int_equal(dup2(capture.file, STDERR_FILENO), STDERR_FILENO);
	return capture;
}

/* Stores the messages in `logged`. */
static void capture_end(struct capture capture)
{
	ssize_t length;

	assert_int_equal(dup2(capture.saved, STDERR_FILENO), STDERR_FILENO);
	length = pread(capture.file, logged, sizeof(logged) - 1, 0);
	assert_true(length >= 0);
	logged[length] = '\0';
	close(capture.file);
	close(capture.saved);
}

static void path_in_directory(char path[256], const char *name)
{
	snprintf(path, 256, "%s/%s", directory, name);
}

/* Every line of the file is LINE; returns how many. */
static size_t count_lines(const char *path)
{
	cleanup(cleanup_fclose) FILE *file = fopen(path, "re");
	char line[256];
	size_t count = 0;

	assert_non_null(file);
	for (; fgets(line, sizeof(line), file); count++)
		assert_string_equal(line, LINE);
	return count;
}

static off_t size_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_size;
}

static int write_item(struct output *output, const char *item)
{
	size_t size = strlen(item), delivered;
	int error = output_write(output, item, &size, 1, &delivered);

	assert_int_equal(delivered, error ? 0 : 1);
	return error;
}

static int write_lines(struct output *output, int count)
{
	int error = 0;

	for (int i = 0; i < count; i++)
		error = write_item(output, LINE);
	return error;
}

static void limit_file_size(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_open(void **state)
{
	struct output *output = NULL;
	struct stat status;
	char path[256];

	path_in_directory(path, "none/file");
	assert_int_equal(output_open(path, &output), -ENOENT);
	assert_int_equal(output_open(directory, &output), -EISDIR);
	assert_null(output);
	output_free(NULL);

	path_in_directory(path, "open");
	assert_int_equal(output_open(path, &output), 0);
	assert_int_equal(write_lines(output, 3), 0);
	output_free(output);
	assert_int_equal(count_lines(path), 3);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	/* Kept until it is known that nobody else writes there. */
	assert_int_equal(output_open(path, &output), 0);
	assert_int_equal(count_lines(path), 3);
	assert_int_equal(output_truncate(output), 0);
	assert_int_equal(count_lines(path), 0);
	output_free(output);
}

/* RLIMIT_FSIZE truncates a line in the middle (EFBIG). The partial line is removed. */
static void check_limited(struct output *output, const char *path)
{
	struct capture capture = capture_begin();

	limit_file_size(200);
	assert_int_equal(write_lines(output, 3), 0);
	assert_int_equal(write_lines(output, 1), -EFBIG);
	assert_int_equal(write_lines(output, 1), -EFBIG);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(count_lines(path), 3);
	assert_int_equal(write_lines(output, 2), 0);
	capture_end(capture);
	assert_int_equal(count_lines(path), 5);
	/* One message each, however often it failed. */
	assert_non_null(strstr(logged, "File too large"));
	assert_non_null(strstr(logged, path));
	assert_null(strstr(strstr(logged, "cannot write") + 1, "cannot write"));
	assert_non_null(strstr(logged, "2 items were not written"));
}

static void test_file_size_limit(void **state)
{
	struct output *output;
	char path[256];
	int fd;

	path_in_directory(path, "limit");
	assert_int_equal(output_open(path, &output), 0);
	check_limited(output, path);
	output_free(output);

	/* stdout of `> file` */
	path_in_directory(path, "limit-stdout");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(output_from_fd(fd, path, &output), 0);
	check_limited(output, path);
	output_free(output);
	/* The caller still owns it. */
	assert_int_equal(close(fd), 0);
}

/* Another process has appended after the partial line, so it cannot be removed. */
static void test_half_line_that_stays(void **state)
{
	struct capture capture;
	struct output *output;
	struct stat status;
	char path[256], bytes[1024] = { 0 };
	int fd;

	path_in_directory(path, "shared");
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(output_from_fd(fd, path, &output), 0);
	/* The file is longer than our own output, as if another process writes to it too. */
	assert_int_equal(ftruncate(fd, 300), 0);
	capture = capture_begin();
	limit_file_size(40);
	assert_int_equal(write_lines(output, 1), -EFBIG);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(write_lines(output, 1), 0);
	capture_end(capture);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_size, 300);
	assert_true(pread(fd, bytes, sizeof(bytes), 0) > 0);
	/* The partial line is ended before the next line begins. */
	assert_memory_equal(bytes, LINE, 40);
	assert_memory_equal(bytes + 40, "\n" LINE, LINE_SIZE + 1);
	assert_non_null(strstr(logged, "1 item was not written"));
	output_free(output);
	close(fd);
}

static void test_dev_full(void **state)
{
	struct capture capture;
	struct output *output;

	assert_int_equal(output_open("/dev/full", &output), 0);
	capture = capture_begin();
	assert_int_equal(write_lines(output, 3), -ENOSPC);
	capture_end(capture);
	assert_string_equal(logged, "sigpath: cannot write to /dev/full: No space left on device; "
				    "trying again with each incident\n");
	output_free(output);
}

/* A file system of two pages, one of them used. It fills up, and no partial line stays. */
static void check_full_disk(const char *mount_point)
{
	char path[300], ballast[300];
	struct capture capture;
	struct output *output;
	int fd;

	snprintf(ballast, sizeof(ballast), "%s/ballast", mount_point);
	snprintf(path, sizeof(path), "%s/lines", mount_point);
	assert_int_equal(output_open(path, &output), 0);
	fd = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	capture = capture_begin();
	/* A page holds 64 lines. The edge falls inside the item, then between two. */
	assert_int_equal(write_lines(output, 63), 0);
	assert_int_equal(write_item(output, LINE LINE), -ENOSPC);
	assert_int_equal(count_lines(path), 63);
	assert_int_equal(write_lines(output, 1), 0);
	assert_int_equal(write_lines(output, 1), -ENOSPC);
	assert_int_equal(unlink(ballast), 0);
	assert_int_equal(write_lines(output, 1), 0);
	capture_end(capture);
	assert_int_equal(count_lines(path), 65);
	output_free(output);
	assert_int_equal(unlink(path), 0);
}

static void test_full_disk(void **state)
{
	char mount_point[256];

	/* In its own mount namespace, so nothing is left behind if something fails. */
	if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip();
	path_in_directory(mount_point, "tmpfs");
	assert_int_equal(mkdir(mount_point, 0700), 0);
	if (mount("tmpfs", mount_point, "tmpfs", 0, "size=8k"))
		skip();
	check_full_disk(mount_point);
	assert_int_equal(umount(mount_point), 0);
}

/* After a rename each line is in exactly one of the two files. */
static void test_reopen(void **state)
{
	struct output *output;
	char path[256], old[256], bytes[16] = "";
	FILE *file;

	path_in_directory(path, "rotated");
	path_in_directory(old, "rotated.1");
	assert_int_equal(output_open(path, &output), 0);
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
	unlink(path);
	unlink(old);
}

static int write_together(struct output *output, const char *const *items, size_t *ret_delivered)
{
	char bytes[1024] = "";
	size_t ends[16], count = 0;

	for (; items[count]; count++) {
		strcat(bytes, items[count]);
		ends[count] = strlen(bytes);
	}
	return output_write(output, bytes, ends, count, ret_delivered);
}

/*
 * The limit truncates the second of five lines that are written together. The first stays, the
 * second is removed.
 */
static void test_more_than_fits(void **state)
{
	static const char *const five[] = { LINE, LINE, LINE, LINE, LINE, NULL };
	static const char *const three[] = { LINE LINE, "short\n", LINE, NULL };
	struct capture capture;
	struct output *output;
	char path[256];
	size_t delivered;

	path_in_directory(path, "more");
	assert_int_equal(output_open(path, &output), 0);
	capture = capture_begin();
	limit_file_size(100);
	assert_int_equal(write_together(output, five, &delivered), -EFBIG);
	assert_int_equal(delivered, 1);
	assert_int_equal(count_lines(path), 1);
	/* An item of its own size that passes, between two that do not. */
	assert_int_equal(write_together(output, three, &delivered), -EFBIG);
	assert_int_equal(delivered, 1);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(size_of(path), LINE_SIZE + 6);
	assert_int_equal(write_together(output, five, &delivered), 0);
	assert_int_equal(delivered, 5);
	capture_end(capture);
	assert_int_equal(size_of(path), 6 * LINE_SIZE + 6);
	/* The limit has also truncated the messages in between. */
	assert_non_null(strstr(logged, "1 item was not written"));
	output_free(output);
	unlink(path);
}

/* Two names of one file are one file, and two standard outputs; /dev/null is nobody's. */
static void test_same(void **state)
{
	struct output *a, *b, *null[2];
	char path[256], link_path[256];
	int ends[2];

	path_in_directory(path, "same");
	path_in_directory(link_path, "same-link");
	assert_int_equal(output_open(path, &a), 0);
	assert_int_equal(link(path, link_path), 0);
	assert_int_equal(output_open(link_path, &b), 0);
	assert_true(output_is_same(a, b));
	output_free(b);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(output_from_fd(ends[1], "stdout", &b), 0);
	assert_false(output_is_same(a, b));
	assert_true(output_is_same(b, b));
	for (int i = 0; i < 2; i++)
		assert_int_equal(output_open("/dev/null", &null[i]), 0);
	assert_false(output_is_same(null[0], null[1]));
	output_free(null[0]);
	output_free(null[1]);
	output_free(a);
	output_free(b);
	close(ends[0]);
	close(ends[1]);
	unlink(path);
	unlink(link_path);
}

static void *write_to_stuck(void *context)
{
	return (void *)(intptr_t)write_lines(context, 200);
}

/* A writer that hangs does not keep the caller of a reopen; the reopen is done when it goes on. */
static void test_reopen_while_stuck(void **state)
{
	char fifo[256], old[256], bytes[200 * LINE_SIZE];
	struct output *output;
	pthread_t thread;
	size_t got = 0;
	void *result;
	int reader;

	path_in_directory(fifo, "fifo");
	path_in_directory(old, "fifo.1");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(output_open(fifo, &output), 0);
	assert_int_equal(fcntl(reader, F_SETPIPE_SZ, 4096), 4096);
	assert_int_equal(pthread_create(&thread, NULL, write_to_stuck, output), 0);
	usleep(50000);
	assert_int_equal(rename(fifo, old), 0);
	output_reopen(output);
	assert_int_equal(access(fifo, F_OK), -1);
	fcntl(reader, F_SETFL, 0);
	/* The rest goes to the new file, as soon as the item under way is out. */
	while (got < 4096 + LINE_SIZE)
		got += (size_t)read(reader, bytes + got, sizeof(bytes) - got);
	pthread_join(thread, &result);
	assert_null(result);
	assert_true(size_of(fifo) > 0);
	assert_int_equal(size_of(fifo) % LINE_SIZE, 0);
	output_free(output);
	close(reader);
	unlink(fifo);
	unlink(old);
}

static void test_reader_gone(void **state)
{
	struct capture capture = capture_begin();
	struct output *output;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(output_from_fd(ends[1], "stdout", &output), 0);
	assert_int_equal(write_lines(output, 1), 0);
	close(ends[0]);
	assert_int_equal(write_lines(output, 1), -EPIPE);
	output_free(output);
	close(ends[1]);
	capture_end(capture);
	/* No message. */
	assert_string_equal(logged, "");
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

static int set_up(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "open", "limit", "limit-stdout", "shared" };
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_in_directory(path, names[i]);
		unlink(path);
	}
	path_in_directory(path, "tmpfs");
	rmdir(path);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_file_size_limit),
		cmocka_unit_test(test_half_line_that_stays),
		cmocka_unit_test(test_dev_full),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_reopen),
		cmocka_unit_test(test_reopen_while_stuck),
		cmocka_unit_test(test_more_than_fits),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_reader_gone),
		cmocka_unit_test(test_nonblocking),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
