// SPDX-License-Identifier: GPL-2.0-or-later
/* --config: what a file means beside a command line, and what is wrong with one. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config_case.h"
#include "config_text.h"
#include "units.h"

/* TEXT has these errors, each a line without "sigpath: PATH:". */
static void refuse_text(const char *text, const char *const *words, const char *const *wanted)
{
	cleanup(cleanup_free) char *errors = NULL;
	struct options options;
	char *rest, *line;

	assert_int_equal(parse_text_of(text, words, &options, &errors), -EINVAL);
	rest = errors;
	for (size_t i = 0; wanted[i]; i++) {
		line = strsep(&rest, "\n");
		if (!line || strncmp(line, "sigpath: ", 9) != 0 ||
		    strncmp(line + 9, path, strlen(path)) != 0)
			fail_msg("no '%s' but '%s'", wanted[i], line ?: "");
		assert_string_equal(line + 9 + strlen(path), wanted[i]);
	}
	assert_string_equal(rest, "");
}

static void values_are_those_of_the_command_line(void **state)
{
	struct options options;

	take("# comment\n"
	     "\n"
	     "  comm\t=  web server \n"
	     "count=3\r\n"
	     "signal = TERM,KILL\n"
	     "signal = PIPE\n"
	     "\t# output = no\n"
	     "output = json:a b.txt\n"
	     "output = c.log\n"
	     "class = !pipeline_done\n"
	     "min-severity = warning\n"
	     "rotate-compress = no\n"
	     "quiet = yes\n"
	     "verbose = no\n"
	     "duration = 5m",
	     NULL, &options);
	assert_one_name(&options.comms, "web server");
	assert_int_equal(options.count, 3);
	assert_int_equal(options.signals, 1 << 14 | 1 << 8 | 1 << 12);
	assert_int_equal(options.output_count, 2);
	assert_string_equal(options.outputs[0].path, "a b.txt");
	assert_int_equal(options.outputs[0].format, FORMAT_JSON);
	assert_string_equal(options.outputs[1].path, "c.log");
	assert_int_equal(options.classes_not, 1u << CLASS_PIPELINE_DONE);
	assert_int_equal(options.min_severity, SEVERITY_WARNING);
	assert_false(options.rotation.compress);
	assert_true(options.quiet);
	assert_false(options.verbose);
	assert_int_equal(options.duration_ns, 300 * NSEC_PER_SEC);
	/* Defaults. */
	assert_int_equal(options.burst, 10);
	options_free(&options);
}

static void an_empty_file_is_right(void **state)
{
	struct options options;

	take("", NULL, &options);
	assert_int_equal(options.comms.count, 0);
	assert_int_equal(options.signals, 1 << 12);
	options_free(&options);
}

static void quotes(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{ "comm = \" a \"", " a " },	 { "comm = \"a # b\" ", "a # b" },
		{ "comm = a#b", "a#b" },	 { "comm = \"a\\\"b\\\\c\\n\"", "a\"b\\c\\n" },
		{ "comm = a \"b\"", "a \"b\"" }, { "comm = 'a'", "'a'" },
		{ "comm = a=b", "a=b" },	 { "comm = a\\\"", "a\\\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct options options;

		take(cases[i].text, NULL, &options);
		assert_one_name(&options.comms, cases[i].value);
		options_free(&options);
	}
}

static void all_errors_are_said(void **state)
{
	static const char text[] = "comm = a # b\n"
				   "foo = 1\n"
				   "--comm = b\n"
				   "follow\n"
				   "quiet = maybe\n"
				   "cgroup = twice\n"
				   "cgroup = thrice\n"
				   "count =\n"
				   "count = \"\"\n"
				   "stack = \"all\n"
				   "stack = \"all\" none\n"
				   "user = no such user\n"
				   "epipe = some\n"
				   "= 3\n"
				   "[sigpath]\n"
				   "p = 1\n"
				   "dur = 1\n"
				   "ouput = x\n";
	static const char *const wanted[] = {
		":1: a comment needs a line of its own; a value that has a '#' behind a blank needs "
		"double quotes",
		":2: unknown option 'foo'",
		":3: an option is written without '--' here: '--comm'",
		":4: not of the form 'name = value': 'follow'",
		":5: quiet is yes or no",
		":7: cgroup was already set in line 6",
		":8: a value is missing behind '='",
		":9: count: '': expected a number",
		":10: a value has no closing '\"'",
		":11: something follows the closing '\"' of a value",
#ifdef SIGPATH_STATIC
		":12: user: 'no such user' is not in /etc/passwd, and a static sigpath knows no "
		"other users; give the number",
#else
		":12: user: 'no such user' is not a user of this host",
#endif
		":13: epipe: 'some': expected stream, all or none",
		":14: unknown option ''",
		":15: not of the form 'name = value': '[sigpath]'",
		":16: unknown option 'p'",
		":17: unknown option 'dur'",
		":18: unknown option 'ouput'; did you mean 'output'?",
		NULL,
	};

	refuse_text(text, NULL, wanted);
}

