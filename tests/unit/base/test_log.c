// SPDX-License-Identifier: GPL-2.0-or-later
/* Which messages reach stderr, and in which form? */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "log.h"

static char logged[16384];

/* Sends stderr to a file that end_capture() reads back into `logged`. */
static int begin_capture(int *ret_saved)
{
	int file = memfd_create("stderr", MFD_CLOEXEC);

	assert_true(file >= 0);
	*ret_saved = dup(STDERR_FILENO);
	assert_true(*ret_saved >= 0);
	assert_int_equal(dup2(file, STDERR_FILENO), STDERR_FILENO);
	return file;
}

static void end_capture(int file, int saved)
{
	ssize_t length;

	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
	length = pread(file, logged, sizeof(logged) - 1, 0);
	assert_true(length >= 0);
	logged[length] = '\0';
	close(file);
}

static void log_four(enum log_level level)
{
	int saved, file = begin_capture(&saved);

	log_set_level(level);
	log_error("e %d", 1);
	log_warning("w");
	log_notice("n");
	log_debug("d");
	end_capture(file, saved);
	assert_int_equal(log_get_level(), level);
	log_set_level(LOG_NOTICE);
}

static void test_levels(void **state)
{
	assert_int_equal(log_get_level(), LOG_NOTICE);
	log_four(LOG_WARNING);
	assert_string_equal(logged, "sigpath: e 1\nsigpath: w\n");
	log_four(LOG_NOTICE);
	assert_string_equal(logged, "sigpath: e 1\nsigpath: w\nsigpath: n\n");
	log_four(LOG_DEBUG);
	assert_string_equal(logged, "sigpath: e 1\nsigpath: w\nsigpath: n\nsigpath: d\n");
}

static void test_shape(void **state)
{
	int saved, file = begin_capture(&saved);

	/* Exactly one newline, with or without one in the message. */
	log_notice("libbpf: a\nb\tc\n");
	log_notice("%s", "x \033[31m \x7f \xc2\x9b \xc3\xa9 \\");
	errno = ENOSPC;
	log_notice("%m");
	assert_int_equal(errno, ENOSPC);
	end_capture(file, saved);
	assert_string_equal(logged, "sigpath: libbpf: a\nb\tc\n"
				    "sigpath: x ?[31m ? ?? \xc3\xa9 \\\n"
				    "sigpath: No space left on device\n");
}

static void test_long_message(void **state)
{
	static char text[10000];
	int saved, file = begin_capture(&saved);

	memset(text, 'x', sizeof(text) - 1);
	log_notice("%s", text);
	end_capture(file, saved);
	assert_int_equal(strlen(logged), strlen("sigpath: ") + sizeof(text) - 1 + 1);
}

static atomic_bool no_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	return no_memory ? NULL : __real_malloc(size);
}

/* "Out of memory" is said too. Only the end of a very long message is lost. */
static void test_no_memory(void **state)
{
	static char text[10000];
	int saved, file = begin_capture(&saved);

	memset(text, 'x', sizeof(text) - 1);
	no_memory = true;
	log_error("out of %s", "memory");
	log_error("%s", text);
	no_memory = false;
	end_capture(file, saved);
	assert_memory_equal(logged, "sigpath: out of memory\nsigpath: xxx", 35);
	assert_int_equal(strlen(logged), strlen("sigpath: out of memory\n") + 2047);
	assert_int_equal(logged[strlen(logged) - 1], '\n');
}

static void test_stderr_closed(void **state)
{
	int saved = dup(STDERR_FILENO);

	close(STDERR_FILENO);
	log_error("nobody reads this");
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),	      cmocka_unit_test(test_shape),
		cmocka_unit_test(test_long_message),  cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_stderr_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
