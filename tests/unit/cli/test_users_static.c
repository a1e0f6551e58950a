/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a static sigpath finds users, compared with getpwnam(). */
#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_of_the_file),
		cmocka_unit_test(no_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
