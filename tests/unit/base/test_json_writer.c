// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the writer write what json-c would, and what json-c reads back? */
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json_writer.h"

static int allocations_left = -1; /* -1: no limit */

void *__real_realloc(void *pointer, size_t size);
void *__wrap_realloc(void *pointer, size_t size);

void *__wrap_realloc(void *pointer, size_t size)
{
	if (allocations_left == 0)
		return NULL;
	if (allocations_left > 0)
		allocations_left--;
	return __real_realloc(pointer, size);
}

static const char *plain(struct json_object *value)
{
	return json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* The same text as json-c makes of the escaped bytes, and the same bytes when it is read again. */
static void check_string(const void *bytes, size_t size)
{
	struct strbuf written = { 0 }, escaped = { 0 };
	struct json_writer json = { .buf = &written };
	struct json_object *reference, *parsed;

	json_put_bytes(&json, NULL, bytes, size);
	strbuf_add_escaped(&escaped, bytes, size);
	assert_false(written.failed || escaped.failed);
	reference = json_object_new_string_len(escaped.text, (int)escaped.length);
	assert_string_equal(written.text, plain(reference));
	assert_int_equal(written.length, strlen(written.text));
	parsed = json_tokener_parse(written.text);
	assert_non_null(parsed);
	assert_int_equal(json_object_get_string_len(parsed), escaped.length);
	assert_memory_equal(json_object_get_string(parsed), escaped.text, escaped.length);
	json_object_put(parsed);
	json_object_put(reference);
	strbuf_free(&escaped);
	strbuf_free(&written);
}

static void test_every_byte_and_pair(void **state)
{
	for (unsigned int first = 0; first < 256; first++) {
		for (unsigned int second = 0; second < 256; second++) {
			const unsigned char pair[] = { (unsigned char)first,
						       (unsigned char)second };

			check_string(pair, sizeof(pair));
		}
		check_string(&(unsigned char){ (unsigned char)first }, 1);
	}
}

/* All that UTF-8 can be, and can fail to be, at its edges. */
static void test_utf8(void **state)
{
	static const char *const texts[] = {
		"",
		"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		"\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6",
		"\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82",
		"\"\\\"\\n\n\t/</script>",
		"\x1b[31m\x7f\xc2\x9b\xef\xbb\xbf",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_string(texts[i], strlen(texts[i]));
}

static void test_random_bytes(void **state)
{
	unsigned char bytes[200];

	srandom(1);
	for (int round = 0; round < 20000; round++) {
		size_t size = (size_t)random() % sizeof(bytes);

		/* Every other round from few bytes that matter, or such sequences were rare. */
		for (size_t i = 0; i < size; i++)
			bytes[i] =
				round % 2
					? (unsigned char)random()
					: (unsigned char)"\"\\\n\xe2\x80\xa8\xf0\x9fx"[random() % 9];
		check_string(bytes, size);
	}
}

static void test_long(void **state)
{
	size_t size = 1 << 20;
	char *bytes = malloc(size);

	assert_non_null(bytes);
	memset(bytes, 'x', size);
	check_string(bytes, size);
	memset(bytes, '"', size);
	check_string(bytes, size);
	memset(bytes, 0x9b, size);
	check_string(bytes, size);
	free(bytes);
}

static void check_value(struct strbuf *written, struct json_object *reference)
{
	assert_false(written->failed);
	assert_string_equal(written->text, plain(reference));
	json_object_put(reference);
	strbuf_free(written);
}

static void test_numbers(void **state)
{
	static const uint64_t numbers[] = { 0,	       1,	  9,	      10,
					    99,	       100,	  4294967295, 1u << 31,
					    INT64_MAX, INT64_MIN, UINT64_MAX };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct strbuf written = { 0 };
		struct json_writer json = { .buf = &written };
		char hex[24];

		json_put_uint(&json, NULL, numbers[i]);
		check_value(&written, json_object_new_uint64(numbers[i]));
		json = (struct json_writer){ .buf = &written };
		json_put_int(&json, NULL, (int64_t)numbers[i]);
		check_value(&written, json_object_new_int64((int64_t)numbers[i]));
		json = (struct json_writer){ .buf = &written };
		json_put_hex(&json, NULL, numbers[i]);
		snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)numbers[i]);
		check_value(&written, json_object_new_string(hex));
	}
}

