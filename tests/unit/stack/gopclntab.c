// SPDX-License-Identifier: GPL-2.0-or-later
/* Go's function table in each of its formats, with two functions; then damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "gopclntab.h"

#define TEXT 0x401000

struct builder {
	unsigned char bytes[512];
	size_t size;
};

static void put(struct builder *builder, uint64_t value, size_t size)
{
	memcpy(builder->bytes + builder->size, &value, size);
	builder->size += size;
}

static void put_text(struct builder *builder, const char *text)
{
	strcpy((char *)builder->bytes + builder->size, text);
	builder->size += strlen(text) + 1;
}

/* Where each part starts, so that the header can be written first. */
enum place {
	NAMES = 80,
	CUS = 120,
	FILES = 130,
	PCTAB = 160,
	FUNCTIONS = 200,
};

static void put_header(struct builder *builder, uint32_t magic)
{
	put(builder, magic, 4);
	put(builder, 0, 2);
	put(builder, 1, 1); /* quantum */
	put(builder, 8, 1); /* pointer */
}

/* Lines: 10 up to TEXT + 0x10, 20 up to TEXT + 0x40. One file. */
static void put_tables(struct builder *builder)
{
	builder->size = NAMES;
	put(builder, 0, 1);
	put_text(builder, "main.first");
	put_text(builder, "main.second");
	builder->size = CUS;
	put(builder, 0, 4);
	builder->size = FILES;
	put_text(builder, "/src/main.go");
	builder->size = PCTAB;
	put(builder, 0, 1);
	put(builder, 22, 1); /* from -1 to 10 */
	put(builder, 0x10, 1);
	put(builder, 20, 1); /* to 20 */
	put(builder, 0x30, 1);
	put(builder, 0, 1);
	put(builder, 2, 1); /* file: from -1 to 0 */
	put(builder, 0x40, 1);
	put(builder, 0, 1);
}

static void put_function(struct builder *builder, uint64_t entry, size_t entry_bytes, uint32_t name)
{
	put(builder, entry, entry_bytes);
	put(builder, name, 4);
	put(builder, 0, 8); /* args, deferreturn */
	put(builder, 0, 4); /* pcsp */
	put(builder, 6, 4); /* pcfile */
	put(builder, 1, 4); /* pcln */
	put(builder, 0, 4); /* npcdata */
	put(builder, 0, 4); /* cu */
	put(builder, 0, 8); /* first line, flags */
}

static void build_1_18(struct builder *builder, uint32_t magic, uint64_t text)
{
	memset(builder, 0, sizeof(*builder));
	put_header(builder, magic);
	put(builder, 2, 8); /* functions */
	put(builder, 1, 8); /* files */
	put(builder, text, 8);
	put(builder, NAMES, 8);
	put(builder, CUS, 8);
	put(builder, FILES, 8);
	put(builder, PCTAB, 8);
	put(builder, FUNCTIONS, 8);
	put_tables(builder);
	builder->size = FUNCTIONS;
	put(builder, 0, 4);
	put(builder, 24, 4);
	put(builder, 0x40, 4);
	put(builder, 72, 4);
	put(builder, 0x80, 4); /* the end of the code */
	builder->size = FUNCTIONS + 24;
	put_function(builder, 0, 4, 1);
	builder->size = FUNCTIONS + 72;
	put_function(builder, 0x40, 4, 12);
}

static void build_1_16(struct builder *builder)
{
	memset(builder, 0, sizeof(*builder));
	put_header(builder, 0xfffffffa);
	put(builder, 2, 8);
	put(builder, 1, 8);
	put(builder, NAMES, 8);
	put(builder, CUS, 8);
	put(builder, FILES, 8);
	put(builder, PCTAB, 8);
	put(builder, FUNCTIONS, 8);
	put_tables(builder);
	builder->size = FUNCTIONS;
	put(builder, TEXT, 8);
	put(builder, 40, 8);
	put(builder, TEXT + 0x40, 8);
	put(builder, 96, 8);
	put(builder, TEXT + 0x80, 8);
	put_function(builder, TEXT, 8, 1);
	builder->size = FUNCTIONS + 96;
	put_function(builder, TEXT + 0x40, 8, 12);
}

