// SPDX-License-Identifier: GPL-2.0-or-later
/* Which files the opener hands to the reader, which a hostile file may control. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "finder.h"
#include "own_root.h"
#include "shell.h"

#define NOBODY 65534
#define SOMEBODY 65533

static char dir[] = "/tmp/sigpath-finder-XXXXXX", debug_dir[64], program_path[64], map_path[64];
static struct finder finder;
static struct target target;
static struct snapshot_module module;
static struct bad_files bad;

static int set_up(void **state)
{
	static const struct stack_options options = {
		.live = true,
		.proc_root = "/proc",
		.debug_dir = debug_dir,
	};

	if (!mkdtemp(dir))
		return -1;
	snprintf(debug_dir, sizeof(debug_dir), "%s/debug", dir);
	snprintf(program_path, sizeof(program_path), "%s/program", dir);
	snprintf(map_path, sizeof(map_path), "/tmp/perf-%d.map", getpid());
	run("chmod 755 %s && mkdir %s && cp /proc/%d/exe %s", dir, debug_dir, getpid(),
	    program_path);
	return finder_open(&finder, &options);
}

static int tear_down(void **state)
{
	finder_close(&finder);
	run("rm -rf '%s' '%s'", dir, map_path);
	return 0;
}

/* A question about the program, in a process of UID. */
static void ask_about(uid_t uid, bool steady_only)
{
	struct finder_question question = {
		.target = &target,
		.modules = &module,
		.module_count = 1,
		.bad = &bad,
		.steady_only = steady_only,
	};
	struct stat stat_;

	assert_int_equal(stat(program_path, &stat_), 0);
	strcpy(module.path, program_path);
	module.inode = stat_.st_ino;
	module.dev = 77;
	target.uid = uid;
	target.pid = 0;
	target.ns_pid = (uint32_t)getpid();
	target.time.tv_sec = INT64_MAX;
	finder_begin(&finder, &question);
}

/* 0 or why not. */
static int find_module(void)
{
	struct found_file file;
	int error = finder_module(&finder, 0, &file);

	if (!error)
		close(file.fd);
	return error;
}

static int find_link(const char *name)
{
	struct found_file file;
	int error = finder_debug_by_link(&finder, 0, 0, name, &file);

	if (!error)
		close(file.fd);
	return error;
}

static int find_path(const char *path)
{
	struct found_file file;
	int error = finder_debug_by_path(&finder, path, &file);

	if (!error)
		close(file.fd);
	return error;
}

static int find_map(void)
{
	struct found_file file;
	int error = finder_perf_map(&finder, &file);

	if (!error)
		close(file.fd);
	return error;
}

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	printf("skip: not root\n");
	skip();
}

static void modules(void **state)
{
	need_root();
	run("chown 0 %s && chmod 755 %s", program_path, program_path);
	ask_about(0, false);
	assert_int_equal(finder_module(&finder, 1, NULL), -EINVAL);
	assert_int_equal(finder_module(&finder, UINT32_MAX - 1, NULL), -EINVAL);
	assert_int_equal(find_module(), 0);
	assert_false(finder.soft);
	ask_about(0, true);
	assert_int_equal(find_module(), 0);
	/* Those that others than root can write. */
	for (int i = 0; i < 3; i++) {
		run("chown %d %s && chmod %s %s", i ? 0 : NOBODY, program_path,
		    i == 0   ? "755"
		    : i == 1 ? "775"
			     : "757",
		    program_path);
		ask_about(0, true);
		assert_int_equal(find_module(), -EXDEV);
		assert_true(finder.soft && finder.refused);
		ask_about(0, false);
		assert_int_equal(find_module(), 0);
		assert_true(finder.soft && !finder.refused);
	}
	run("chown 0 %s && chmod 755 %s", program_path, program_path);
}

