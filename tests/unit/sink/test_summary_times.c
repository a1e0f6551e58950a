// SPDX-License-Identifier: GPL-2.0-or-later
/* How the table of a run shows times: --time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cleanup.h"
#include "samples.h"
#include "sink.h"
#include "strbuf.h"
#include "summary.h"
#include "summary_lines.h"
#include "units.h"

static const struct ev_session session = { .host = "web-12" };
static struct summary_table *table;
static struct summary_view view;
static struct sample sample;

static int open_table(void **state)
{
	return summary_table_new(&table);
}

static int close_table(void **state)
{
	summary_table_free(table);
	return 0;
}

static char *text_at(const struct sink_summary *summary, enum text_time time)
{
	const struct line_options options = { .session = &session, .text.time = time };
	struct strbuf buf = { 0 };

	summary_table_view(table, &view);
	summary_add_table(&options, summary, &buf);
	assert_false(buf.failed);
	return buf.text;
}

static void assert_text(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

/* --time, for the span and for the last one of a group. */
static void times(void **state)
{
	static const struct {
		enum text_time time;
		const char *run, *head, *row;
	} cases[] = {
		{ TEXT_TIME_UTC, "2026-11-21 14:03:22 to 14:05:00 +00:00",
		  "      COUNT  LAST      P", "         31  14:05:00  server  " },
		{ TEXT_TIME_LOCAL, "2026-11-21 19:33:22 to 19:35:00 +05:30",
		  "      COUNT  LAST      P", "         31  19:35:00  server  " },
		{ TEXT_TIME_DELTA, "2026-11-21 19:33:22 to 19:35:00 +05:30",
		  "      COUNT  LAST      P", "         31  19:35:00  server  " },
		{ TEXT_TIME_ISO,
		  "2026-11-21T19:33:22+05:30 to\n           2026-11-21T19:35:00+05:30",
		  "      COUNT  LAST      P", "         31  19:35:00  server  " },
		{ TEXT_TIME_EPOCH, "1795269802 to 1795269900", "    COUNT  LAST        P",
		  "       31  1795269900  server  " },
	};
	const struct sink_summary summary = {
		.incidents = 1,
		.first = { 1795269802, 117004518 },
		.last = { 1795269900, 0 },
		.view = &view,
	};

	setenv("TZ", "IST-5:30", 1);
	tzset();
	sample_bare(&sample);
	sample.incident.time = summary.last;
	for (int i = 0; i < 31; i++)
		summary_table_incident(table, &sample.incident, &sample.explanation);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup(cleanup_free) char *text = text_at(&summary, cases[i].time);

		assert_text(text, cases[i].run);
		assert_text(text, cases[i].head);
		assert_text(text, cases[i].row);
		for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
			assert_in_range(strcspn(line, "\n"), 0, 80);
	}
	unsetenv("TZ");
	tzset();
}

/* The clocks were changed, and a day has passed: each end has its own. */
static void times_of_two_zones(void **state)
{
	const struct sink_summary summary = {
		.incidents = 1,
		.first = { 1792886400, 0 }, /* 2026-10-25 00:00 UTC */
		.last = { 1792980000, 0 },
		.view = &view,
	};
	cleanup(cleanup_free) char *text = NULL;

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	text = text_at(&summary, TEXT_TIME_LOCAL);
	unsetenv("TZ");
	tzset();
	assert_text(text, "2026-10-25 02:00:00 +02:00 to 2026-10-26\n"
			  "           03:00:00 +01:00\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(times, open_table, close_table),
		cmocka_unit_test_setup_teardown(times_of_two_zones, open_table, close_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