static void build_1_2(struct builder *builder)
{
	memset(builder, 0, sizeof(*builder));
	put_header(builder, 0xfffffffb);
	put(builder, 2, 8);
	put(builder, TEXT, 8);
	put(builder, 64, 8);
	put(builder, TEXT + 0x40, 8);
	put(builder, 128, 8);
	put(builder, TEXT + 0x80, 8);
	builder->size = 64;
	put_function(builder, TEXT, 8, 200);
	builder->size = 128;
	put_function(builder, TEXT + 0x40, 8, 211);
	builder->size = 200;
	put_text(builder, "main.first");
	put_text(builder, "main.second");
}

static void expect_two(const struct builder *builder, bool with_lines)
{
	struct gopclntab table;
	struct gopclntab_hit hit;

	assert_int_equal(gopclntab_open(builder->bytes, builder->size, TEXT, &table), 0);
	assert_int_equal(gopclntab_find(&table, TEXT - 1, &hit), -ENOENT);
	assert_int_equal(gopclntab_find(&table, TEXT, &hit), 0);
	assert_string_equal(hit.name, "main.first");
	assert_int_equal(hit.start, TEXT);
	if (with_lines) {
		assert_string_equal(hit.file, "/src/main.go");
		assert_int_equal(hit.line, 10);
	} else {
		assert_null(hit.file);
	}
	assert_int_equal(gopclntab_find(&table, TEXT + 0x3f, &hit), 0);
	assert_string_equal(hit.name, "main.first");
	assert_int_equal(hit.line, with_lines ? 20 : 0);
	assert_int_equal(gopclntab_find(&table, TEXT + 0x7f, &hit), 0);
	assert_string_equal(hit.name, "main.second");
	assert_int_equal(hit.start, TEXT + 0x40);
	assert_int_equal(gopclntab_find(&table, TEXT + 0x80, &hit), -ENOENT);
	assert_int_equal(gopclntab_find(&table, UINT64_MAX, &hit), -ENOENT);
}

static void formats(void **state)
{
	struct builder builder;

	build_1_18(&builder, 0xfffffff0, TEXT);
	expect_two(&builder, true);
	build_1_18(&builder, 0xfffffff1, TEXT);
	expect_two(&builder, true);
	/* A position-independent program: the given address counts. */
	build_1_18(&builder, 0xfffffff1, 0);
	expect_two(&builder, true);
	build_1_16(&builder);
	expect_two(&builder, true);
	build_1_2(&builder);
	expect_two(&builder, false);
}

static void refused(void **state)
{
	struct builder builder;
	struct gopclntab table;

	build_1_18(&builder, 0xfffffff1, TEXT);
	for (size_t size = 0; size < FUNCTIONS + 20; size++) {
		/* In its own memory, so that the sanitizer sees one byte too many. */
		unsigned char *bytes = malloc(size ? size : 1);

		memcpy(bytes, builder.bytes, size);
		assert_int_equal(gopclntab_open(bytes, size, TEXT, &table), -EBADMSG);
		free(bytes);
	}
	build_1_18(&builder, 0xfffffff2, TEXT);
	assert_int_equal(gopclntab_open(builder.bytes, builder.size, TEXT, &table), -EBADMSG);
}

/* Whatever the bytes are, the answer is inside them. */
static void damaged(void **state)
{
	struct builder builder;

	srand(1);
	for (unsigned int round = 0; round < 60000; round++) {
		struct gopclntab table;
		unsigned char *bytes;

		switch (round % 3) {
		case 0:
			build_1_18(&builder, 0xfffffff1, TEXT);
			break;
		case 1:
			build_1_16(&builder);
			break;
		default:
			build_1_2(&builder);
		}
		for (int i = rand() % 4; i >= 0; i--)
			builder.bytes[8 + (size_t)rand() % (builder.size - 8)] =
				(unsigned char)rand();
		bytes = malloc(builder.size);
		memcpy(bytes, builder.bytes, builder.size);
		if (!gopclntab_open(bytes, builder.size, TEXT, &table)) {
			for (uint64_t at = TEXT; at < TEXT + 0x81; at += 9) {
				struct gopclntab_hit hit;

				if (gopclntab_find(&table, at, &hit))
					continue;
				assert_true(strlen(hit.name) < builder.size);
				assert_true(!hit.file || strlen(hit.file) < builder.size);
				assert_true(hit.start <= at);
			}
		}
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(refused),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
