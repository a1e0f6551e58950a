// SPDX-License-Identifier: GPL-2.0-or-later
/* Do all fields and reasons have words, and does the right reason stay? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "incident.h"
#include "missing.h"

/* A row without a value is NULL, and the compiler does not warn. */
static void every_row_is_filled_in(void **state)
{
	for (int field = 0; field < MISSING_FIELDS; field++) {
		assert_true(strlen(missing_path(field)) > 0);
		assert_true(strlen(missing_words(field)) > 0);
		for (int other = 0; other < field; other++)
			assert_string_not_equal(missing_path(field), missing_path(other));
	}
	for (int reason = WHY_NONE + 1; reason < WHY_REASONS; reason++) {
		assert_true(strlen(missing_text(reason)) > 0);
		/* Code: for programs. */
		assert_int_equal(strspn(missing_code(reason),
					"abcdefghijklmnopqrstuvwxyz0123456789_"),
				 strlen(missing_code(reason)));
		for (int other = WHY_NONE + 1; other < reason; other++)
			assert_string_not_equal(missing_text(reason), missing_text(other));
	}
}

static void the_first_reason_stays(void **state)
{
	static struct incident incident;

	assert_int_equal(incident_why_missing(&incident, MISSING_EXE), WHY_NONE);
	incident_note_missing(&incident, MISSING_EXE, WHY_NO_MEMORY);
	incident_note_missing(&incident, MISSING_EXE, WHY_PROCESS_GONE);
	assert_int_equal(incident_why_missing(&incident, MISSING_EXE), WHY_NO_MEMORY);
	assert_int_equal(incident_why_missing(&incident, MISSING_CMDLINE), WHY_NONE);
}

static void a_better_reason_replaces_it(void **state)
{
	static struct incident incident;

	incident_note_missing(&incident, MISSING_EXE, WHY_NO_MEMORY);
	incident_set_missing(&incident, MISSING_EXE, WHY_PROCESS_GONE);
	assert_int_equal(incident_why_missing(&incident, MISSING_EXE), WHY_PROCESS_GONE);
	incident_set_missing(&incident, MISSING_EXE, WHY_NONE);
	assert_int_equal(incident_why_missing(&incident, MISSING_EXE), WHY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_filled_in),
		cmocka_unit_test(the_first_reason_stays),
		cmocka_unit_test(a_better_reason_replaces_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