/* The reader cannot go around what the tracer has decided. */
static void bad_modules(void **state)
{

	ask_about(0, false);
	bad.hung_devs[0] = 77;
	assert_int_equal(find_module(), -EDEADLK);
	bad.hung_devs[0] = 0;
	bad_files_add(&bad, &(struct file_id){ .dev = 77, .inode = module.inode, .size = -1 },
		      BAN_ALL);
	assert_int_equal(find_module(), -ECANCELED);
	bad = (struct bad_files){};
	assert_int_equal(find_module(), 0);
}

static void debug_files_beside_a_program(void **state)
{
	need_root();
	run("cd %s && cp program program.debug && ln -s /etc/shadow link.debug && "
	    "printf secret >text.debug && chmod 644 text.debug",
	    dir);
	ask_about(NOBODY, false);
	/* Only after the program. */
	assert_int_equal(find_link("program.debug"), -ENOENT);
	assert_int_equal(find_module(), 0);
	assert_int_equal(find_link("program.debug"), 0);
	assert_int_not_equal(find_link("link.debug"), 0);
	assert_int_equal(find_link("text.debug"), -ENOEXEC);
	assert_int_not_equal(find_link("../etc/passwd"), 0);
	assert_int_not_equal(find_link(".."), 0);
	assert_int_not_equal(find_link(""), 0);
	/* Of the process's user; of somebody else, who could say anything about the program. */
	run("chown %d %s/program.debug", NOBODY, dir);
	assert_int_equal(find_link("program.debug"), 0);
	assert_true(finder.soft);
	run("chown %d %s/program.debug", SOMEBODY, dir);
	assert_int_equal(find_link("program.debug"), -EACCES);
	/* What the process's user cannot read. */
	run("chown 0 %s/program.debug && chmod 700 %s/program.debug", dir, dir);
	assert_int_equal(find_link("program.debug"), -EACCES);
}

/* A core file is ELF, and has memory of others in it. */
static void core_files(void **state)
{
	run("cd %s && cp program core && printf '\\004\\000' | "
	    "dd of=core bs=1 seek=16 conv=notrunc status=none",
	    dir);
	ask_about(geteuid(), false);
	assert_int_equal(find_module(), 0);
	assert_int_equal(find_link("core"), -ENOEXEC);
}

static void shared_debug_files(void **state)
{
	char path[128];

	run("cp %s %s/shared && chmod 644 %s/shared", program_path, debug_dir, debug_dir);
	ask_about(geteuid(), false);
	snprintf(path, sizeof(path), "%s/shared", debug_dir);
	assert_int_equal(find_path(path), 0);
	snprintf(path, sizeof(path), "%s/../program", debug_dir);
	assert_int_equal(find_path(path), -ENOENT);
	assert_int_equal(find_path(program_path), -ENOENT);
	assert_int_equal(find_path("shared"), -ENOENT);
	assert_int_equal(find_path(""), -ENOENT);
}

static void perf_maps(void **state)
{
	need_root();
	ask_about(NOBODY, false);
	run("echo '1000 10 made' >%s && chmod 644 %s && chown %d %s", map_path, map_path, NOBODY,
	    map_path);
	assert_int_equal(find_map(), 0);
	assert_true(finder.soft);
	run("chown %d %s", SOMEBODY, map_path);
	assert_int_not_equal(find_map(), 0);
	run("chown 0 %s", map_path);
	assert_int_equal(find_map(), 0);
	/* Files of root's that the process's user cannot read, or that a link of theirs leads to. */
	run("chmod 600 %s", map_path);
	assert_int_not_equal(find_map(), 0);
	run("mv %s %s/other && chmod 644 %s/other && ln -s %s/other %s", map_path, dir, dir, dir,
	    map_path);
	assert_int_not_equal(find_map(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules),
		cmocka_unit_test(bad_modules),
		cmocka_unit_test(debug_files_beside_a_program),
		cmocka_unit_test(core_files),
		cmocka_unit_test(shared_debug_files),
		cmocka_unit_test(perf_maps),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
