// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the escaping remove everything that a terminal or a JSON reader would act on? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "strbuf.h"

static void check_bytes(const void *bytes, size_t size, const char *expected)
{
	struct strbuf buf = { 0 };

	strbuf_add_escaped(&buf, bytes, size);
	assert_false(buf.failed);
	assert_string_equal(buf.text, expected);
	assert_int_equal(buf.length, strlen(expected));
	strbuf_free(&buf);
}

#define CHECK(literal, expected) check_bytes(literal, sizeof(literal) - 1, expected)

static void test_grows(void **state)
{
	struct strbuf buf = { 0 };

	for (int i = 0; i < 5000; i++)
		strbuf_printf(&buf, "%d,", i % 10);
	strbuf_add_text(&buf, "end");
	assert_int_equal(buf.length, 10003);
	assert_string_equal(buf.text + 9998, "9,end");
	strbuf_reset(&buf);
	assert_int_equal(buf.length, 0);
	assert_string_equal(buf.text, "");
	strbuf_add(&buf, "a\0b", 3);
	assert_memory_equal(buf.text, "a\0b", 4);
	strbuf_free(&buf);
	assert_null(buf.text);
}

static void test_out_of_memory(void **state)
{
	struct strbuf buf = { 0 };

	strbuf_add_text(&buf, "kept");
	/* More than memory can hold: refused before any byte is read. */
	strbuf_add(&buf, "", SIZE_MAX - 2);
	assert_true(buf.failed);
	strbuf_add_text(&buf, "not added");
	strbuf_printf(&buf, "%d", 1);
	assert_string_equal(buf.text, "kept");
	strbuf_reset(&buf);
	assert_false(buf.failed);
	strbuf_free(&buf);
}

/* In memory of the caller it neither grows nor frees. */
static void test_fixed(void **state)
{
	char array[8];
	struct strbuf buf = STRBUF_IN(array);

	strbuf_printf(&buf, "%d", 1234567);
	assert_false(buf.failed);
	assert_string_equal(array, "1234567");
	strbuf_add_text(&buf, "8");
	assert_true(buf.failed);
	assert_string_equal(array, "1234567");
	strbuf_free(&buf);
}

