// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules about options that exclude each other, or that need another one. */
#include <signal.h>
#include <string.h>

#include "cleanup.h"
#include "parse_state.h"
#include "units.h"

static size_t row_of(const char *name)
{
	size_t i;

	for (i = 0; strcmp(option_table[i].name, name) != 0; i++)
		;
	return i;
}

static bool is_given(const struct parse *parse, const char *name)
{
	size_t row = row_of(name);

	return parse->given[row] || parse->lines[row];
}

/* Like refuse(), for a rule about the option NAME: with its place, if the file has set it. */
#define refuse_option(parse, name, format, ...)                                          \
	((parse)->lines[row_of(name)]                                                    \
		 ? config_refuse(&(parse)->errors, (parse)->lines[row_of(name)], format, \
				 ##__VA_ARGS__)                                          \
		 : refuse(format, ##__VA_ARGS__))

/* The first error of a command line is enough; a file has all of its errors told. */
static bool must_stop(const struct parse *parse, int err)
{
	return err && !parse->options.file;
}

/* Pairs that cannot be used together; a NULL is COMMAND. */
static const struct {
	const char *one, *other;
} exclusions[] = {
	{ "read", NULL },	   { "pid", NULL },	   { "tid", NULL },
	{ "follow", "no-follow" }, { "quiet", "verbose" }, { "stack-depth", "full" },
};

static int check_exclusions(struct parse *parse)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exclusions); i++) {
		const char *one = exclusions[i].one, *other = exclusions[i].other;

		if (!is_given(parse, one))
			continue;
		if (!other && parse->options.argv)
			return refuse_option(parse, one,
					     "option --%s and a COMMAND cannot be used together",
					     one);
		if (other && is_given(parse, other))
			return refuse_option(parse, one,
					     "options --%s and --%s cannot be used together", one,
					     other);
	}
	return 0;
}

/* An option that has no effect in this run is an error: the user expects something from it. */
int check_run(const struct parse *parse)
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
	if (parse->check && parse->options.config && parse->given[row_of("format")])
		return refuse("option --format cannot be used with check --config");
	return 0;
}

/* An output is appended to while the capture is read. The "-" of --read is stdin, that of --output
 * stdout. */
static int check_files(struct parse *parse)
{
	const struct options *options = &parse->options;

	if (options->read && !options_is_standard(options->read) &&
	    options_have_output(options, options->read))
		return refuse("options --output and --read name the same file");
	if (options->write && options_have_output(options, options->write))
		return refuse_option(parse, "write",
				     "options --output and --write name the same file");
	if (options->write && options_is_standard(options->write) && !options->output_count &&
	    !options->to_count)
		return refuse_option(
			parse, "write",
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
	return refuse_option(
		parse, "format",
		"option --format has no effect: '%s' sets another format; use FORMAT:FILE",
		text_of(&path));
}

/* Options that are of use only with another one. */
static int check_about_outputs(struct parse *parse)
{
	static const char *const about_files[] = {
		"output-mode", "truncate",    "rotate-size",
		"rotate-time", "rotate-keep", "rotate-compress",
	};
	static const char *const about_rotation[] = { "rotate-keep", "rotate-compress" };
	const struct options *options = &parse->options;
	int err = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(about_files) && !must_stop(parse, err); i++) {
		if (is_given(parse, about_files[i]) && !options->output_count && !options->write)
			err = refuse_option(parse, about_files[i],
					    "option --%s needs --output or --write",
					    about_files[i]);
	}
	for (i = 0; i < ARRAY_SIZE(about_rotation) && !must_stop(parse, err); i++) {
		if (is_given(parse, about_rotation[i]) && !options_rotate(options))
			err = refuse_option(parse, about_rotation[i],
					    "option --%s needs --rotate-size or --rotate-time",
					    about_rotation[i]);
	}
	return err;
}

