// SPDX-License-Identifier: GPL-2.0-or-later
/* Which files are accepted as a program's debug file, and which are not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "debug_file.h"
#include "debuginfod.h"
#include "minidebug.h"
#include "own_root.h"
#include "regular_file.h"
#include "shell.h"

static const struct deadline never = { .at_ns = UINT64_MAX };
static char dir[] = "/tmp/sigpath-debug-XXXXXX";
static struct finder finder;
static struct target target;
static struct snapshot_module module;
static uid_t user; /* of the process */

static int make_dir(void **state)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static bool is_found(const char *path)
{
	const struct stack_options options = { .proc_root = "/proc", .debug_dir = dir };
	struct files files = { .finder = &finder };
	struct debug_search search = { .files = &files, .deadline = &never };
	struct finder_question question = {
		.target = &target,
		.modules = &module,
		.module_count = 1,
	};
	struct found_file found;
	struct elf_file file, debug;
	struct stat stat;
	bool is_found;

	assert_int_equal(lstat(path, &stat), 0);
	strcpy(module.path, path);
	module.inode = stat.st_ino;
	target.uid = user;
	target.time.tv_sec = INT64_MAX;
	assert_int_equal(finder_open(&finder, &options), 0);
	finder_begin(&finder, &question);
	assert_int_equal(finder_module(&finder, 0, &found), 0);
	assert_int_equal(elf_file_open(found.fd, &found.stat, false, &file), 0);
	is_found = !debug_file_find(&file, &search, &debug);
	if (is_found)
		elf_file_close(&debug);
	elf_file_close(&file);
	finder_close(&finder);
	return is_found;
}

static void by_link(void **state)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/program", dir);
	run("cd %s && objcopy --only-keep-debug /proc/%d/exe program.debug && "
	    "objcopy -S --remove-section .note.gnu.build-id /proc/%d/exe program && "
	    "objcopy --remove-section .note.gnu.build-id program.debug && "
	    "objcopy --add-gnu-debuglink=program.debug program",
	    dir, getpid(), getpid());
	assert_true(is_found(path));
	run("cd %s && mkdir .debug && mv program.debug .debug/", dir);
	assert_true(is_found(path));
	run("cd %s && mkdir -p ./%s && mv .debug/program.debug ./%s/", dir, dir, dir);
	assert_true(is_found(path));
	/* Another file with this name. */
	run("cd %s && cp ./%s/program.debug . && echo >>program.debug && rm -r ./tmp", dir, dir);
	assert_false(is_found(path));
	run("cd %s && rm program.debug && mkfifo program.debug", dir);
	assert_false(is_found(path));
	run("cd %s && rm program.debug", dir);
}

static void no_network(void **state)
{
	static const unsigned char id[20] = { 1, 2, 3 };
	int fd;

	unsetenv("DEBUGINFOD_URLS");
	assert_int_equal(debuginfod_fetch(id, sizeof(id), UINT64_MAX, &fd), -ENOENT);
	setenv("DEBUGINFOD_URLS", "", 1);
	assert_int_equal(debuginfod_fetch(id, sizeof(id), UINT64_MAX, &fd), -ENOENT);
	unsetenv("DEBUGINFOD_URLS");
}

/* 100 KB that unpack to 1 GB, and bytes that are not xz. */
static void minidebug_bomb(void **state)
{
	struct elf_file file, minidebug;
	struct stat stat;
	char path[128];
	int handle, fd;

	if (system("command -v xz >/dev/null")) {
		printf("skip minidebug_bomb: no xz\n");
		skip();
	}
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/bomb", dir);
		run("cd %s && head -c 200000000 /dev/zero | %s >data && "
		    "objcopy -S --add-section .gnu_debugdata=data /proc/%d/exe bomb && rm data",
		    dir, i ? "head -c 5000" : "xz -0", getpid());
		assert_int_equal(regular_file_find(own_root(), path, &handle, &stat), 0);
		assert_int_equal(regular_file_open(handle, &fd), 0);
		close(handle);
		assert_int_equal(elf_file_open(fd, &stat, false, &file), 0);
		assert_int_equal(minidebug_open(&file, &minidebug), -EBADMSG);
		elf_file_close(&file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_link),
		cmocka_unit_test(no_network),
		cmocka_unit_test(minidebug_bomb),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