static void test_plain(void **state)
{
	CHECK("", "");
	CHECK("a b~", "a b~");
	CHECK("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
	      "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
	/* The limits of each length, and of the ranges that are escaped. */
	CHECK("\xc2\xa0", "\xc2\xa0");
	CHECK("\xdf\xbf\xe0\xa0\x80", "\xdf\xbf\xe0\xa0\x80");
	CHECK("\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80");
	CHECK("\xef\xbf\xbf\xf0\x90\x80\x80", "\xef\xbf\xbf\xf0\x90\x80\x80");
	CHECK("\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf");
}

static void test_control_bytes(void **state)
{
	for (unsigned int byte = 0; byte < 0x80; byte++) {
		char in = (char)byte, expected[8];

		if (byte == '\n')
			strcpy(expected, "\\n");
		else if (byte == '\t')
			strcpy(expected, "\\t");
		else if (byte == '\\')
			strcpy(expected, "\\\\");
		else if (byte < 0x20 || byte == 0x7f)
			snprintf(expected, sizeof(expected), "\\x%02x", byte);
		else
			snprintf(expected, sizeof(expected), "%c", byte);
		check_bytes(&in, 1, expected);
	}
	CHECK("a\0b", "a\\x00b");
	CHECK("\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m");
	CHECK("\r\n", "\\x0d\\n");
}

static void test_backslash_is_undone(void **state)
{
	/* A name that contains the text of an escape differs from the byte itself. */
	CHECK("\\x1b", "\\\\x1b");
	CHECK("\x1b", "\\x1b");
	CHECK("\\n", "\\\\n");
}

static void test_c1(void **state)
{
	for (unsigned int rune = 0x80; rune <= 0x9f; rune++) {
		char in[2] = { (char)0xc2, (char)rune }, expected[16];

		snprintf(expected, sizeof(expected), "\\xc2\\x%02x", rune);
		check_bytes(in, 2, expected);
	}
}

static void test_separators_and_bidi(void **state)
{
	for (unsigned int last = 0xa0; last <= 0xaf; last++) {
		char in[3] = { (char)0xe2, (char)0x80, (char)last }, expected[16];

		/* U+2028..U+202E; U+202F is a narrow space. */
		if (last >= 0xa8 && last <= 0xae)
			snprintf(expected, sizeof(expected), "\\xe2\\x80\\x%02x", last);
		else
			snprintf(expected, sizeof(expected), "\xe2\x80%c", last);
		check_bytes(in, 3, expected);
	}
	CHECK("\xe2\x81\xa6", "\\xe2\\x81\\xa6");
	CHECK("\xe2\x81\xa9", "\\xe2\\x81\\xa9");
}

static void test_invisible(void **state)
{
	/* soft hyphen, Arabic letter mark, zero-width space, joiner, right-to-left mark */
	CHECK("a\xc2\xad"
	      "b",
	      "a\\xc2\\xadb");
	CHECK("\xd8\x9c", "\\xd8\\x9c");
	CHECK("\xe2\x80\x8b\xe2\x80\x8d\xe2\x80\x8f",
	      "\\xe2\\x80\\x8b\\xe2\\x80\\x8d\\xe2\\x80\\x8f");
	/* word joiner, Hangul filler, variation selector, byte order mark */
	CHECK("\xe2\x81\xa0\xe3\x85\xa4", "\\xe2\\x81\\xa0\\xe3\\x85\\xa4");
	CHECK("\xef\xb8\x8f\xef\xbb\xbf", "\\xef\\xb8\\x8f\\xef\\xbb\\xbf");
	/* a tag, and the last of the plane that tags are in */
	CHECK("\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81");
	CHECK("\xf3\xa0\xbf\xbf", "\\xf3\\xa0\\xbf\\xbf");
	/* the neighbours */
	CHECK("\xc2\xac\xc2\xae\xe2\x80\x90\xe2\x81\xb0",
	      "\xc2\xac\xc2\xae\xe2\x80\x90\xe2\x81\xb0");
	CHECK("\xf3\xa1\x80\x80", "\xf3\xa1\x80\x80");
	/* An accent belongs to the letter before it, or else to what is not a part of the name. */
	CHECK("e\xcc\x81", "e\xcc\x81");
	CHECK("\xcc\xb8"
	      "e",
	      "\\xcc\\xb8"
	      "e");
}

static void check_name(const char *name, const char *expected)
{
	struct strbuf buf = { 0 };

	strbuf_add_name(&buf, name, strlen(name));
	assert_string_equal(buf.text, expected);
	strbuf_free(&buf);
}

static void test_names(void **state)
{
	/* Ordinary names are as they were. */
	check_name("", "");
	check_name("kworker/0:1-events", "kworker/0:1-events");
	check_name("/usr/lib/libstdc++.so.6", "/usr/lib/libstdc++.so.6");
	check_name("getty@tty1.service", "getty@tty1.service");
	check_name("a\\x2db.service", "a\\\\x2db.service");
	check_name("caf\xc3\xa9", "caf\xc3\xa9");
	check_name("\x1b\xff", "\\x1b\\xff");
	/* What could be taken for something else is in quotes. */
	check_name("GC Thread#0", "\"GC Thread#0\"");
	check_name("bash[1]", "\"bash[1]\"");
	check_name("(sd-pam)", "\"(sd-pam)\"");
	check_name("a,b", "\"a,b\"");
	check_name("a;b", "\"a;b\"");
	check_name("it's", "\"it's\"");
	check_name("a\" uid 0 \"\\b", "\"a\\\" uid 0 \\\"\\\\b\"");
	/* blanks: no-break, em, ideographic, Braille; a wide bracket; quotes of another form */
	check_name("a\xc2\xa0"
		   "b",
		   "\"a\xc2\xa0"
		   "b\"");
	check_name("a\xe2\x80\x83"
		   "b",
		   "\"a\xe2\x80\x83"
		   "b\"");
	check_name("a\xe3\x80\x80"
		   "b",
		   "\"a\xe3\x80\x80"
		   "b\"");
	check_name("a\xe2\xa0\x80"
		   "b",
		   "\"a\xe2\xa0\x80"
		   "b\"");
	check_name("a\xef\xbc\xbb"
		   "b",
		   "\"a\xef\xbc\xbb"
		   "b\"");
	check_name("a\xe2\x80\x9d"
		   "b",
		   "\"a\\xe2\\x80\\x9d"
		   "b\"");
	check_name("a\xe2\x80\x99"
		   "b",
		   "\"a\xe2\x80\x99"
		   "b\"");
}

/* A quote within a longer text does not end it. */
static void test_inside(void **state)
{
	struct strbuf buf = { 0 };

	strbuf_add_inside(&buf, "a\"b", 3, '"');
	strbuf_add_inside(&buf, "\xe2\x80\x9c\xe2\x80\x98", 6, '"');
	strbuf_add_inside(&buf, "\xe2\x80\x9c\xe2\x80\x98", 6, '\'');
	assert_string_equal(buf.text,
			    "a\\\"b\\xe2\\x80\\x9c\xe2\x80\x98\xe2\x80\x9c\\xe2\\x80\\x98");
	strbuf_free(&buf);
}

static void test_invalid_utf8(void **state)
{
	/* continuation bytes alone, bytes that never occur */
	CHECK("\x80", "\\x80");
	CHECK("\xbf"
	      "a",
	      "\\xbfa");
	CHECK("\xc0\xc1\xf5\xfe\xff", "\\xc0\\xc1\\xf5\\xfe\\xff");
	/* overlong: NUL, '/', ESC, U+07FF, U+FFFF */
	CHECK("\xc0\x80", "\\xc0\\x80");
	CHECK("\xc0\xaf", "\\xc0\\xaf");
	CHECK("\xe0\x80\x9b", "\\xe0\\x80\\x9b");
	CHECK("\xe0\x9f\xbf", "\\xe0\\x9f\\xbf");
	CHECK("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf");
	/* surrogates, above U+10FFFF, five bytes */
	CHECK("\xed\xa0\x80", "\\xed\\xa0\\x80");
	CHECK("\xed\xbf\xbf", "\\xed\\xbf\\xbf");
	CHECK("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	CHECK("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
	/* truncated at the end, and by a valid byte or sequence that must stay */
	CHECK("\xc3", "\\xc3");
	CHECK("\xe2\x82", "\\xe2\\x82");
	CHECK("\xf0\x9f\x98", "\\xf0\\x9f\\x98");
	CHECK("\xc3"
	      "x",
	      "\\xc3x");
	CHECK("\xe2\x82\xc3\xa9", "\\xe2\\x82\xc3\xa9");
	/* an escape hidden behind a lead byte */
	CHECK("\xc3\x1b[2J", "\\xc3\\x1b[2J");
}

/* Every string of two bytes becomes text without control characters, and all results differ. */
static void test_all_pairs(void **state)
{
	for (unsigned int pair = 0; pair < 0x10000; pair++) {
		uint8_t in[2] = { (uint8_t)(pair >> 8), (uint8_t)pair };
		struct strbuf buf = { 0 };

		strbuf_add_escaped(&buf, in, 2);
		assert_int_equal(strlen(buf.text), buf.length);
		for (size_t i = 0; i < buf.length; i++) {
			uint8_t byte = (uint8_t)buf.text[i];

			assert_true(byte >= 0x20 && byte != 0x7f);
			/* Only complete valid pairs are unchanged. */
			if (byte >= 0x80)
				assert_memory_equal(buf.text, in, 2);
		}
		strbuf_free(&buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_control_bytes),
		cmocka_unit_test(test_backslash_is_undone),
		cmocka_unit_test(test_c1),
		cmocka_unit_test(test_separators_and_bidi),
		cmocka_unit_test(test_invisible),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_inside),
		cmocka_unit_test(test_invalid_utf8),
		cmocka_unit_test(test_all_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
