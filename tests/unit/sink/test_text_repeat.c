// SPDX-License-Identifier: GPL-2.0-or-later
/* The format text: incidents that were only counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "samples.h"

static const struct sample_lines plain = { .format = FORMAT_TEXT, .options.utc = true };

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

	expect_repeat(&repeat, "14:03:24.000 (+48,211 more like 14:03:22.117 in 1.883 s)\n");
	repeat.of = NULL;
	repeat.count = 999;
	expect_repeat(&repeat, "14:03:24.000 (+999 more, ignored in 1.883 s)\n");
	repeat.process = &named;
	expect_repeat(&repeat, "14:03:24.000 (+999 more, ignored, of ser\\nver[812] (uid 1000, "
			       "web.service) in 1.883 s)\n");
	named.pid = 0;
	named.unit[0] = '\0';
	repeat.several = true;
	expect_repeat(&repeat, "14:03:24.000 (+999 more, ignored, of groups that were not told "
			       "apart, the last of ser\\nver (uid 1000) in 1.883 s)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