/* And errors of options that the command line gives too. */
static void errors_beside_a_command_line(void **state)
{
	static const char *const words[] = { "--comm", "x", "-o", "y", NULL };
	static const char *const wanted[] = {
		":1: comm: '0123456789abcdef' has 16 bytes, but the kernel keeps only the first 15 of a "
		"name",
		":3: output: 'a' is already an output",
		NULL,
	};

	refuse_text("comm = 0123456789abcdef\noutput = a\noutput = a\n", words, wanted);
}

static void options_that_are_for_the_command_line(void **state)
{
	static const char *const wanted[] = {
		":1: help is for the command line alone: it prints and exits",
		":2: version is for the command line alone: it prints and exits",
		":3: config is for the command line alone: a configuration file does not name another "
		"one",
		":4: read is for the command line alone: a file configures a trace, not a replay",
		":5: pid is for the command line alone: it names processes that live now",
		":6: tid is for the command line alone: it names a thread that lives now",
		NULL,
	};

	refuse_text("help = yes\nversion = yes\nconfig = x\nread = x\npid = 1\ntid = 1\n", NULL,
		    wanted);
}

static void rules_about_several_options(void **state)
{
	static const char *const wanted[] = {
		":2: option --follow needs --pid or a COMMAND",
		":1: option --strip-memory needs --write",
		":4: option --rotate-keep needs --output or --write",
		":4: option --rotate-keep needs --rotate-size or --rotate-time",
		":6: option --stack-size has no effect: --stack none copies no stack memory",
		NULL,
	};
	static const char *const quiet[] = {
		":2: options --quiet and --verbose cannot be used together", NULL
	};

	refuse_text("strip-memory = yes\nfollow = yes\n\nrotate-keep = 3\nstack = none\n"
		    "stack-size = 8K\n",
		    NULL, wanted);
	refuse_text("verbose = yes\nquiet = yes\n", NULL, quiet);
}

static void many_errors_are_counted(void **state)
{
	cleanup(cleanup_free) char *errors = NULL;
	struct options options;
	char text[30 * 6 + 1], last[128];
	size_t lines = 0;

	for (size_t i = 0; i < 30; i++)
		memcpy(text + 6 * i, "a = 1\n", 7);
	assert_int_equal(parse_text_of(text, NULL, &options, &errors), -EINVAL);
	for (const char *at = errors; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, 21);
	snprintf(last, sizeof(last), "sigpath: %s: 10 more errors\n", path);
	assert_non_null(strstr(errors, last));
}

/* What a terminal would act on, and what is too long to be shown. */
static void hostile_bytes_are_escaped(void **state)
{
	static const char *const wanted[] = {
		":1: unknown option '\\x1b[2J\\xff'",
		":2: epipe: '\\x1b]0;x\\x07': expected stream, all or none",
		":3: unknown option "
		"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'",
		NULL,
	};
	char text[256] = "\x1b[2J\xff = 1\nepipe = \x1b]0;x\a\n";
	size_t length = strlen(text);

	memset(text + length, 'a', 100);
	strcpy(text + length + 100, " = 1\n");
	refuse_text(text, NULL, wanted);
}

static void refuse_bytes(const void *bytes, size_t size, const char *wanted)
{
	write_bytes(bytes, size);
	refuse_text(NULL, NULL, (const char *const[]){ wanted, NULL });
}

static void what_is_no_text(void **state)
{
	cleanup(cleanup_free) char *large = malloc(CONFIG_BYTES_MAX + 1);
	struct options options;

	refuse_bytes("comm = a\0b\n", 11, ":1: the line has a NUL byte");
	memset(large, '#', CONFIG_BYTES_MAX + 1);
	refuse_bytes(large, CONFIG_LINE_MAX + 1, ":1: the line is longer than 4096 bytes");
	refuse_bytes(large, CONFIG_BYTES_MAX + 1, ": it is larger than 64 KiB");
	memset(large, '\n', CONFIG_BYTES_MAX);
	write_bytes(large, CONFIG_BYTES_MAX);
	take(NULL, NULL, &options);
	options_free(&options);
}

