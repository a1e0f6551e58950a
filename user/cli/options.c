// SPDX-License-Identifier: GPL-2.0-or-later
/* The walk over argv with getopt_long, and then the file of --config. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>

#include "cleanup.h"
#include "nearest.h"
#include "parse_state.h"
#include "units.h"

#define DEFAULT_BUFFER_BYTES (2u << 20)
#define DEFAULT_STACK_BYTES 16384
#define DEFAULT_BURST 10
#define DEFAULT_WINDOW_NS NSEC_PER_SEC
#define DEFAULT_RATE_EACH 100
#define DEFAULT_RATE_ALL 1000
/* Incidents have command lines, which can hold secrets. */
#define DEFAULT_OUTPUT_MODE 0600
#define DEFAULT_ROTATE_KEEP 7
#define LONG_ONLY 256 /* getopt's value of row N is LONG_ONLY + N */

static const struct option_spec *find_spec(int value)
{
	size_t i;

	if (value >= LONG_ONLY)
		return &option_table[value - LONG_ONLY];
	for (i = 0; i < option_count; i++) {
		if (option_table[i].letter && option_table[i].letter == value)
			return &option_table[i];
	}
	return NULL;
}

static int take_option(struct parse *parse, const struct option_spec *spec, const char *text)
{
	cleanup(strbuf_free) struct strbuf why = { 0 };
	int err;

	/* It was right when the trace began, and now it must not ask who a user is. */
	err = parse->again && spec->completion == COMPLETE_USER
		      ? 0
		      : spec->parse(spec, text, &parse->options, &why);
	if (err)
		return refuse("option --%s: %s", spec->name, text_of(&why));
	parse->given[spec - option_table] = true;
	parse->seen = optind;
	return 0;
}

/* WORD is "--NAME" or "--NAME=TEXT", and there is no such option. */
static int refuse_name(const char *word)
{
	cleanup(strbuf_free) struct strbuf line = { 0 };
	cleanup(cleanup_free) char *name = strndup(word + 2, strcspn(word + 2, "="));
	const char *nearest = name ? option_nearest(name) : NULL;

	strbuf_add_text(&line, "unknown option '");
	strbuf_add_escaped(&line, word, strlen(word));
	strbuf_add_text(&line, "'");
	if (nearest)
		strbuf_printf(&line, "; did you mean --%s?", nearest);
	return refuse("%s", text_of(&line));
}

/* getopt_long returned '?' at WORD. */
static int refuse_unknown(const char *word)
{
	cleanup(strbuf_free) struct strbuf line = { 0 };
	const struct option_spec *spec = optopt ? find_spec(optopt) : NULL;
	size_t i, matches = 0;

	if (spec)
		return refuse("option --%s takes no argument", spec->name);
	if (optopt) {
		char letter = (char)optopt;

		strbuf_add_text(&line, "unknown option '-");
		strbuf_add_escaped(&line, &letter, 1);
		strbuf_add_text(&line, "'");
		return refuse("%s", text_of(&line));
	}
	strbuf_add_escaped(&line, word, strcspn(word, "="));
	strbuf_add_text(&line, "' is ambiguous:");
	for (i = 0; i < option_count; i++) {
		if (strncmp(option_table[i].name, word + 2, strcspn(word + 2, "=")))
			continue;
		strbuf_printf(&line, "%s --%s", matches++ ? "," : "", option_table[i].name);
	}
	if (matches)
		return refuse("option '%s", text_of(&line));
	return refuse_name(word);
}

/*
 * getopt_long takes the beginning of a name for the name. A script that relies on it breaks when
 * sigpath gets another option. WORD is the one at which getopt_long found SPEC.
 */
static int check_name(const struct option_spec *spec, const char *word)
{
	size_t length = strcspn(word, "=");

	if (strncmp(word, "--", 2) != 0 || strlen(spec->name) == length - 2)
		return 0;
	return refuse("option '%.*s' is incomplete: write --%s", (int)length, word, spec->name);
}

/* WORD is not an option and stands before any "--". */
static int take_word(struct parse *parse, const char *word)
{
	cleanup(strbuf_free) struct strbuf escaped = { 0 };
	struct nearest nearest = { 0 };

	if (!parse->saw_word && (!strcmp(word, "trace") || !strcmp(word, "check"))) {
		parse->saw_word = true;
		parse->check = !strcmp(word, "check");
		return 0;
	}
	strbuf_add_escaped(&escaped, word, strlen(word));
	if (parse->saw_word)
		return refuse("unexpected argument '%s'; put '--' before a program to run",
			      text_of(&escaped));
	nearest_add(&nearest, word, "trace");
	nearest_add(&nearest, word, "check");
	if (nearest.word)
		return refuse("'%s': expected trace or check; did you mean '%s'?",
			      text_of(&escaped), nearest.word);
	return refuse(
		"'%s' is not a command of sigpath (trace, check); to run a program, use: sigpath -- %s",
		text_of(&escaped), text_of(&escaped));
}

static void build_getopt(char *ret_letters, struct option *ret_longs)
{
	size_t i;

	/* '+': stop at the first word that is no option; ':': tell a missing argument apart. */
	*ret_letters++ = '+';
	*ret_letters++ = ':';
	for (i = 0; i < option_count; i++) {
		ret_longs[i] = (struct option){
			.name = option_table[i].name,
			.has_arg = option_table[i].argument ? required_argument : no_argument,
			.val = LONG_ONLY + (int)i,
		};
		if (!option_table[i].letter)
			continue;
		*ret_letters++ = option_table[i].letter;
		if (option_table[i].argument)
			*ret_letters++ = ':';
	}
	*ret_letters = '\0';
	ret_longs[i] = (struct option){ 0 };
}

