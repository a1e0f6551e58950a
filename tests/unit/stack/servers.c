/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debuginfod.h"
#include "servers.h"
#include "stack.h"
#include "units.h"

#define ALICE 1000
#define BOB 1001
#define MOST_NS (SERVERS_MOST_MS * NSEC_PER_MSEC)

static const uint64_t now_ns = 1000 * NSEC_PER_SEC;
static char home[] = "/tmp/sigpath-servers-XXXXXX";

/* --- the time --- */

static void each_user_has_a_budget(void **state)
{
	struct servers servers;

	servers_init(&servers, true);
	assert_int_equal(servers_left_ms(&servers, ALICE, now_ns), SERVERS_MOST_MS);
	servers_note(&servers, ALICE, now_ns, 3 * NSEC_PER_SEC, NSEC_PER_SEC);
	assert_int_equal(servers_left_ms(&servers, ALICE, now_ns), SERVERS_MOST_MS - 3000);
	assert_int_equal(servers_left_ms(&servers, BOB, now_ns), SERVERS_MOST_MS);
	servers_note(&servers, ALICE, now_ns, 2 * NSEC_PER_SEC, NSEC_PER_SEC);
	assert_int_equal(servers_left_ms(&servers, ALICE, now_ns), 0);
	assert_int_equal(servers_left_ms(&servers, ALICE, now_ns + 10 * NSEC_PER_SEC), 1000);
	assert_int_equal(servers_left_ms(&servers, ALICE, now_ns + 60 * NSEC_PER_SEC),
			 SERVERS_MOST_MS);
}

/* One that has not answered is asked for nobody. */
static void a_late_server(void **state)
{
	struct servers servers;

	servers_init(&servers, true);
	servers_note(&servers, ALICE, now_ns, MOST_NS, MOST_NS - 1);
	assert_int_equal(servers_left_ms(&servers, BOB, now_ns), SERVERS_MOST_MS);
	servers_note(&servers, ALICE, now_ns, MOST_NS, MOST_NS);
	assert_int_equal(servers_left_ms(&servers, BOB, now_ns), 0);
	assert_int_equal(servers_left_ms(&servers, BOB, now_ns + 59 * NSEC_PER_SEC), 0);
	assert_int_equal(servers_left_ms(&servers, BOB, now_ns + 60 * NSEC_PER_SEC),
			 SERVERS_MOST_MS);
}

static void a_replay_can_wait(void **state)
{
	struct servers servers;

	servers_init(&servers, false);
	for (int i = 0; i < 9; i++)
		servers_note(&servers, ALICE, now_ns, MOST_NS, 1);
	assert_int_equal(servers_left_ms(&servers, ALICE, now_ns), SERVERS_MOST_MS);
}

/* --- the cache --- */

static void need_library(void)
{
	if (!debuginfod_is_installed())
		skip();
}

static void expect_refused(const char *part)
{
	char why[512] = "";

	setenv(DEBUGINFOD_URLS, "http://127.0.0.1:1", 1);
	assert_true(stack_prepare_servers(why, sizeof(why)) < 0);
	assert_non_null(strstr(why, part));
	/* Nobody asks now. */
	assert_null(getenv(DEBUGINFOD_URLS));
}

static void expect_cache(const char *name)
{
	char why[512] = "", path[256];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", home, name);
	setenv(DEBUGINFOD_URLS, "http://127.0.0.1:1", 1);
	assert_int_equal(stack_prepare_servers(why, sizeof(why)), 0);
	assert_string_equal(why, "");
	assert_non_null(getenv(DEBUGINFOD_URLS));
	assert_string_equal(getenv(DEBUGINFOD_CACHE), path);
	assert_int_equal(stat(path, &status), 0);
	assert_true(S_ISDIR(status.st_mode));
}

