// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds regular files at paths that a hostile process gives. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "locate.h"
#include "own_root.h"
#include "regular_file.h"
#include "units.h"

static char dir[] = "/tmp/sigpath-locate-XXXXXX";
static struct file_root root;

static int make_dir(void **state)
{
	int file;

	if (!mkdtemp(dir))
		return -1;
	root = *own_root();
	root.fd = open(dir, O_PATH | O_DIRECTORY);
	if (root.fd < 0 || mounts_find(root.mounts, root.fd, &root.kind) ||
	    mkdirat(root.fd, "lib", 0700))
		return -1;
	file = openat(root.fd, "lib/file", O_CREAT | O_WRONLY, 0600);
	if (write(file, "x", 1) != 1)
		return -1;
	close(file);
	close(openat(root.fd, "empty", O_CREAT | O_WRONLY, 0600));
	symlinkat("/lib/file", root.fd, "absolute");
	symlinkat("../../../../../lib/file", root.fd, "upwards");
	symlinkat("lib/../absolute", root.fd, "long");
	symlinkat("/proc/kmsg", root.fd, "kmsg");
	symlinkat("loop", root.fd, "loop");
	return mkfifoat(root.fd, "fifo", 0600);
}

static int remove_dir(void **state)
{
	char command[128];

	close(root.fd);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static int find(const char *path)
{
	struct stat stat;
	int handle = -1;
	int error = regular_file_find(&root, path, &handle, &stat);

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
	assert_int_equal(find("/empty"), -ENOTSUP);
	assert_int_equal(find("/kmsg"), -ENOENT);
	assert_int_equal(find("/loop"), -ELOOP);
}

static int find_here(const char *path)
{
	struct stat stat;
	int handle = -1;
	int error = regular_file_find(own_root(), path, &handle, &stat);

	if (!error)
		close(handle);
	return error;
}

/* What the kernel makes is not looked up at all. */
static void devices_and_the_kernels_files(void **state)
{
	char path[PATH_MAX];

	assert_int_equal(find_here("/dev/null"), -ENOTSUP);
	assert_int_equal(find_here(own_path()), 0);
	assert_int_equal(find_here("/proc/self/exe"), -ENOTSUP);
	assert_int_equal(find_here("/proc/no such file"), -ENOTSUP);
	assert_int_equal(find_here("/sys/no such file"), -ENOTSUP);
	snprintf(path, sizeof(path), "%s/kmsg", dir);
	assert_int_equal(find_here(path), -ENOTSUP);
}

/* Paths that cross from one mount to another are followed step by step, with the same results. */
static void across_mounts(void **state)
{
	static const char *const ways[] = { "/lib/file", "/absolute",	 "/upwards",
					    "/long",	 "/in/lib/file", "/in/long",
					    "/in/away",	 "/in/../long",	 "/in/../../long",
					    "/in/up" };
	char command[512];

	if (unshare(CLONE_NEWNS)) {
		printf("skip across_mounts: no right to mount\n");
		skip();
	}
	snprintf(
		command, sizeof(command),
		"(mount --make-rprivate / 2>/dev/null || true) && cd %s && mkdir in && mount -t tmpfs none in && "
		"mkdir in/lib && echo x >in/lib/file && ln -s lib/file in/long && "
		"ln -s /lib/file in/away && ln -s ../../../lib/file in/up && "
		"ln -s /in/dead in/alive && mkdir in/proc && mount -t proc none in/proc",
		dir);
	assert_int_equal(system(command), 0);
	/* The same place in the new mount namespace. */
	close(root.fd);
	root.fd = open(dir, O_PATH | O_DIRECTORY);
	assert_int_equal(mounts_open("/proc", "self", &root.mounts), 0);
	assert_int_equal(mounts_find(root.mounts, root.fd, &root.kind), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		assert_int_equal(find(ways[i]), 0);
	assert_int_equal(find("/in/alive"), -ENOENT);
	assert_int_equal(find("/in/lib"), -ENOTSUP);
	assert_int_equal(find("/in/lib/file/x"), -ENOTDIR);
	assert_int_equal(find("/in/proc/version"), -ENOTSUP);
	snprintf(command, sizeof(command), "umount %s/in/proc %s/in", dir, dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(find("/in/lib/file"), -ENOENT);
	mounts_close(root.mounts);
}

/* A file system whose kind the record tells is not touched. */
static void remote_files(void **state)
{
	static const uint32_t remote[] = { 0x65735546, 0x6969,	   0xff534d42, 0xfe534d42,
					   0x01021997, 0x00c36400, 0x5346414f, 0x12345678 };
	const struct snapshot_module known = { .path = "/nothing", .inode = 1 };
	const struct location location = { .process_dir = -1, .root.fd = -1, .own_root.fd = -1 };
	struct target target = { .time.tv_sec = time(NULL) + 2 };
	struct locator locator;
	struct stat stat;
	int handle;

	for (size_t i = 0; i < ARRAY_SIZE(remote); i++) {
		struct snapshot_module module = known;

		module.fs = remote[i];
		assert_int_equal(locator_init(&locator, "/proc", true, false), 0);
		assert_int_equal(location_find_file(&locator, &location, &target, &module, &handle,
						    &stat),
				 -EREMOTE);
		locator_close(&locator);
		assert_int_equal(locator_init(&locator, "/proc", true, true), 0);
		assert_int_equal(location_find_file(&locator, &location, &target, &module, &handle,
						    &stat),
				 -ENOENT);
		locator_close(&locator);
	}
}

static void same_file_or_another(void **state)
{
	struct locator locator;
	struct location location = { .process_dir = -1, .root = root, .own_root.fd = -1 };
	struct target target = { .time.tv_sec = time(NULL) + 2 };
	struct snapshot_module module = { .path = "/lib/file" };
	struct stat stat, found;
	int handle;

	assert_int_equal(fstatat(root.fd, "lib/file", &stat, 0), 0);
	locator_init(&locator, "/proc", true, false);
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
	locator_close(&locator);
}

static void process_that_is_another(void **state)
{
	const struct deadline never = { .at_ns = UINT64_MAX };
	struct target target = { .pid = (uint32_t)getpid(), .start_boot_ns = 1 };
	struct location location;
	struct locator locator;

	locator_init(&locator, "/proc", true, false);
	location_open(&locator, &target, &never, &location);
	assert_int_equal(location.process_dir, -1);
	assert_int_equal(location.root.fd, -1);
	/* A mount namespace without a process, and our own. */
	locator.own_mnt_ns++;
	target.mnt_ns = 1;
	location_open(&locator, &target, &never, &location);
	assert_int_equal(location.root.fd, -1);
	target.mnt_ns = locator.own_mnt_ns - 1;
	for (int i = 0; i < 2; i++) {
		location_open(&locator, &target, &never, &location);
		assert_true(location.root.fd >= 0);
		location_close(&location);
		assert_int_equal(location.root.fd, -1);
	}
	locator_close(&locator);
	locator_init(&locator, "/proc", false, false);
	location_open(&locator, &target, &never, &location);
	assert_int_equal(location.root.fd, -1);
	locator_close(&locator);
}

/* RestrictSUIDSGID= of systemd does this. */
static void refuse_openat2(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	assert_int_equal(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0), 0);
	assert_int_equal(seccomp_load(filter), 0);
	seccomp_release(filter);
	assert_int_equal(syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0), -1);
	assert_int_equal(errno, ENOSYS);
}

int main(int argc, char **argv)
{
	/* The last test moves to another mount namespace. */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regular_files),
		cmocka_unit_test(devices_and_the_kernels_files),
		cmocka_unit_test(same_file_or_another),
		cmocka_unit_test(process_that_is_another),
		cmocka_unit_test(remote_files),
		cmocka_unit_test(across_mounts),
	};

	if (argc > 1 && !strcmp(argv[1], "--without-openat2"))
		refuse_openat2();
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
