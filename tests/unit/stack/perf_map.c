// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "perf_map.h"
#include "units.h"

static void names(void **state)
{
	static char text[] = "1000 100 first\n"
			     "1000 80 second, which took its place\n"
			     "2000 10 with blanks in it\n"
			     "zzzz 10 no number\n"
			     "3000\n"
			     "4000 ffffffffffffffff all the rest\n"
			     "0 ffffffffffffffff from zero\n"
			     "5000 10";
	struct perf_map_hit hits[] = {
		{ .address = 0x1010 }, { .address = 0x1090 }, { .address = 0x200f },
		{ .address = 0x2010 }, { .address = 0x3000 }, { .address = 0x9000 },
	};
	const struct deadline deadline = { .at_ns = UINT64_MAX };
	FILE *file = fmemopen(text, strlen(text), "r");

	perf_map_find(file, UINT64_MAX, &deadline, hits, ARRAY_SIZE(hits));
	fclose(file);
	assert_string_equal(hits[0].name, "second, which took its place");
	assert_string_equal(hits[1].name, "first");
	assert_string_equal(hits[2].name, "with blanks in it");
	assert_int_equal(hits[2].start, 0x2000);
	assert_int_equal(hits[3].start, 0);
	assert_int_equal(hits[4].start, 0);
	assert_string_equal(hits[5].name, "all the rest");
}

/* The rest of a line that is too long is not a line of its own. */
static void long_lines(void **state)
{
	const struct deadline deadline = { .at_ns = UINT64_MAX };
	struct perf_map_hit hit = { .address = 0x1000 };
	char *text = malloc(8192);
	FILE *file;

	strcpy(text, "1000 10 ");
	memset(text + 8, 'x', 4000);
	strcpy(text + 4008, " 1000 10 wrong\n");
	file = fmemopen(text, strlen(text), "r");
	perf_map_find(file, UINT64_MAX, &deadline, &hit, 1);
	fclose(file);
	free(text);
	assert_int_equal(hit.start, 0x1000);
	assert_int_equal(strlen(hit.name), PERF_MAP_NAME_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names), cmocka_unit_test(long_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
