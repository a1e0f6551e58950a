// SPDX-License-Identifier: GPL-2.0-or-later
/* Which word is offered for one that was typed wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nearest.h"
#include "units.h"

static const char *offer(const char *typed)
{
	static const char *const words[] = { "output", "outcome", "output-mode", "pid", "killed" };
	struct nearest nearest = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		nearest_add(&nearest, typed, words[i]);
	return nearest.word;
}

static void offers_what_is_near(void **state)
{
	assert_string_equal(offer("ouput"), "output");
	assert_string_equal(offer("outptu"), "output");
	assert_string_equal(offer("outcomes"), "outcome");
	assert_string_equal(offer("output_mode"), "output-mode");
	assert_string_equal(offer("KILLED"), "killed");
	assert_string_equal(offer("pi"), "pid");
	assert_string_equal(offer("ipd"), "pid");
	assert_string_equal(offer("output"), "output");
}

static void offers_nothing_that_is_far(void **state)
{
	assert_null(offer(""));
	assert_null(offer("x"));
	assert_null(offer("put"));
	assert_null(offer("xyd"));
	assert_null(offer("exclude"));
	assert_null(offer("output-mode-output-mode-output-mode-output-mode"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offers_what_is_near),
		cmocka_unit_test(offers_nothing_that_is_far),
	};

	return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
