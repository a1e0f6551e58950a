// SPDX-License-Identifier: GPL-2.0-or-later
/* How text is wrapped: at words, by the columns of a terminal, and never so that a name forges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "layout.h"

#define WIDE "\xe6\xbc\xa2"		 /* one character of two columns */
#define ACUTE "e\xcc\x81"		 /* two characters, one column */
#define HINDI "\xe0\xa4\x95\xe0\xa5\x81" /* KA and a vowel sign below it: one column */

static struct strbuf out;
static struct layout layout;

static int begin(void **state)
{
	layout_begin(&layout, &out, 40, false);
	return 0;
}

static int end(void **state)
{
	layout_end(&layout);
	strbuf_free(&out);
	return 0;
}

static void expect_field(const char *text, const char *expected)
{
	strbuf_reset(&out);
	strbuf_add_text(layout_text(&layout), text);
	layout_field(&layout, "why");
	assert_string_equal(out.text, expected);
}

static void test_words(void **state)
{
	expect_field("short", "    why     short\n");
	/* 28 columns fit, and not one more */
	expect_field("0123456789 0123456789 012345", "    why     0123456789 0123456789 012345\n");
	expect_field("0123456789 0123456789 0123456", "    why     0123456789 0123456789\n"
						      "            0123456\n");
	/* Two blanks separate parts; a line that ends there does not begin with them. */
	expect_field("0123456789  0123456789  parts", "    why     0123456789  0123456789\n"
						      "            parts\n");
	expect_field("", "");
}

static void test_glue(void **state)
{
	expect_field("0123456789 0123456789 uid" LAYOUT_GLUE "1000",
		     "    why     0123456789 0123456789\n"
		     "            uid 1000\n");
	/* Where even that is too long, it ends there first. */
	expect_field("exe" LAYOUT_GLUE "0123456789012345678901234567",
		     "    why     exe\n"
		     "            0123456789012345678901234567\n");
}

static void test_long_words(void **state)
{
	expect_field("a /usr/lib/postgresql/15/bin/postgres-with-more",
		     "    why     a\n"
		     "            /usr/lib/postgresql/15/bin/\n"
		     "            postgres-with-more\n");
	expect_field("012345678901234567890123456789", "    why     0123456789012345678901234567\n"
						       "            89\n");
	/* not inside an escape */
	expect_field("01234567890123456789012345\\x1b9", "    why     01234567890123456789012345\n"
							 "            \\x1b9\n");
}

static void test_columns(void **state)
{
	assert_int_equal(layout_columns("abc", 3), 3);
	assert_int_equal(layout_columns(WIDE WIDE, 6), 4);
	assert_int_equal(layout_columns(ACUTE, 3), 1);
	assert_int_equal(layout_columns(HINDI, 6), 1);
	/* bytes that are not UTF-8: one each */
	assert_int_equal(layout_columns("\xe6\xbc", 2), 2);
	/* A wide character is whole or not there; a combining one stays with the one before. */
	assert_int_equal(layout_fit(WIDE WIDE, 6, 3), 3);
	assert_int_equal(layout_fit(ACUTE "x", 4, 1), 3);
	assert_int_equal(layout_fit("abc", 3, 9), 3);
	assert_int_equal(layout_fit(WIDE, 3, 1), 0);
}

static void test_wide_names(void **state)
{
	/* 27 columns and a wide character: it goes on in the next line */
	expect_field("012345678901234567890123456" WIDE WIDE,
		     "    why     012345678901234567890123456\n"
		     "            " WIDE WIDE "\n");
	expect_field("012345678901234567890123456" ACUTE "x",
		     "    why     012345678901234567890123456" ACUTE "\n"
		     "            x\n");
}

/* A line of a traced process never begins where ours do. */
static void test_forgery(void **state)
{
	expect_field("012345678901234567890123456     why     forged",
		     "    why     012345678901234567890123456\n"
		     "            why     forged\n");
	/* A width that is no use: as with the least one. */
	layout_end(&layout);
	layout_begin(&layout, &out, 3, false);
	expect_field("0123456789 0123456789 0123456", "    why     0123456789 0123456789\n"
						      "            0123456\n");
}

static void test_sentences(void **state)
{
	strbuf_reset(&out);
	layout_sentence(&layout, "why", "a\033b");
	layout_sentence(&layout, "not", "");
	strbuf_add_text(layout_text(&layout), "more");
	layout_field_more(&layout);
	strbuf_add_text(layout_text(&layout), "sure");
	layout_confidence(&layout, CONFIDENCE_UNKNOWN);
	layout_confidence(&layout, CONFIDENCE_LIKELY);
	layout_field(&layout, "peer");
	assert_string_equal(out.text, "    why     a\\x1bb\n"
				      "            more\n"
				      "    peer    sure   [likely]\n");
}

static void test_lists(void **state)
{
	static const char *const frames[] = { "write write.c:26", "send_reply server.c:9",
					      "main a.c" };

	strbuf_reset(&out);
	for (size_t i = 0; i < 3; i++) {
		size_t start = layout_next(&layout, "<");

		strbuf_add_text(layout_text(&layout), frames[i]);
		layout_glue(&layout, start);
	}
	layout_field(&layout, "where");
	assert_string_equal(out.text, "    where   write write.c:26\n"
				      "            < send_reply server.c:9\n"
				      "            < main a.c\n");
}

static void test_colors(void **state)
{
	layout.color = true;
	expect_field("text", "    \033[2mwhy     \033[0mtext\n");
	strbuf_reset(&out);
	strbuf_add_text(layout_text(&layout), "0123456789 0123456789 0123456789 0123456789");
	layout_headline(&layout, "\033[33m");
	assert_string_equal(out.text, "\033[33m0123456789 0123456789 0123456789\n"
				      "            0123456789\033[0m\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_words, begin, end),
		cmocka_unit_test_setup_teardown(test_glue, begin, end),
		cmocka_unit_test_setup_teardown(test_long_words, begin, end),
		cmocka_unit_test_setup_teardown(test_columns, begin, end),
		cmocka_unit_test_setup_teardown(test_wide_names, begin, end),
		cmocka_unit_test_setup_teardown(test_forgery, begin, end),
		cmocka_unit_test_setup_teardown(test_sentences, begin, end),
		cmocka_unit_test_setup_teardown(test_lists, begin, end),
		cmocka_unit_test_setup_teardown(test_colors, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
