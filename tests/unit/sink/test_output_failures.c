// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the output have only complete lines, even if the disk or the reader fails? */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "output_case.h"

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

static void limit_file_size(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
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
	assert_int_equal(open_output(path, &output), 0);
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

	assert_int_equal(open_output("/dev/full", &output), 0);
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
	assert_int_equal(open_output(path, &output), 0);
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
	assert_int_equal(open_output(path, &output), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file_size_limit), cmocka_unit_test(test_half_line_that_stays),
		cmocka_unit_test(test_dev_full),	cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_more_than_fits),	cmocka_unit_test(test_reader_gone),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
