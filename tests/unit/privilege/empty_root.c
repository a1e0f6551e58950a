/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "empty_root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "in_child.h"
#include "rights.h"

static char directory[] = "/tmp/sigpath-root-XXXXXX";

static void leave(void)
{
	int place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int file = openat(place, "open", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct stat status;

	expect(place >= 0 && file >= 0);
	expect(!empty_root_enter(&place, 1));
	expect(open("/etc/shadow", O_RDONLY) < 0 && errno == ENOENT);
	expect(open("/x", O_WRONLY | O_CREAT, 0600) < 0 && errno == EROFS);
	expect(open("/proc/self/status", O_RDONLY) >= 0);
	expect(open("/proc/self/mem", O_RDWR) < 0 && errno == EROFS);
	expect(open("/proc/sys/kernel/core_pattern", O_WRONLY) < 0 && errno == EROFS);
	/* The directory of an output, and nothing above it. */
	expect(openat(place, "new", O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0);
	expect(openat(place, "../../etc/shadow", O_RDONLY) < 0 && errno == ENOENT);
	expect(!fstatat(place, "../new", &status, 0));
	expect(write(file, "x", 1) == 1);
}

static void leave_without_rights(void)
{
	expect(!rights_keep(0));
	expect(empty_root_enter(NULL, 0) == -EPERM);
	expect(open("/etc/passwd", O_RDONLY) >= 0);
}

static void run(void (*fn)(void))
{
	/* CAP_SYS_ADMIN is 21. */
	if (!(rights_held() & RIGHT(21)))
		skip();
	in_child(fn);
}

static void no_files(void **state)
{
	run(leave);
}

static void no_rights(void **state)
{
	run(leave_without_rights);
}

static int make_directory(void **state)
{
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	int place = open(directory, O_RDONLY | O_DIRECTORY);

	unlinkat(place, "open", 0);
	unlinkat(place, "new", 0);
	close(place);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_files),
		cmocka_unit_test(no_rights),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
