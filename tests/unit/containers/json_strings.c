// SPDX-License-Identifier: GPL-2.0-or-later
/* Which texts does it find, and what does it refuse? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json_strings.h"

static const char *wanted[JSON_KEYS_MAX + 1];
static char found[JSON_TEXT_MAX];
static size_t hits, index_of_hit;

static void take(void *context, const struct json_place *place, const char *text)
{
	if (!json_is_at(place, wanted))
		return;
	hits++;
	index_of_hit = place->first_index;
	strcpy(found, text ? text : "(none)");
}

/* Of the right size, so that a read behind its end is seen. */
static int scan(const char *text, size_t size)
{
	char *bytes = malloc(size ? size : 1);
	int result;

	assert_non_null(bytes);
	memcpy(bytes, text, size);
	hits = 0;
	found[0] = '\0';
	result = json_strings(bytes, size, take, NULL);
	free(bytes);
	return result;
}

static void want(const char *first, const char *second, const char *third)
{
	wanted[0] = first;
	wanted[1] = second;
	wanted[2] = third;
}

static void expect_text(const char *json, const char *text)
{
	if (scan(json, strlen(json)))
		fail_msg("refused: %s", json);
	assert_string_equal(found, text);
	assert_int_equal(hits, 1);
}

static void test_texts(void **state)
{
	want("a", NULL, NULL);
	expect_text("{\"a\":\"x\"}", "x");
	expect_text(" { \"b\" : [ 1, -2.5e+3, true , null, {} , [] ] , \"a\" : \"\" } \n", "");
	expect_text("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"}", "\"\\/\b\f\n\r\tA");
	expect_text("{\"a\":\"\\u00e4\"}", "\xff");
	/* A NUL would end the text too early. */
	expect_text("{\"a\":\"x\\u0000y\"}", "(none)");
	want("a", "b", NULL);
	expect_text("{\"a\":{\"c\":{\"b\":\"no\"},\"b\":\"x\"},\"b\":\"no\"}", "x");
	want("a", "b", "c");
	expect_text("{\"a\":{\"b\":{\"c\":\"x\",\"d\":\"\"},\"c\":\"no\"}}", "x");
	want("", "id", NULL);
	expect_text("[{\"id\":\"x\"},{\"other\":\"y\"}]", "x");
	assert_int_equal(index_of_hit, 0);
	expect_text("[{},{\"o\":[\"id\"]},{\"id\":\"y\"}]", "y");
	assert_int_equal(index_of_hit, 2);
}

/* A key that is empty or too long is no element of a list. */
static void test_keys(void **state)
{
	char text[300];

	want("a", "", NULL);
	expect_text("{\"a\":[\"x\"]}", "x");
	assert_int_equal(scan("{\"a\":{\"\":\"x\"}}", 14), 0);
	assert_int_equal(hits, 0);
	memset(text, 'k', sizeof(text));
	memcpy(text, "{\"a\":{\"", 7);
	strcpy(text + 200, "\":\"x\"}}");
	assert_int_equal(scan(text, strlen(text)), 0);
	assert_int_equal(hits, 0);
}

static void test_long_text(void **state)
{
	char text[600] = "{\"a\":\"";

	want("a", NULL, NULL);
	memset(text + 6, 'x', 255);
	strcpy(text + 6 + 255, "\"}");
	assert_int_equal(scan(text, strlen(text)), 0);
	assert_int_equal(strlen(found), 255);
	memset(text + 6, 'x', 256);
	strcpy(text + 6 + 256, "\"}");
	expect_text(text, "(none)");
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"{",
		"}",
		"[",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"[1,]",
		"[1 2]",
		"\"a",
		"\"\\",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\u12g4\"",
		"\"\n\"",
		"{a:1}",
		"{\"a\":1]",
		"[1}",
		"[]]",
		"[] []",
		"{} x",
		"\"a\"\"",
		"{,}",
		"[,]",
		"{\"a\":1 \"b\":2}",
	};

	want("a", NULL, NULL);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (scan(texts[i], strlen(texts[i])) != -EBADMSG)
			fail_msg("not refused: %s", texts[i]);
	assert_int_equal(scan("\"a\0\"", 4), -EBADMSG);
}

static void test_depth(void **state)
{
	char text[200];

	want("a", NULL, NULL);
	memset(text, '[', 100);
	memset(text + 100, ']', 100);
	assert_int_equal(scan(text + 68, 64), 0);
	assert_int_equal(scan(text + 67, 66), -E2BIG);
	assert_int_equal(scan(text, 100), -E2BIG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),	  cmocka_unit_test(test_keys),
		cmocka_unit_test(test_long_text), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
