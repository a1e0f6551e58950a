// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Times, of which text remembers those of the lines before; and what it leaves out of command lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cleanup.h"
#include "layout.h"
#include "samples.h"
#include "text_state.h"

static struct text_state memory;
static struct sample_lines lines;
static struct sample sample;

static int begin(void **state)
{
	memset(&memory, 0, sizeof(memory));
	lines = (struct sample_lines){
		.format = FORMAT_TEXT,
		.options = { .text.time = TEXT_TIME_UTC, .width = 1000, .state = &memory },
	};
	sample_bare(&sample);
	return 0;
}

/* The first line has EXPECTED before the name of the process. */
static void expect_time(const char *expected)
{
	cleanup(cleanup_free) char *text = sample_render(&lines, &sample);
	char *name = strstr(text, "  server[812] ");

	assert_non_null(name);
	*name = '\0';
	assert_string_equal(text, expected);
}

#define expect_line(begin, expected) sample_expect_line(&lines, &sample, begin, expected)

/* --- times --- */

static void test_zone_once(void **state)
{
	expect_time("2026-11-21 14:03:22.117 +00:00");
	expect_time("2026-11-21 14:03:22.117");
	/* What the old file said is not in the new one. */
	memory.has_new_file = true;
	expect_time("2026-11-21 14:03:22.117 +00:00");
	expect_time("2026-11-21 14:03:22.117");
}

/* The clocks change in the night to 2026-10-25, at 01:00 UTC. */
static void test_zone_changes(void **state)
{
	lines.options.text.time = TEXT_TIME_LOCAL;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	sample.incident.time.tv_sec = 1792889999;
	expect_time("2026-10-25 02:59:59.117 +02:00");
	sample.incident.time.tv_sec++;
	expect_time("2026-10-25 02:00:00.117 +01:00");
	sample.incident.time.tv_sec++;
	expect_time("2026-10-25 02:00:01.117");
	unsetenv("TZ");
	tzset();
}

/* On a terminal in a live run the date of today is no news. */
static void test_date(void **state)
{
	struct timespec now;
	char today[64];
	struct tm parts;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	strftime(today, sizeof(today), "%H:%M:%S.117 +00:00", &parts);
	sample.incident.time = (struct timespec){ now.tv_sec, 117000000 };
	lines.options.is_terminal = true;
	expect_time(today);
	/* another day, and the next line is of another day than this one */
	sample.incident.time.tv_sec = 1795269802;
	expect_time("2026-11-21 14:03:22.117");
	sample.incident.time.tv_sec = now.tv_sec;
	strftime(today, sizeof(today), "%Y-%m-%d %H:%M:%S.117", &parts);
	expect_time(today);
	strftime(today, sizeof(today), "%H:%M:%S.117", &parts);
	expect_time(today);
	/* A replay, and a file, are read on any day. */
	strftime(today, sizeof(today), "%Y-%m-%d %H:%M:%S.117", &parts);
	lines.options.text.is_replay = true;
	expect_time(today);
	lines.options.text.is_replay = lines.options.is_terminal = false;
	expect_time(today);
}

static void test_time_formats(void **state)
{
	lines.options.text.time = TEXT_TIME_EPOCH;
	expect_time("1795269802.117004");
	lines.options.text.time = TEXT_TIME_ISO;
	setenv("TZ", "XXX-05:30", 1);
	tzset();
	expect_time("2026-11-21T19:33:22.117+05:30");
	unsetenv("TZ");
	tzset();
	/* the first one is the time that the others count from */
	memory.has_time = memory.has_zone = false;
	lines.options.text.time = TEXT_TIME_DELTA;
	expect_time("2026-11-21 14:03:22.117 +00:00");
	sample.incident.time.tv_nsec += 20510000;
	expect_time("+20.5 ms");
	expect_time("+0 us");
	sample.incident.time.tv_sec -= 2;
	expect_time("-2.000 s");
	/* A capture can have any number. */
	sample.incident.time.tv_sec = INT64_MAX;
	lines.options.text.time = TEXT_TIME_LOCAL;
	expect_time("9223372036854775807.137514");
}

/* --- command lines --- */

static void expect_cut(const char *const *args, const char *expected)
{
	sample_set_cmdline(&sample.incident.process.cmdline, args);
	lines.options.is_terminal = true;
	lines.options.width = 40;
	sample_expect_line(&lines, &sample, "    who", expected);
}

static void test_command_line(void **state)
{
	static const char *const fits[] = { "./server", "--listen", "--port",
					    "8088",	"abcdefg",  NULL };
	static const char *const many[] = { "./server", "--listen", "--port", "8088",
					    "abcdefgh", "x",	    "y",      NULL };
	static const char *const script[] = { "sh", "-c", "while true; do date; sleep 1; done", "x",
					      NULL };
	cleanup(cleanup_free) char *text = NULL;

	expect_cut(fits, "    who     ./server --listen --port");
	text = sample_render(&lines, &sample);
	assert_non_null(strstr(text, "\n            8088 abcdefg  uid 1000\n"));
	expect_cut(many, "    who     ./server --listen --port");
	free(text);
	text = sample_render(&lines, &sample);
	assert_non_null(
		strstr(text, "\n            8088 abcdefgh\n"
			     "            ... 2 more arguments\n            (--full)  uid 1000\n"));
	expect_cut(script, "    who     sh -c 'while true; do date;");
	free(text);
	text = sample_render(&lines, &sample);
	assert_non_null(strstr(text, "\n            sleep 1;'... 1 more argument\n"
				     "            (--full)  uid 1000\n"));
	lines.options.text.full = true;
	free(text);
	text = sample_render(&lines, &sample);
	assert_null(strstr(text, "--full"));
}

#define WIDE "\xe6\xbc\xa2" /* two columns */

/* Cut between characters, and not inside of the escapes of bytes. */
static void test_cut_at_characters(void **state)
{
	static const char *const wide[] = { "x",
					    "=" WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE
						    WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE,
					    NULL };
	cleanup(cleanup_free) char *text = NULL;

	expect_cut(wide, "    who     x");
	text = sample_render(&lines, &sample);
	assert_non_null(strstr(text, WIDE "..."));
	for (const char *at = text; (at = strstr(at, "\n")) && at[1]; at++)
		assert_true(layout_columns(at + 1, strcspn(at + 1, "\n")) <= 40);
	assert_null(strstr(text, "\\x"));
}

static void test_names_cut_by_the_kernel(void **state)
{
	lines.options.width = 1000;
	/* 15 bytes: four characters, and two bytes of the fifth */
	strcpy(sample.incident.process.comm, "a" WIDE WIDE WIDE WIDE "\xe6\xbc");
	expect_line("2026", "2026-11-21 14:03:22.117 +00:00  a" WIDE WIDE WIDE WIDE
			    "...[812 server] killed by SIGPIPE");
	/* 14 bytes: nobody has cut it, so it has these bytes */
	strcpy(sample.incident.process.comm, WIDE WIDE WIDE WIDE "\xe6\xbc");
	expect_line("2026", "2026-11-21 14:03:22.117  " WIDE WIDE WIDE WIDE
			    "\\xe6\\xbc[812 server] killed by SIGPIPE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_zone_once, begin),
		cmocka_unit_test_setup(test_zone_changes, begin),
		cmocka_unit_test_setup(test_date, begin),
		cmocka_unit_test_setup(test_time_formats, begin),
		cmocka_unit_test_setup(test_command_line, begin),
		cmocka_unit_test_setup(test_cut_at_characters, begin),
		cmocka_unit_test_setup(test_names_cut_by_the_kernel, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