static int check_metrics(struct parse *parse)
{
	if (is_given(parse, "metrics-label") && !options_have_metrics(&parse->options))
		return refuse_option(parse, "metrics-label",
				     "option --metrics-label needs --metrics");
	return 0;
}

/* Two that share a directory would send the requests of each other. */
static int check_spool(struct parse *parse)
{
	const struct options *options = &parse->options;
	size_t count = 0, i;

	for (i = 0; i < options->to_count; i++)
		count += options->to[i].kind == DESTINATION_OTLP;
	if (options->spool && !count)
		return refuse_option(parse, "spool", "option --spool needs --to otlp");
	if (options->spool && count > 1)
		return refuse_option(parse, "spool",
				     "option --spool can be used with one --to otlp only");
	return 0;
}

static int check_follow(struct parse *parse)
{
	const struct options *options = &parse->options;

	if (options->follow && !options->pid_count && !options->argv)
		return refuse_option(parse, "follow", "option --follow needs --pid or a COMMAND");
	if (options->no_follow && !options->argv)
		return refuse_option(parse, "no-follow", "option --no-follow needs a COMMAND");
	return 0;
}

/* What one option asks for, another one leaves out. */
static int check_effects(struct parse *parse)
{
	const struct options *options = &parse->options;
	bool has_sigpipe = !options->signals || options->signals & UINT64_C(1) << (SIGPIPE - 1);

	if (is_given(parse, "stack-size") &&
	    (options->stack == STACK_NONE || options->stack == STACK_KERNEL))
		return refuse_option(
			parse, "stack-size",
			"option --stack-size has no effect: --stack %s copies no stack "
			"memory",
			options->stack == STACK_NONE ? "none" : "kernel");
	if (is_given(parse, "epipe") && options->epipe != EPIPE_NONE && !has_sigpipe)
		return refuse_option(
			parse, "epipe",
			"option --epipe has no effect: it needs PIPE among the signals "
			"of --signal");
	return 0;
}

static int check_strip_memory(struct parse *parse)
{
	if (parse->options.strip_memory && !parse->options.write)
		return refuse_option(parse, "strip-memory", "option --strip-memory needs --write");
	return 0;
}

int check_rules(struct parse *parse)
{
	static int (*const rules[])(struct parse *) = {
		check_exclusions,    check_follow,  check_strip_memory,
		check_about_outputs, check_metrics, check_spool,
		check_files,	     check_effects, settle_formats,
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rules) && !must_stop(parse, err); i++)
		err = rules[i](parse) ?: err;
	return err;
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

/* Where incidents go is decided at one place, with all that belongs to it. */
static void override_outputs(const struct parse *parse, bool ret_overridden[OPTION_ROWS_MAX])
{
	static const char *const outputs[] = { "output", "to", "write", NULL };
	static const char *const about_outputs[] = {
		"output",	"to",	       "write",	      "format",	       "output-mode",
		"truncate",	"rotate-size", "rotate-time", "rotate-keep",   "rotate-compress",
		"strip-memory", "spool",       "metrics",     "metrics-label", NULL,
	};
	bool has_outputs = false;

	for (size_t i = 0; i < option_count; i++)
		has_outputs |= parse->given[i] && is_one_of(option_table[i].name, outputs);
	for (size_t i = 0; i < option_count; i++)
		ret_overridden[i] |= has_outputs && is_one_of(option_table[i].name, about_outputs);
}

void override(const struct parse *parse, bool ret_overridden[OPTION_ROWS_MAX])
{
	memcpy(ret_overridden, parse->given, sizeof(parse->given));
	for (size_t i = 0; i < ARRAY_SIZE(exclusions); i++) {
		if (!exclusions[i].other)
			continue;
		if (parse->given[row_of(exclusions[i].one)])
			ret_overridden[row_of(exclusions[i].other)] = true;
		if (parse->given[row_of(exclusions[i].other)])
			ret_overridden[row_of(exclusions[i].one)] = true;
	}
	override_outputs(parse, ret_overridden);
}
