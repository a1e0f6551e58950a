// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "duration.h"
#include "path.h"
#include "units.h"

#define MS NSEC_PER_MSEC
#define S NSEC_PER_SEC

static void durations(void **state)
{
	static const struct {
		uint64_t ns;
		enum duration_grain grain;
		const char *text;
	} cases[] = {
		{ 0, DURATION_FINE, "0 us" },
		{ 499, DURATION_FINE, "0 us" },
		{ 500, DURATION_FINE, "1 us" },
		{ 999499, DURATION_FINE, "999 us" },
		/* Rounding changes the unit: never "1000 us". */
		{ 999500, DURATION_FINE, "1.0 ms" },
		{ 20549999, DURATION_FINE, "20.5 ms" },
		{ 999949999, DURATION_FINE, "999.9 ms" },
		{ 999950000, DURATION_FINE, "1.000 s" },
		{ 3999600000, DURATION_FINE, "4.000 s" },
		{ 59999499999, DURATION_FINE, "59.999 s" },
		{ 59999500000, DURATION_FINE, "1 min 0 s" },
		{ 725 * S, DURATION_FINE, "12 min 5 s" },
		{ 3599 * S + 500 * MS, DURATION_FINE, "1 h 0 min" },
		{ 12000 * S, DURATION_FINE, "3 h 20 min" },
		{ UINT64_MAX, DURATION_FINE, "5124095 h 35 min" },
		{ 9 * MS, DURATION_JIFFIES, "less than 10 ms" },
		{ 10 * MS, DURATION_JIFFIES, "10 ms" },
		{ 1001 * MS, DURATION_JIFFIES, "1.00 s" },
		{ 4996 * MS, DURATION_JIFFIES, "5.00 s" },
		{ 725 * S, DURATION_JIFFIES, "12 min 5 s" },
	};
	char text[DURATION_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(duration_text(cases[i].ns, cases[i].grain, text),
				    cases[i].text);
}

/* The text and the microseconds of one duration always agree. */
static void text_and_microseconds_agree(void **state)
{
	char text[DURATION_SIZE];

	assert_int_equal(duration_us(3999600499), 3999600);
	assert_string_equal(duration_text(3999600499, DURATION_FINE, text), "4.000 s");
	assert_int_equal(duration_us(1500), 2);
	assert_int_equal(duration_us(UINT64_MAX), UINT64_MAX / 1000 + 1);
}

static void leaves(void **state)
{
	assert_string_equal(path_leaf("/usr/bin/yes"), "yes");
	assert_string_equal(path_leaf("yes"), "yes");
	assert_string_equal(path_leaf("/"), "/");
	assert_string_equal(path_leaf("dir/"), "dir/");
	assert_string_equal(path_leaf(""), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations),
		cmocka_unit_test(text_and_microseconds_agree),
		cmocka_unit_test(leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
