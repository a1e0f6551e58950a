/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "in_child.h"

static char directory[] = "/tmp/sigpath-landlock-XXXXXX";
static char file[64];

static void restrict_to(const struct landlock_grant *grants, size_t count)
{
	const struct landlock_rules rules = { .grants = grants, .count = count };

	expect(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	expect(!landlock_restrict(&rules));
}

static void no_files(void)
{
	int open_before = open(file, O_RDWR);
	char byte;

	restrict_to(NULL, 0);
	expect(open("/etc/shadow", O_RDONLY) < 0 && errno == EACCES);
	expect(open("/proc/self/status", O_RDONLY) < 0 && errno == EACCES);
	expect(open("/proc/1/mem", O_RDWR) < 0 && errno == EACCES);
	expect(open(file, O_WRONLY) < 0 && errno == EACCES);
	expect(unlink(file) && errno == EACCES);
	execl("/bin/true", "true", NULL);
	expect(errno == EACCES);
	/* What is open stays usable. */
	expect(write(open_before, "x", 1) == 1 && pread(open_before, &byte, 1, 0) == 1);
	expect(!ftruncate(open_before, 0));
}

static void one_directory(void)
{
	const struct landlock_grant grant = {
		.fd = open(directory, O_PATH),
		.access = LANDLOCK_WRITE_FILE | LANDLOCK_MAKE_REG | LANDLOCK_TRUNCATE,
	};
	char other[80];

	snprintf(other, sizeof(other), "%s/other", directory);
	restrict_to(&grant, 1);
	expect(open(file, O_WRONLY) >= 0);
	expect(open(other, O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0);
	expect(open(file, O_RDONLY) < 0 && errno == EACCES);
	expect(unlink(other) && errno == EACCES);
	expect(open("/tmp/x", O_WRONLY | O_CREAT, 0600) < 0 && errno == EACCES);
}

/* A right that only directories have must not make the rule of a file fail. */
static void one_file(void)
{
	const struct landlock_grant grant = {
		.fd = open(file, O_PATH),
		.access = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR | LANDLOCK_MAKE_REG,
	};

	restrict_to(&grant, 1);
	expect(open(file, O_RDONLY) >= 0);
	expect(open(directory, O_RDONLY) < 0 && errno == EACCES);
}

static void other_processes(void)
{
	char link[64], target[PATH_MAX];

	snprintf(link, sizeof(link), "/proc/%d/exe", getppid());
	expect(readlink(link, target, sizeof(target)) > 0);
	restrict_to(NULL, 0);
	expect(readlink(link, target, sizeof(target)) < 0);
	expect(errno == EACCES || errno == EPERM);
}

static void signals_outside(void)
{
	restrict_to(NULL, 0);
	expect(kill(getppid(), 0) && errno == EPERM);
}

static void run(void (*fn)(void))
{
	if (!landlock_version())
		skip();
	in_child(fn);
}

static void nothing_is_granted(void **state)
{
	run(no_files);
}

static void a_directory_is_granted(void **state)
{
	run(one_directory);
}

static void a_file_is_granted(void **state)
{
	run(one_file);
}

static void processes_outside(void **state)
{
	run(other_processes);
}

static void signals_are_scoped(void **state)
{
	if (landlock_version() < 6)
		skip();
	run(signals_outside);
}

static void a_kernel_without(void **state)
{
	const struct landlock_rules none = { 0 };

	if (landlock_version())
		skip();
	assert_int_equal(landlock_restrict(&none), -EOPNOTSUPP);
}

static int make_files(void **state)
{
	int fd;

	if (!mkdtemp(directory))
		return -1;
	snprintf(file, sizeof(file), "%s/file", directory);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	return fd < 0 ? -1 : close(fd);
}

static int remove_files(void **state)
{
	char other[80];

	snprintf(other, sizeof(other), "%s/other", directory);
	unlink(other);
	unlink(file);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_granted), cmocka_unit_test(a_directory_is_granted),
		cmocka_unit_test(a_file_is_granted),  cmocka_unit_test(processes_outside),
		cmocka_unit_test(signals_are_scoped), cmocka_unit_test(a_kernel_without),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
