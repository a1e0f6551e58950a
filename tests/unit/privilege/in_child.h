/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is given up cannot be had again, so each case tries it in a process of its own. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the process of in_child(): ends it with the line that failed. */
#define expect(condition)                                                                   \
	do {                                                                                \
		if (!(condition)) {                                                         \
			dprintf(STDERR_FILENO, "%s:%d: not true: %s\n", __FILE__, __LINE__, \
				#condition);                                                \
			_exit(1);                                                           \
		}                                                                           \
	} while (0)

/* Runs FN in a process of its own, and fails the test if an expect() fails in it. */
static inline void in_child(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		fn();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}