static void the_command_line_wins(void **state)
{
	static const char text[] =
		"comm = file\nsignal = TERM\nobject = pipe\nobject = tcp\n"
		"output = file.json\nto = journal\nrotate-size = 1M\nformat = json\n"
		"verbose = yes\nburst = 3\nmetrics = :9540\nmetrics = a.prom\nmetrics-label = unit\n";
	static const char *const words[] = { "--comm",	 "x",	 "-s", "KILL",
					     "--object", "unix", "-q", NULL };
	static const char *const output[] = { "-o", "-", NULL };
	struct options options;

	take(text, words, &options);
	assert_one_name(&options.comms, "x");
	assert_int_equal(options.signals, 1 << 8);
	assert_int_equal(options.objects, 1u << EV_OBJECT_UNIX);
	assert_true(options.quiet && !options.verbose);
	assert_int_equal(options.burst, 3);
	assert_int_equal(options.output_count, 1);
	assert_int_equal(options.to_count, 1);
	assert_int_equal(options.metrics.port, 9540);
	assert_string_equal(options.metrics.file, "a.prom");
	options_free(&options);
	take(text, output, &options);
	assert_string_equal(options.outputs[0].path, "-");
	assert_int_equal(options.outputs[0].format, FORMAT_TEXT);
	assert_int_equal(options.output_count, 1);
	assert_int_equal(options.to_count, 0);
	assert_int_equal(options.rotation.bytes, 0);
	assert_false(options_have_metrics(&options));
	assert_one_name(&options.comms, "file");
	options_free(&options);
}

/* Everything that a file can have, from the table. */
static void every_option_is_known(void **state)
{
	static const char *const refused[] = { "help", "version", "config", "read", "pid", "tid" };

	for (size_t i = 0; i < option_count; i++) {
		cleanup(cleanup_free) char *errors = NULL;
		const struct option_spec *option = &option_table[i];
		struct options options;
		bool is_refused = false;
		char text[64];

		for (size_t k = 0; k < ARRAY_SIZE(refused); k++)
			is_refused |= !strcmp(refused[k], option->name);
		snprintf(text, sizeof(text), "%s = %s\n", option->name,
			 option->argument ? "" : "no");
		if (!parse_text_of(text, NULL, &options, &errors)) {
			assert_false(is_refused || option->argument);
			options_free(&options);
			continue;
		}
		if (!strstr(errors, is_refused ? "for the command line" : "a value is missing"))
			fail_msg("%s: %s", option->name, errors);
	}
}

static void only_traces_have_one(void **state)
{
	static const char *const replay[] = { "-r", "x", NULL };
	static const char *const json[] = { "--format", "json", NULL };
	const char *check[WORDS_MAX] = { "check", "--config", path };
	cleanup(cleanup_free) char *errors = NULL, *errors_of_json = NULL, *none = NULL;
	char *argv[WORDS_MAX + 2];
	struct options options;

	assert_int_equal(parse_text_of("foo\n", replay, &options, &errors), -EINVAL);
	assert_string_equal(
		errors,
		"sigpath: option --config cannot be used with --read (see sigpath --help)\n");
	check[3] = json[0];
	check[4] = json[1];
	assert_int_equal(parse(check, &options, &errors_of_json, argv), -EINVAL);
	assert_string_equal(errors_of_json,
			    "sigpath: option --format cannot be used with check --config (see "
			    "sigpath --help)\n");
	write_bytes("comm = a\n", 9);
	check[3] = NULL;
	assert_int_equal(parse(check, &options, &none, argv), 0);
	assert_int_equal(options.command, COMMAND_CHECK);
	options_free(&options);
}

/* The file that is installed: as it is, and each of its examples. */
static void the_example(void **state)
{
	cleanup(cleanup_fclose) FILE *file = fopen(EXAMPLE, "r");
	char line[256], all[8192] = "";
	struct options options;
	size_t count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		const char *text = line;

		if (line[0] == '#' && line[1] >= 'a' && line[1] <= 'z') {
			text++;
			count++;
		}
		assert_true(strlen(all) + strlen(text) < sizeof(all));
		strcat(all, text);
	}
	assert_true(count > 8);
	take(all, NULL, &options);
	assert_int_equal(options.output_count, 1);
	options_free(&options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_those_of_the_command_line),
		cmocka_unit_test(an_empty_file_is_right),
		cmocka_unit_test(quotes),
		cmocka_unit_test(all_errors_are_said),
		cmocka_unit_test(errors_beside_a_command_line),
		cmocka_unit_test(options_that_are_for_the_command_line),
		cmocka_unit_test(rules_about_several_options),
		cmocka_unit_test(many_errors_are_counted),
		cmocka_unit_test(hostile_bytes_are_escaped),
		cmocka_unit_test(what_is_no_text),
		cmocka_unit_test(the_command_line_wins),
		cmocka_unit_test(every_option_is_known),
		cmocka_unit_test(only_traces_have_one),
		cmocka_unit_test(the_example),
	};

	return cmocka_run_group_tests_name("config", tests, make_directory, remove_directory);
}
