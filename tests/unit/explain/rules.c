// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every row of the table of causes is reached by the state that it stands for, and every code is
 * documented, and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "words.h"
#include "rules.h"

static struct incident incident;
static struct explanation explanation;

static void assert_case(const struct test_case *test)
{
	size_t expected = 0;

	if (strcmp(explanation.code, test->code) != 0 || !strstr(explanation.text, test->text))
		fail_msg("%s: %s: %s", test->name, explanation.code, explanation.text);
	if (explanation.confidence != test->confidence)
		fail_msg("%s: %s", test->name, word_confidence(explanation.confidence));
	while (expected < 9 && test->timeline[expected])
		expected++;
	if (explanation.timeline_count != expected)
		fail_msg("%s: %zu entries", test->name, explanation.timeline_count);
	for (size_t entry = 0; entry < expected; entry++) {
		if (strcmp(explanation.timeline[entry].what, test->timeline[entry]) != 0)
			fail_msg("%s: %s", test->name, explanation.timeline[entry].what);
	}
	if (!test->advice && explanation.advice_count != 0)
		fail_msg("%s: %s", test->name, explanation.advice[0]);
	if (test->advice &&
	    (explanation.advice_count == 0 || !strstr(explanation.advice[0], test->advice)))
		fail_msg("%s: no advice \"%s\"", test->name, test->advice);
}

static void test_cases(void **state)
{
	for (size_t i = 0; i < CASES; i++) {
		memset(&incident, 0, sizeof(incident));
		memset(&explanation, 0xff, sizeof(explanation));
		cases[i].prepare(&incident);
		explain(&incident, &explanation);
		assert_case(&cases[i]);
	}
}

/* A row that no case reaches, by its own matcher and renderer, is a row that nobody tested. */
static void test_every_row_is_reached(void **state)
{
	for (size_t row = 0; row < rules_count; row++) {
		bool reached = false;

		for (size_t i = 0; i < CASES && !reached; i++) {
			memset(&incident, 0, sizeof(incident));
			cases[i].prepare(&incident);
			reached = rules_match(&incident) == &rules[row];
		}
		if (!reached)
			fail_msg("row %zu (%s)", row, rules[row].code);
	}
}

static char *read_causes(void)
{
	FILE *file = fopen(CAUSES_MD, "r");
	char *text;
	long size;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	assert_true(size > 0);
	rewind(file);
	text = calloc(1, (size_t)size + 2);
	assert_non_null(text);
	text[0] = '\n';
	assert_int_equal(fread(text + 1, 1, (size_t)size, file), (size_t)size);
	fclose(file);
	return text;
}

static void test_docs_have_every_code(void **state)
{
	char *text = read_causes();
	char heading[128];

	for (size_t row = 0; row < rules_count; row++) {
		snprintf(heading, sizeof(heading), "\n### %s\n", rules[row].code);
		if (!strstr(text, heading))
			fail_msg("docs/causes.md has no section %s", rules[row].code);
	}
	free(text);
}

static void test_docs_have_no_other_code(void **state)
{
	char *text = read_causes();
	size_t sections = 0;

	for (const char *at = text; (at = strstr(at, "\n### ")); sections++) {
		bool known = false;
		size_t length;

		at += strlen("\n### ");
		length = strcspn(at, "\n");
		for (size_t row = 0; row < rules_count; row++)
			known |= strlen(rules[row].code) == length &&
				 strncmp(rules[row].code, at, length) == 0;
		if (!known)
			fail_msg("no rule has the code %.*s", (int)length, at);
	}
	assert_true(sections > 0);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_every_row_is_reached),
		cmocka_unit_test(test_docs_have_every_code),
		cmocka_unit_test(test_docs_have_no_other_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
