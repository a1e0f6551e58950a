// SPDX-License-Identifier: GPL-2.0-or-later
/* The format text: incidents that were only counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "samples.h"

/* Long lines: test_layout.c tests how they are wrapped. */
static const struct sample_lines plain = {
	.format = FORMAT_TEXT,
	.options = { .text.time = TEXT_TIME_UTC, .width = 1000 },
};

#define TIME "2026-11-21 14:03:24.000 +00:00  "

static void expect_repeat(const struct sink_repeat *repeat, const char *expected)
{
	cleanup(cleanup_free) char *text = sample_render_repeat(&plain, repeat);

	assert_string_equal(text, expected);
}

static void test_repeat(void **state)
{
	struct incident_named named = {
		.have = true, .pid = 812, .uid = 1000, .comm = "ser\nver", .unit = "web.service"
	};
	struct sink_repeat repeat = {
		.of = "5f0c2a91-000017",
		.of_time = { 1795269802, 117004518 },
		.count = 48211,
		.first = { 1795269802, 117004518 },
		.last = { 1795269804, 0 },
		.outcome = EV_OUTCOME_IGNORED,
	};

	expect_repeat(&repeat, TIME "?[?] 48,211 more ignored in 1.883 s, like 14:03:22.117\n");
	repeat.process = &named;
	repeat.group = "c1a7f2001122";
	expect_repeat(&repeat, TIME "ser\\nver[812] 48,211 more ignored in 1.883 s, like #c1a7f2 "
				    "of 14:03:22.117\n");
	repeat.of_time.tv_sec -= 86400;
	expect_repeat(&repeat, TIME "ser\\nver[812] 48,211 more ignored in 1.883 s, like #c1a7f2 "
				    "of 2026-11-20 14:03:22.117\n");
	repeat.of = NULL;
	repeat.count = 999;
	expect_repeat(&repeat, TIME "ser\\nver[812] 999 more ignored in 1.883 s  uid 1000  "
				    "unit web.service\n");
	named.pid = 0;
	named.unit[0] = '\0';
	repeat.several = true;
	expect_repeat(&repeat, TIME "ser\\nver[?] 999 more ignored in 1.883 s  uid 1000  (the last "
				    "of groups that were not told apart)\n");
}

/* Each death is that of another process. */
static void test_deaths(void **state)
{
	const struct incident_named named = { .have = true, .comm = "yes" };
	struct sink_repeat repeat = {
		.of = "5f0c2a91-000017",
		.of_time = { 1795269802, 117004518 },
		.group = "c1a7f2001122",
		.count = 9,
		.first = { 1795269803, 0 },
		.last = { 1795269804, 0 },
		.outcome = EV_OUTCOME_KILLED,
		.process = &named,
	};

	expect_repeat(&repeat, TIME "yes[9 processes] 9 more killed in 1.000 s, like #c1a7f2 of "
				    "14:03:22.117\n");
	repeat.count = 1;
	expect_repeat(&repeat, TIME "yes[1 process] 1 more killed in 1.000 s, like #c1a7f2 of "
				    "14:03:22.117\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_deaths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
