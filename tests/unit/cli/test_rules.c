// SPDX-License-Identifier: GPL-2.0-or-later
/* The runs in which each option is allowed, and the limits of lists. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "command_line.h"
#include "option_table.h"
#include "units.h"

/* Of --config. */
static char empty_file[] = "/tmp/sigpath-rules-XXXXXX";

/* An argument that the option takes. */
static const char *argument_of(const struct option_spec *spec)
{
	const struct {
		const char *name, *argument;
	} arguments[] = {
		{ "user", "0" },	 { "comm", "a" },	    { "cgroup", "/a" },
		{ "signal", "TERM" },	 { "stack-size", "8K" },    { "output", "o" },
		{ "write", "w" },	 { "buffer-size", "512K" }, { "output-mode", "640" },
		{ "rotate-size", "1M" }, { "config", empty_file },  { "peer", "::1" },
		{ "metrics", ":9540" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
		if (!strcmp(arguments[i].name, spec->name))
			return arguments[i].argument;
	}
	return option_word(spec, 0) ?: "1";
}

static bool is_about_outputs(const char *name)
{
	return !strcmp(name, "output-mode") || !strcmp(name, "truncate") ||
	       !strncmp(name, "rotate-", 7);
}

/* Every option with RUN (a word or two): taken where the table says so, and else refused. */
static void assert_run(const struct option_spec *spec, const char *const run[2],
		       enum option_run bit)
{
	const char *words[WORDS_MAX] = { run[0], run[1] };
	cleanup(cleanup_free) char *errors = NULL;
	char option[64], want[128], *argv[WORDS_MAX + 2];
	struct options options;
	size_t count = run[1] ? 2 : 1;

	snprintf(option, sizeof(option), "--%s", spec->name);
	words[count++] = option;
	if (spec->argument)
		words[count++] = argument_of(spec);
	/* It is not of use alone. */
	if (bit == RUN_REPLAY && is_about_outputs(spec->name)) {
		words[count++] = "-o";
		words[count++] = "o";
	}
	if (bit == RUN_REPLAY && !strncmp(spec->name, "rotate-", 7)) {
		words[count++] = "--rotate-size";
		words[count++] = "1M";
	}
	if (bit == RUN_REPLAY && !strcmp(spec->name, "metrics-label")) {
		words[count++] = "--metrics";
		words[count++] = ":9540";
	}
	if (bit == RUN_REPLAY && !strcmp(spec->name, "spool")) {
		words[count++] = "--to";
		words[count++] = "otlp";
	}
	snprintf(want, sizeof(want),
		 "sigpath: option --%s cannot be used with %s (see sigpath --help)\n", spec->name,
		 bit == RUN_CHECK ? "check" : "--read");
	if (parse(words, &options, &errors, argv))
		assert_string_equal(errors, want);
	else
		options_free(&options);
	assert_int_equal(!*errors, !!(spec->runs & bit));
}

static void refuses_what_has_no_effect(void **state)
{
	static const char *const replay[2] = { "-r", "x" }, *const check[2] = { "check" };
	size_t refused = 0;

	for (size_t i = 0; i < option_count; i++) {
		assert_run(&option_table[i], replay, RUN_REPLAY);
		assert_run(&option_table[i], check, RUN_CHECK);
		refused += !(option_table[i].runs & RUN_REPLAY);
	}
	/* follow no-follow exits epipe history stack-size duration write strip-memory burst window
	 * rate buffer-size run-as pidfile config */
	assert_int_equal(refused, 16);
}

static void takes_as_many_outputs_as_fit(void **state)
{
	cleanup(cleanup_free) char *errors = NULL;
	char *argv[2 * OPTIONS_OUTPUTS_MAX + 4], names[OPTIONS_OUTPUTS_MAX + 1][2];
	struct options options;
	struct capture capture;
	int argc = 0;

	argv[argc++] = "sigpath";
	for (int i = 0; i <= OPTIONS_OUTPUTS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "%c", 'a' + i);
		argv[argc++] = "-o";
		argv[argc++] = names[i];
	}
	argv[argc] = NULL;
	assert_int_equal(options_parse(argc - 2, argv, &options), 0);
	assert_int_equal(options.output_count, OPTIONS_OUTPUTS_MAX);
	capture = capture_start(STDERR_FILENO);
	assert_int_equal(options_parse(argc, argv, &options), -EINVAL);
	errors = capture_end(&capture);
	assert_string_equal(errors, "sigpath: option --output: 'i' exceeds the limit of 8 outputs "
				    "(see sigpath --help)\n");
}

/* "1,2,...,LAST,LAST": a PID that is given twice must count once. */
static char *pid_list(int last)
{
	char *list = calloc(1, (size_t)last * 8 + 16), *end = list;

	assert_non_null(list);
	for (int pid = 1; pid <= last; pid++)
		end += sprintf(end, "%d,", pid);
	sprintf(end, "%d", last);
	return list;
}

static void takes_as_many_pids_as_fit(void **state)
{
	cleanup(cleanup_free) char *full = pid_list(OPTIONS_PIDS_MAX);
	cleanup(cleanup_free) char *over = pid_list(OPTIONS_PIDS_MAX + 1);
	cleanup(cleanup_free) char *errors = NULL, *over_errors = NULL;
	const char *const full_words[WORDS_MAX] = { "-p", full };
	const char *const over_words[WORDS_MAX] = { "-p", over };
	char *argv[WORDS_MAX + 2];
	struct options options;

	assert_int_equal(parse(full_words, &options, &errors, argv), 0);
	assert_int_equal(options.pid_count, OPTIONS_PIDS_MAX);
	assert_int_equal(options.pids[OPTIONS_PIDS_MAX - 1], OPTIONS_PIDS_MAX);
	assert_int_equal(parse(over_words, &options, &over_errors, argv), -EINVAL);
	assert_string_equal(over_errors,
			    "sigpath: option --pid: '1025' exceeds the limit of 1024 PIDs "
			    "(see sigpath --help)\n");
}

static void refuses_an_item_of_any_length(void **state)
{
	cleanup(cleanup_free) char *errors = NULL;
	char item[400], *argv[WORDS_MAX + 2];
	const char *const words[WORDS_MAX] = { "-s", item };
	struct options options;

	memset(item, 'x', sizeof(item) - 1);
	item[sizeof(item) - 1] = '\0';
	assert_int_equal(parse(words, &options, &errors, argv), -EINVAL);
	assert_non_null(strstr(
		errors, "has an item of 399 bytes; the limit is 127 (see sigpath --help)\n"));
}

static int make_empty_file(void **state)
{
	return close(mkstemp(empty_file));
}

static int remove_empty_file(void **state)
{
	return unlink(empty_file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_has_no_effect),
		cmocka_unit_test(takes_as_many_outputs_as_fit),
		cmocka_unit_test(takes_as_many_pids_as_fit),
		cmocka_unit_test(refuses_an_item_of_any_length),
	};

	return cmocka_run_group_tests_name("rules", tests, make_empty_file, remove_empty_file);
}