/* In the home directory, or where the user wants it. */
static void made_where_the_library_has_it(void **state)
{
	char path[256];

	need_library();
	setenv("HOME", home, 1);
	expect_cache(".cache/debuginfod_client");
	unsetenv(DEBUGINFOD_CACHE);
	snprintf(path, sizeof(path), "%s/xdg/", home);
	setenv("XDG_CACHE_HOME", path, 1);
	expect_cache("xdg/debuginfod_client");
	snprintf(path, sizeof(path), "%s/mine", home);
	setenv(DEBUGINFOD_CACHE, path, 1);
	expect_cache("mine");
}

static void not_without_a_directory(void **state)
{
	struct stat status;

	need_library();
	expect_refused("set DEBUGINFOD_CACHE_PATH");
	setenv(DEBUGINFOD_CACHE, "relative", 1);
	expect_refused("set DEBUGINFOD_CACHE_PATH");
	assert_int_equal(stat("relative", &status), -1);
	setenv(DEBUGINFOD_CACHE, "/nonexistent/a/b/c", 1);
	expect_refused("/nonexistent: ");
	assert_int_equal(stat("/nonexistent", &status), -1);
}

static void not_where_others_can_write(void **state)
{
	struct stat status;
	char path[256];

	need_library();
	setenv(DEBUGINFOD_CACHE, "/tmp", 1);
	expect_refused("/tmp");
	unsetenv(DEBUGINFOD_CACHE);
	setenv("HOME", home, 1);
	assert_int_equal(chmod(home, 0777), 0);
	expect_refused(home);
	snprintf(path, sizeof(path), "%s/.cache", home);
	assert_int_equal(stat(path, &status), -1);
}

/* sudo -E: the home directory of the user who has become root, with a link to what is root's. */
static void not_for_somebody_else(void **state)
{
	char path[256], target[256];
	struct stat status;

	if (geteuid())
		skip();
	need_library();
	snprintf(target, sizeof(target), "%s/of-root", home);
	snprintf(path, sizeof(path), "%s/alice", home);
	assert_int_equal(mkdir(target, 0755) || mkdir(path, 0755), 0);
	assert_int_equal(chown(path, ALICE, ALICE), 0);
	setenv("HOME", path, 1);
	expect_refused("another user");
	strcat(path, "/.cache");
	assert_int_equal(stat(path, &status), -1);
	assert_int_equal(symlink(target, path) || lchown(path, ALICE, ALICE), 0);
	setenv(DEBUGINFOD_CACHE, path, 1);
	expect_refused("another user");
	/* A link of root's is followed, and what it leads to is checked. */
	snprintf(path, sizeof(path), "%s/link", home);
	assert_int_equal(symlink(target, path), 0);
	setenv(DEBUGINFOD_CACHE, path, 1);
	expect_cache("of-root");
	assert_int_equal(unlink(path) || symlink("alice", path), 0);
	setenv(DEBUGINFOD_CACHE, path, 1);
	expect_refused("another user");
}

static void not_asked_for(void **state)
{
	char why[8] = "";

	unsetenv(DEBUGINFOD_URLS);
	setenv(DEBUGINFOD_CACHE, "/tmp", 1);
	assert_int_equal(stack_prepare_servers(why, sizeof(why)), 0);
	setenv(DEBUGINFOD_URLS, "", 1);
	assert_int_equal(stack_prepare_servers(why, sizeof(why)), 0);
}

static int make_home(void **state)
{
	strcpy(home + strlen(home) - 6, "XXXXXX");
	unsetenv("HOME");
	unsetenv("XDG_CACHE_HOME");
	unsetenv(DEBUGINFOD_CACHE);
	return mkdtemp(home) ? 0 : -1;
}

static int remove_home(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", home);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_user_has_a_budget),
		cmocka_unit_test(a_late_server),
		cmocka_unit_test(a_replay_can_wait),
		cmocka_unit_test_setup_teardown(made_where_the_library_has_it, make_home,
						remove_home),
		cmocka_unit_test_setup_teardown(not_without_a_directory, make_home, remove_home),
		cmocka_unit_test_setup_teardown(not_where_others_can_write, make_home, remove_home),
		cmocka_unit_test_setup_teardown(not_for_somebody_else, make_home, remove_home),
		cmocka_unit_test_setup_teardown(not_asked_for, make_home, remove_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
