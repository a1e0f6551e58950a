// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "maps.h"

static void lines(void **state)
{
	struct snapshot_module module;
	char line[4096];

	assert_true(maps_parse_line(
		"7f39bd3c7000-7f39bd51c000 r-xp 00026000 fd:01 131   /usr/lib/libc.so.6", &module));
	assert_int_equal(module.start, 0x7f39bd3c7000);
	assert_int_equal(module.end, 0x7f39bd51c000);
	assert_int_equal(module.offset, 0x26000);
	assert_int_equal(module.dev, 0xfd << 20 | 1);
	assert_int_equal(module.inode, 131);
	assert_string_equal(module.path, "/usr/lib/libc.so.6");
	assert_false(module.deleted);

	assert_true(maps_parse_line("1000-2000 r-xp 0 00:01 5 /memfd:jit (deleted)", &module));
	assert_string_equal(module.path, "/memfd:jit");
	assert_true(module.deleted);
	assert_true(maps_parse_line("1000-2000 r-xp 0 00:01 5 /a\\012b c", &module));
	assert_string_equal(module.path, "/a\nb c");
	assert_true(maps_parse_line("1000-2000 rwxp 0 00:00 0 ", &module));
	assert_string_equal(module.path, "");
	assert_true(maps_parse_line("1000-2000 r-xp 0 00:00 0    [vdso]", &module));
	assert_string_equal(module.path, "[vdso]");

	assert_false(maps_parse_line("1000-2000 rw-p 0 00:00 0 [heap]", &module));
	assert_false(maps_parse_line("2000-1000 r-xp 0 00:00 0", &module));
	assert_false(maps_parse_line("1000-2000", &module));
	assert_false(maps_parse_line("", &module));

	/* A path that is too long keeps its end. */
	strcpy(line, "1000-2000 r-xp 0 00:01 5 /");
	memset(line + strlen(line), 'x', 3000);
	strcpy(line + 3020, "/leaf");
	assert_true(maps_parse_line(line, &module));
	assert_true(module.path_truncated);
	assert_int_equal(strlen(module.path), sizeof(module.path) - 1);
	assert_string_equal(module.path + strlen(module.path) - 5, "/leaf");
}

static void search(void **state)
{
	static const struct snapshot_module modules[] = {
		{ .start = 0x1000, .end = 0x2000 },
		{ .start = 0x2000, .end = 0x3000 },
		{ .start = 0x5000, .end = 0x6000 },
	};

	assert_null(maps_find(modules, 3, 0xfff));
	assert_ptr_equal(maps_find(modules, 3, 0x1000), &modules[0]);
	assert_ptr_equal(maps_find(modules, 3, 0x2000), &modules[1]);
	assert_ptr_equal(maps_find(modules, 3, 0x5fff), &modules[2]);
	assert_null(maps_find(modules, 3, 0x3000));
	assert_null(maps_find(modules, 3, UINT64_MAX));
	assert_null(maps_find(modules, 0, 0x1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines), cmocka_unit_test(search) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
