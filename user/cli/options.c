// SPDX-License-Identifier: GPL-2.0-or-later
/* The walk over argv with getopt_long, and the rules about options that exclude each other. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "option_table.h"
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

/* The state of one parse. */
struct parse {
	struct options options;
	bool given[OPTION_ROWS_MAX];
	bool saw_word;
	bool check; /* the command is check */
	int seen;   /* number of words of argv that are handled */
};

#define refuse(format, ...) (log_error(format " (see sigpath --help)", ##__VA_ARGS__), -EINVAL)

/* An empty strbuf, and one that had no memory, has no text. */
static const char *text_of(const struct strbuf *buf)
{
	return buf->text ? buf->text : "";
}

static bool is_given(const struct parse *parse, const char *name)
{
	size_t i;

	for (i = 0; i < option_count; i++) {
		if (!strcmp(option_table[i].name, name))
			return parse->given[i];
	}
	return false;
}

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

	err = spec->parse(spec, text, &parse->options, &why);
	if (err)
		return refuse("option --%s: %s", spec->name, text_of(&why));
	parse->given[spec - option_table] = true;
	parse->seen = optind;
	return 0;
}

/* getopt_long returned '?' at WORD. */
static int refuse_option(const char *word)
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
	strbuf_reset(&line);
	strbuf_add_escaped(&line, word, strlen(word));
	return refuse("unknown option '%s'", text_of(&line));
}

/* WORD is not an option and stands before any "--". */
static int take_word(struct parse *parse, const char *word)
{
	cleanup(strbuf_free) struct strbuf escaped = { 0 };

	if (!parse->saw_word && (!strcmp(word, "trace") || !strcmp(word, "check"))) {
		parse->saw_word = true;
		parse->check = !strcmp(word, "check");
		return 0;
	}
	strbuf_add_escaped(&escaped, word, strlen(word));
	if (parse->saw_word)
		return refuse("unexpected argument '%s'; put '--' before a program to run",
			      text_of(&escaped));
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
	int value, err;

	build_getopt(letters, longs);
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (value == ':') {
			spec = find_spec(optopt);
			return refuse("option --%s needs an argument: %s", spec->name,
				      spec->argument);
		}
		if (value == '?')
			return refuse_option(argv[optind - 1]);
		spec = find_spec(value);
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

bool options_rotate(const struct options *options)
{
	return options->rotation.bytes || options->rotation.period_ns;
}

bool options_is_standard(const char *path)
{
	return !strcmp(path, "-");
}

/* Pairs that cannot be used together; a NULL is COMMAND. */
static const struct {
	const char *one, *other;
} exclusions[] = {
	{ "read", NULL },
	{ "pid", NULL },
	{ "tid", NULL },
	{ "quiet", "verbose" },
};

static int check_exclusions(const struct parse *parse)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exclusions); i++) {
		const char *one = exclusions[i].one, *other = exclusions[i].other;

		if (!is_given(parse, one))
			continue;
		if (!other && parse->options.argv)
			return refuse("option --%s and a COMMAND cannot be used together", one);
		if (other && is_given(parse, other))
			return refuse("options --%s and --%s cannot be used together", one, other);
	}
	return 0;
}

/* An option that has no effect in this run is an error: the user expects something from it. */
static int check_run(const struct parse *parse)
{
	enum option_run run = parse->check	    ? RUN_CHECK
			      : parse->options.read ? RUN_REPLAY
						    : RUN_LIVE;
	size_t i;

	if (parse->check && parse->options.argv)
		return refuse("check takes no COMMAND");
	for (i = 0; i < option_count; i++) {
		if (parse->given[i] && !(option_table[i].runs & run))
			return refuse("option --%s cannot be used with %s", option_table[i].name,
				      parse->check ? "check" : "--read");
	}
	return 0;
}

/* An output is appended to while the capture is read. The "-" of --read is stdin, that of --output
 * stdout. */
static int check_files(const struct options *options)
{
	if (options->read && !options_is_standard(options->read) &&
	    options_have_output(options, options->read))
		return refuse("options --output and --read name the same file");
	if (options->write && options_have_output(options, options->write))
		return refuse("options --output and --write name the same file");
	if (options->write && options_is_standard(options->write) && !options->output_count &&
	    !options->to_count)
		return refuse(
			"option --write - needs --output FILE or --to, because incidents go to stdout by default");
	return 0;
}

static int settle_formats(struct parse *parse)
{
	cleanup(strbuf_free) struct strbuf path = { 0 };
	const struct options_output *other = outputs_settle(&parse->options);

	if (!other || !is_given(parse, "format"))
		return 0;
	strbuf_add_escaped(&path, other->path, strlen(other->path));
	return refuse("option --format has no effect: '%s' sets another format; use FORMAT:FILE",
		      text_of(&path));
}

/* Options that are of use only with another one. */
static int check_about_outputs(const struct parse *parse)
{
	static const char *const about_files[] = {
		"output-mode", "truncate",    "rotate-size",
		"rotate-time", "rotate-keep", "rotate-compress",
	};
	static const char *const about_rotation[] = { "rotate-keep", "rotate-compress" };
	const struct options *options = &parse->options;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(about_files); i++) {
		if (is_given(parse, about_files[i]) && !options->output_count && !options->write)
			return refuse("option --%s needs --output or --write", about_files[i]);
	}
	for (i = 0; i < ARRAY_SIZE(about_rotation); i++) {
		if (is_given(parse, about_rotation[i]) && !options_rotate(options))
			return refuse("option --%s needs --rotate-size or --rotate-time",
				      about_rotation[i]);
	}
	return 0;
}

static int check_combination(struct parse *parse)
{
	const struct options *options = &parse->options;

	if (options->follow && !options->pid_count && !options->argv)
		return refuse("option --follow needs --pid or a COMMAND");
	if (options->strip_memory && !options->write)
		return refuse("option --strip-memory needs --write");
	return check_about_outputs(parse) ?: check_files(options) ?: settle_formats(parse);
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	struct parse parse = { .options = { .buffer_bytes = DEFAULT_BUFFER_BYTES,
					    .stack_bytes = DEFAULT_STACK_BYTES,
					    .burst = DEFAULT_BURST,
					    .window_ns = DEFAULT_WINDOW_NS,
					    .rate_each = DEFAULT_RATE_EACH,
					    .rate_all = DEFAULT_RATE_ALL,
					    .output_mode = DEFAULT_OUTPUT_MODE,
					    .rotation.keep = DEFAULT_ROTATE_KEEP } };
	struct options *options = &parse.options;
	int err;

	err = take_argv(&parse, argc, argv);
	if (!err && options->command == COMMAND_TRACE)
		err = check_run(&parse) ?: check_exclusions(&parse) ?: check_combination(&parse);
	if (err)
		return err;
	/* Without -s a replay shows every signal that the capture holds. */
	if (!options->signals)
		options->signals = options->read ? UINT64_MAX : UINT64_C(1) << (SIGPIPE - 1);
	if (parse.check)
		options->command = COMMAND_CHECK;
	options->own = argv;
	options->own_count = options->argv ? options->argv - argv : argc;
	*ret_options = parse.options;
	return 0;
}
