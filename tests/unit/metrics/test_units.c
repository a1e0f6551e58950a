// SPDX-License-Identifier: GPL-2.0-or-later
/* The counters of units: what has a place of its own, and that users cannot take all places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "units_table.h"

static struct units_table table;

static struct unit_counters *find(const char *unit, const char *path)
{
	struct incident_path cgroup = { .have = true };

	snprintf(cgroup.text, sizeof(cgroup.text), "%s", path);
	return units_find(&table, unit, &cgroup);
}

static void expect(const char *unit, const char *path, const char *name)
{
	assert_string_equal(find(unit, path)->name, name);
}

static int start(void **state)
{
	memset(&table, 0, sizeof(table));
	units_init(&table);
	return 0;
}

static void names(void **state)
{
	expect("", "/", "none");
	expect("nginx.service", "/system.slice/nginx.service", "nginx.service");
	expect("postgresql@15-main.service",
	       "/system.slice/system-postgresql.slice/postgresql@15-main.service",
	       "postgresql@.service");
	/* of a socket with Accept=yes: the name has the address of a client */
	expect("sshd@7-192.0.2.1:22-198.51.100.7:5000.service",
	       "/system.slice/system-sshd.slice/sshd@7-192.0.2.1:22-198.51.100.7:5000.service",
	       "sshd@.service");
	expect("session-7.scope", "/user.slice/user-1000.slice/session-7.scope", "scope");
	expect("foo.b@r", "/foo.b@r", "foo.b@r");
	assert_int_equal(table.count, UNIT_FIRST + 4);
	/* known, so where it is does not matter */
	assert_ptr_equal(units_find(&table, "nginx.service", NULL), &table.list[UNIT_FIRST]);
	assert_ptr_equal(units_find(&table, "new.service", NULL), &table.list[UNIT_OTHER]);
}

/* As many units as somebody likes, each below PATH. Returns how many got a place. */
static size_t fill(const char *path, const char *prefix)
{
	size_t before = table.count;

	for (int i = 0; i < 2 * METRICS_UNITS_MAX; i++) {
		char unit[64], cgroup[256];

		snprintf(unit, sizeof(unit), "%s%d.service", prefix, i);
		snprintf(cgroup, sizeof(cgroup), "%s%s", path, unit);
		find(unit, cgroup)->incidents++;
	}
	return table.count - before;
}

static void users_leave_places(void **state)
{
	static const char *const paths[] = {
		"/user.slice/user-1000.slice/user@1000.service/app.slice/",
		/* delegated: Delegate=yes */
		"/system.slice/ci.service/",
		"/machine.slice/machine-a.scope/system.slice/",
		"/lxc.payload.web/system.slice/",
		"/kubepods.slice/x.slice/cri-containerd-0.scope/",
	};
	size_t taken = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char prefix[] = { (char)('a' + i), '\0' };

		taken += fill(paths[i], prefix);
	}
	assert_int_equal(taken, METRICS_UNITS_OF_USERS_MAX);
	/* and the system's own units have the rest */
	assert_int_equal(fill("/system.slice/", "system"),
			 METRICS_UNITS_MAX - METRICS_UNITS_OF_USERS_MAX);
	expect("late.service", "/system.slice/late.service", "other");
	assert_int_equal(table.list[UNIT_OTHER].incidents,
			 (size_t)12 * METRICS_UNITS_MAX - METRICS_UNITS_MAX);
}

static void the_system_can_take_all(void **state)
{
	assert_int_equal(fill("/a.slice/a-b.slice/", "system"), METRICS_UNITS_MAX);
}

static void hostile_paths(void **state)
{
	struct incident_path cut = { .have = true, .truncated = true };

	strcpy(cut.text, "slice/cut.service");
	expect("a.service", "", "a.service");
	expect("b.service", "b.service", "b.service");
	expect("c.service", "/", "c.service");
	expect("d.service", "/.slice/d.service", "d.service");
	expect("e.service", "/e.service/x", "e.service");
	expect("@.@.service", "/@.@.service", "@.service");
	assert_string_equal(units_find(&table, "cut.service", &cut)->name, "cut.service");
	/* all of users but the one below the root's slice */
	assert_int_equal(table.count_of_users, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(names, start),
		cmocka_unit_test_setup(users_leave_places, start),
		cmocka_unit_test_setup(the_system_can_take_all, start),
		cmocka_unit_test_setup(hostile_paths, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
