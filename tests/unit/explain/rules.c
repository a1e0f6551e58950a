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
#include "rule.h"

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
		fail_msg("%s: %s", test->name, explanation.advice[0].text);
	if (test->advice &&
	    (explanation.advice_count == 0 || !strstr(explanation.advice[0].text, test->advice)))
		fail_msg("%s: no advice \"%s\"", test->name, test->advice);
}

static void test_cases(void **state)
{
	for (size_t i = 0; i < CASES; i++) {
		memset(&incident, 0, sizeof(incident));
		memset(&explanation, 0xff, sizeof(explanation));
		case_at(i)->prepare(&incident);
		explain(&incident, &explanation);
		assert_case(case_at(i));
	}
}

/* Calls VISIT for each row of each table; a table ends with the row that always matches. */
static void for_each_row(void (*visit)(const struct rule *row, void *context), void *context)
{
	for (const struct rule *const *table = rule_tables; *table; table++) {
		const struct rule *row = *table;

		for (; row->matches; row++)
			visit(row, context);
		visit(row, context);
	}
}

/* A row that no case reaches, by its own matcher and renderer, is a row that nobody tested. */
static void assert_reached(const struct rule *row, void *context)
{
	for (size_t i = 0; i < CASES; i++) {
		memset(&incident, 0, sizeof(incident));
		case_at(i)->prepare(&incident);
		if (rules_match(&incident) == row)
			return;
	}
	fail_msg("no case reaches the row %s, %s", row->code, word_confidence(row->confidence));
}

static void test_every_row_is_reached(void **state)
{
	for_each_row(assert_reached, NULL);
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

static void assert_documented(const struct rule *row, void *context)
{
	char heading[128];

	snprintf(heading, sizeof(heading), "\n### %s\n", row->code);
	if (!strstr(context, heading))
		fail_msg("docs/causes.md has no section %s", row->code);
}

static void test_docs_have_every_code(void **state)
{
	char *text = read_causes();

	for_each_row(assert_documented, text);
	free(text);
}

struct heading {
	const char *text;
	size_t length;
	bool known;
};

static void compare_heading(const struct rule *row, void *context)
{
	struct heading *heading = context;

	heading->known |= strlen(row->code) == heading->length &&
			  strncmp(row->code, heading->text, heading->length) == 0;
}

static void test_docs_have_no_other_code(void **state)
{
	char *text = read_causes();
	size_t sections = 0;

	for (const char *at = text; (at = strstr(at, "\n### ")); sections++) {
		struct heading heading = { .text = at + strlen("\n### ") };

		at = heading.text;
		heading.length = strcspn(at, "\n");
		for_each_row(compare_heading, &heading);
		if (!heading.known)
			fail_msg("no rule has the code %.*s", (int)heading.length, at);
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