static int take_options(struct parse *parse, int argc, char **argv)
{
	char letters[2 * OPTION_ROWS_MAX + 3];
	struct option longs[OPTION_ROWS_MAX + 1];
	const struct option_spec *spec;
	int value, err, word = optind ?: 1;

	build_getopt(letters, longs);
	for (; (value = getopt_long(argc, argv, letters, longs, NULL)) != -1; word = optind) {
		if (value == ':') {
			spec = find_spec(optopt);
			err = check_name(spec, argv[word]);
			if (err)
				return err;
			return refuse("option --%s needs an argument: %s", spec->name,
				      spec->argument);
		}
		if (value == '?')
			return refuse_unknown(argv[optind - 1]);
		spec = find_spec(value);
		err = value < LONG_ONLY ? 0 : check_name(spec, argv[word]);
		if (!err)
			err = take_option(parse, spec, spec->argument ? optarg : NULL);
		if (err || parse->options.command != COMMAND_TRACE)
			return err;
	}
	return 0;
}

static int take_argv(struct parse *parse, int argc, char **argv)
{
	int err;

	optind = 0; /* glibc and musl: start afresh */
	opterr = 0;
	parse->seen = 1;
	for (;;) {
		err = take_options(parse, argc, argv);
		if (err || parse->options.command != COMMAND_TRACE)
			return err;
		/* getopt steps over a "--" that ends the options, not over any other word. */
		if (optind > parse->seen)
			break;
		if (optind >= argc)
			return 0;
		err = take_word(parse, argv[optind]);
		if (err)
			return err;
		parse->seen = ++optind;
	}
	if (optind >= argc)
		return refuse("'--' must be followed by a COMMAND");
	if (!*argv[optind])
		return refuse("the COMMAND after '--' is empty");
	parse->options.argv = argv + optind;
	return 0;
}

bool options_follow(const struct options *options)
{
	return options->follow || (options->argv && !options->no_follow);
}

bool options_rotate(const struct options *options)
{
	return options->rotation.bytes || options->rotation.period_ns;
}

bool options_is_standard(const char *path)
{
	return !strcmp(path, "-");
}

/* What the file of --config has now; NULL: the trace has not begun. */
struct parse_file {
	char *bytes; /* NULL: they were taken */
	size_t size;
};

static int take_file(struct parse *parse, struct parse_file *again)
{
	struct options *options = &parse->options;
	struct config_values values = { .options = options, .again = again };
	int err;

	override(parse, values.overridden);
	parse->errors.path = options->config;
	if (again)
		err = config_load_bytes(options->config, take_ptr(again->bytes), again->size,
					&values, &parse->errors, &options->file);
	else
		err = config_load(options->config, &values, &parse->errors, &options->file);
	if (!err)
		memcpy(parse->lines, options->file->values.lines, sizeof(parse->lines));
	return err;
}

static int take_all(struct parse *parse, int argc, char **argv, struct parse_file *again)
{
	int err = take_argv(parse, argc, argv);

	if (err || parse->options.command != COMMAND_TRACE)
		return err;
	err = check_run(parse);
	if (!err && parse->options.config)
		err = take_file(parse, again);
	if (!err)
		err = check_rules(parse);
	config_refuse_rest(&parse->errors);
	if (err == -ENOMEM)
		log_error("out of memory");
	return err;
}

static int parse_all(int argc, char **argv, struct parse_file *again, struct options *ret_options)
{
	struct parse parse = { .options = { .buffer_bytes = DEFAULT_BUFFER_BYTES,
					    .stack_bytes = DEFAULT_STACK_BYTES,
					    .burst = DEFAULT_BURST,
					    .window_ns = DEFAULT_WINDOW_NS,
					    .rate_each = DEFAULT_RATE_EACH,
					    .rate_all = DEFAULT_RATE_ALL,
					    .output_mode = DEFAULT_OUTPUT_MODE,
					    .rotation.keep = DEFAULT_ROTATE_KEEP },
			       .again = again };
	struct options *options = &parse.options;
	int err = take_all(&parse, argc, argv, again);

	if (err) {
		options_free(options);
		return err;
	}
	/* Without -s a replay shows every signal that the capture holds. */
	if (!options->signals && !options->fatal)
		options->signals = options->read ? UINT64_MAX : UINT64_C(1) << (SIGPIPE - 1);
	if (parse.check)
		options->command = COMMAND_CHECK;
	options->own = argv;
	options->own_count = options->argv ? options->argv - argv : argc;
	*ret_options = parse.options;
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	return parse_all(argc, argv, NULL, ret_options);
}

int options_read_again(const struct options *options, char *bytes, size_t size,
		       struct options *ret_options)
{
	struct parse_file again = { bytes, size };
	int argc = 0, err;

	while (options->own[argc])
		argc++;
	err = parse_all(argc, (char **)options->own, &again, ret_options);
	free(again.bytes);
	return err;
}

bool options_differ(const struct options *one, const struct options *other, size_t row)
{
	return !one->file->values.overridden[row] &&
	       !config_text_agree(&one->file->text, &other->file->text, &option_table[row]);
}

void options_free(struct options *options)
{
	config_free(options->file);
	options->file = NULL;
}
