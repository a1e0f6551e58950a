// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds regular files at paths that a hostile process gives. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "locate.h"
#include "regular_file.h"

static char dir[] = "/tmp/sigpath-locate-XXXXXX";
static int root;

static int make_dir(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	root = open(dir, O_PATH | O_DIRECTORY);
	if (root < 0 || mkdirat(root, "lib", 0700))
		return -1;
	close(openat(root, "lib/file", O_CREAT | O_WRONLY, 0600));
	symlinkat("/lib/file", root, "absolute");
	symlinkat("../../../../../lib/file", root, "upwards");
	return mkfifoat(root, "fifo", 0600);
}

static int remove_dir(void **state)
{
	char command[128];

	close(root);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static int find(const char *path)
{
	struct stat stat;
	int handle = -1;
	int error = regular_file_find(root, path, &handle, &stat);

	if (!error)
		close(handle);
	return error;
}

/* Symbolic links are resolved in their own root, and only regular files are opened. */
static void regular_files(void **state)
{
	assert_int_equal(find("/lib/file"), 0);
	assert_int_equal(find("/absolute"), 0);
	assert_int_equal(find("/upwards"), 0);
	assert_int_equal(find("/../../lib/file"), 0);
	assert_int_equal(find("/fifo"), -ENOTSUP);
	assert_int_equal(find("/lib"), -ENOTSUP);
	assert_int_equal(find("/nothing"), -ENOENT);
	assert_int_equal(find("/proc/self/exe"), -ENOENT);
}

static void devices(void **state)
{
	struct stat stat;
	int handle;

	assert_int_equal(regular_file_find(-1, "/dev/null", &handle, &stat), -ENOTSUP);
	assert_int_equal(regular_file_find(-1, "/proc/self/exe", &handle, &stat), 0);
	close(handle);
}

static void same_file_or_another(void **state)
{
	struct locator locator;
	struct location location = { .process_dir = -1, .root = root, .own_root = -1 };
	struct target target = { .time.tv_sec = time(NULL) + 2 };
	struct snapshot_module module = { .path = "/lib/file" };
	struct stat stat, found;
	int handle;

	assert_int_equal(fstatat(root, "lib/file", &stat, 0), 0);
	locator_init(&locator, "/proc", true);
	assert_true(locator.own_mnt_ns != 0);
	module.inode = stat.st_ino;
	module.dev = (uint64_t)major(stat.st_dev) << 20 | minor(stat.st_dev);
	assert_int_equal(location_find_file(&locator, &location, &target, &module, &handle, &found),
			 0);
	assert_int_equal(found.st_ino, stat.st_ino);
	close(handle);
	/* btrfs and overlayfs show another device. */
	module.dev++;
	assert_int_equal(location_find_file(&locator, &location, &target, &module, &handle, &found),
			 0);
	close(handle);
	module.inode++;
	assert_int_equal(location_find_file(&locator, &location, &target, &module, &handle, &found),
			 -ESTALE);
	module.inode = 0;
	assert_int_equal(location_find_file(&locator, &location, &target, &module, &handle, &found),
			 -ENOENT);
	module.inode = stat.st_ino;
	module.path_truncated = true;
	assert_int_equal(location_find_file(&locator, &location, &target, &module, &handle, &found),
			 -ENOENT);
	module.path_truncated = false;
	/* Written to after the incident. */
	target.time.tv_sec -= 1000;
	assert_int_equal(location_find_file(&locator, &location, &target, &module, &handle, &found),
			 -ESTALE);
}

static void process_that_is_another(void **state)
{
	const struct deadline never = { .at_ns = UINT64_MAX };
	struct target target = { .pid = (uint32_t)getpid(), .start_boot_ns = 1 };
	struct location location;
	struct locator locator;

	locator_init(&locator, "/proc", true);
	location_open(&locator, &target, &never, &location);
	assert_int_equal(location.process_dir, -1);
	assert_int_equal(location.root, -1);
	/* A mount namespace without a process, and our own. */
	locator.own_mnt_ns++;
	target.mnt_ns = 1;
	location_open(&locator, &target, &never, &location);
	assert_int_equal(location.root, -1);
	target.mnt_ns = locator.own_mnt_ns - 1;
	for (int i = 0; i < 2; i++) {
		location_open(&locator, &target, &never, &location);
		assert_true(location.root >= 0);
		location_close(&location);
		assert_int_equal(location.root, -1);
	}
	locator_init(&locator, "/proc", false);
	location_open(&locator, &target, &never, &location);
	assert_int_equal(location.root, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regular_files),
		cmocka_unit_test(devices),
		cmocka_unit_test(same_file_or_another),
		cmocka_unit_test(process_that_is_another),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