static void check_us(uint64_t ns, const char *expected)
{
	struct strbuf written = { 0 };
	struct json_writer json = { .buf = &written };

	json_put_us(&json, NULL, ns);
	assert_string_equal(written.text, expected);
	strbuf_free(&written);
}

static void test_microseconds_are_rounded(void **state)
{
	check_us(0, "0");
	check_us(499, "0");
	check_us(500, "1");
	check_us(6003099999, "6003100");
	check_us(UINT64_MAX, "18446744073709552");
}

static void check_time(struct timespec time, const char *expected)
{
	struct strbuf written = { 0 };
	struct json_writer json = { .buf = &written };

	json_put_time(&json, NULL, time);
	assert_string_equal(written.text, expected);
	strbuf_free(&written);
}

static void test_times(void **state)
{
	check_time((struct timespec){ 1795269802, 117004518 },
		   "\"2026-11-21T14:03:22.117004518Z\"");
	check_time((struct timespec){ 1, 1 }, "\"1970-01-01T00:00:01.000000001Z\"");
	check_time((struct timespec){ 253402300799, 999999999 },
		   "\"9999-12-31T23:59:59.999999999Z\"");
	check_time((struct timespec){ 0 }, "null");
	check_time((struct timespec){ 253402300800, 0 }, "null");
	check_time((struct timespec){ INT64_MAX, 0 }, "null");
	/* Days and months by the reference, through leap years and centuries. */
	for (time_t seconds = 1; seconds < 8000000000; seconds += 12345678) {
		char expected[64];
		struct tm parts;

		gmtime_r(&seconds, &parts);
		strftime(expected, sizeof(expected), "\"%Y-%m-%dT%H:%M:%S.000000000Z\"", &parts);
		check_time((struct timespec){ seconds, 0 }, expected);
	}
}

static void write_nested(struct strbuf *buf)
{
	struct json_writer json = { .buf = buf };

	json_begin_object(&json, NULL);
	json_put_text(&json, "text", "a \"b\"");
	json_put_text(&json, "none", NULL);
	json_begin_array(&json, "empty");
	json_end_array(&json);
	json_begin_array(&json, "list");
	json_put_uint(&json, NULL, 1);
	json_begin_object(&json, NULL);
	json_put_bool(&json, "yes", true);
	json_end_object(&json);
	json_begin_object(&json, NULL);
	json_end_object(&json);
	json_put_int(&json, NULL, -2);
	json_end_array(&json);
	json_put_bool(&json, "no", false);
	json_put_hex(&json, "hex", 0xabc);
	json_put_null(&json, "last");
	json_end_object(&json);
}

#define NESTED                                                                       \
	"{\"text\":\"a \\\"b\\\"\",\"none\":null,\"empty\":[],\"list\":[1,{\"yes\":" \
	"true},{},-2],\"no\":false,\"hex\":\"0xabc\",\"last\":null}"

static void test_commas(void **state)
{
	struct strbuf written = { 0 };

	write_nested(&written);
	check_value(&written, json_tokener_parse(NESTED));
}

/* Wherever memory runs out, the buffer says so at the end, whatever was added after it. */
static void test_out_of_memory(void **state)
{
	struct strbuf written = { 0 };
	char long_text[300];

	memset(long_text, 'x', sizeof(long_text));
	for (int left = 0; left < 2; left++) {
		struct json_writer json = { .buf = &written };

		allocations_left = left;
		json_begin_array(&json, NULL);
		json_put_bytes(&json, NULL, long_text, sizeof(long_text));
		write_nested(&written);
		json_end_array(&json);
		allocations_left = -1;
		assert_true(written.failed);
		strbuf_free(&written);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_and_pair),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_microseconds_are_rounded),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_commas),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
