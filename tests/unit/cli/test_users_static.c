/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a static sigpath finds users, compared with getpwnam(). */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "users.h"

static void users_of_the_file(void **state)
{
	static const char *const names[] = { "root", "nobody" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct passwd *entry = getpwnam(names[i]);
		uid_t uid;

		assert_int_equal(users_find(names[i], &uid), entry ? 0 : -ENOENT);
		if (entry)
			assert_int_equal(uid, entry->pw_uid);
	}
}

static void no_user(void **state)
{
	static const char *const names[] = { "", "no such user", "roo", "root:", "0" };
	uid_t uid = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(users_find(names[i], &uid), -ENOENT);
	assert_int_equal(uid, 77);
}

static bool has_group(const struct users_identity *identity, gid_t gid)
{
	for (size_t i = 0; i < identity->group_count; i++)
		if (identity->groups[i] == gid)
			return true;
	return false;
}

static void compare_groups(const char *name, uid_t uid, gid_t gid)
{
	struct users_identity identity;
	gid_t groups[USERS_GROUPS_MAX];
	int count = USERS_GROUPS_MAX;

	assert_true(getgrouplist(name, gid, groups, &count) >= 0);
	assert_int_equal(users_identify(uid, &identity), 0);
	assert_int_equal(identity.uid, uid);
	assert_int_equal(identity.gid, gid);
	assert_int_equal(identity.group_count, count);
	for (int i = 0; i < count; i++)
		assert_true(has_group(&identity, groups[i]));
}

/* All users of the file. */
static void groups_of_users(void **state)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry;
	size_t seen = 0;

	(void)state;
	assert_non_null(file);
	for (; (entry = fgetpwent(file)); seen++) {
		char name[256];

		/* The next call overwrites it. */
		snprintf(name, sizeof(name), "%s", entry->pw_name);
		compare_groups(name, entry->pw_uid, entry->pw_gid);
	}
	fclose(file);
	assert_true(seen > 1);
}

static void groups_of_a_stranger(void **state)
{
	struct users_identity identity;

	(void)state;
	assert_int_equal(users_identify(4000000000u, &identity), 0);
	assert_int_equal(identity.uid, 4000000000u);
	assert_int_equal(identity.gid, 4000000000u);
	assert_int_equal(identity.group_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_of_the_file),
		cmocka_unit_test(no_user),
		cmocka_unit_test(groups_of_users),
		cmocka_unit_test(groups_of_a_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
