// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What did the user ask for? The table of options, the walk over argv with getopt_long, and the
 * rules about what goes together.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "option_table.h"

#define DEFAULT_BUFFER_BYTES (2u << 20)
#define DEFAULT_STACK_BYTES 16384
#define DEFAULT_BURST 10
#define DEFAULT_WINDOW_NS 1000000000
#define LONG_ONLY 256 /* getopt's value of row N is LONG_ONLY + N */

static const struct option_word object_words[] = {
	{ "pipe", EV_OBJECT_PIPE },   { "fifo", EV_OBJECT_FIFO },
	{ "tcp", EV_OBJECT_TCP },     { "unix", EV_OBJECT_UNIX },
	{ "mptcp", EV_OBJECT_MPTCP }, { "sctp", EV_OBJECT_SCTP },
	{ "vsock", EV_OBJECT_VSOCK }, { "socket", EV_OBJECT_SOCKET },
	{ "file", EV_OBJECT_FILE },   { NULL, 0 },
};

static const struct option_word outcome_words[] = {
	{ "killed", EV_OUTCOME_KILLED },
	{ "ignored", EV_OUTCOME_IGNORED },
	{ "handled", EV_OUTCOME_HANDLED },
	{ "pending", EV_OUTCOME_PENDING },
	{ "suppressed", EV_OUTCOME_SUPPRESSED },
	{ "protected", EV_OUTCOME_PROTECTED },
	{ "traced", EV_OUTCOME_TRACED },
	{ "delivered", EV_OUTCOME_DELIVERED },
	{ NULL, 0 },
};

static const struct option_word epipe_words[] = {
	{ "stream", EPIPE_STREAM },
	{ "all", EPIPE_ALL },
	{ "none", EPIPE_NONE },
	{ NULL, 0 },
};

static const struct option_word history_words[] = {
	{ "all", HISTORY_ALL },
	{ "none", HISTORY_NONE },
	{ NULL, 0 },
};

static const struct option_word stack_words[] = {
	{ "all", STACK_ALL },
	{ "user", STACK_USER },
	{ "kernel", STACK_KERNEL },
	{ "none", STACK_NONE },
	{ NULL, 0 },
};

static const struct option_word format_words[] = {
	{ "text", FORMAT_TEXT },
	{ "json", FORMAT_JSON },
	{ NULL, 0 },
};

static const struct option_word advice_words[] = {
	{ "all", ADVICE_ALL },
	{ "none", ADVICE_NONE },
	{ NULL, 0 },
};

static const struct option_word color_words[] = {
	{ "auto", COLOR_AUTO },
	{ "always", COLOR_ALWAYS },
	{ "never", COLOR_NEVER },
	{ NULL, 0 },
};

/* The option ends the parse with this command. */
static int parse_help(const struct option_spec *spec, const char *text, struct options *ret_options,
		      struct strbuf *why)
{
	ret_options->command = COMMAND_HELP;
	return 0;
}

static int parse_version(const struct option_spec *spec, const char *text,
			 struct options *ret_options, struct strbuf *why)
{
	ret_options->command = COMMAND_VERSION;
	return 0;
}

#define TO(field) .offset = offsetof(struct options, field)

/* A row reads as a sentence. */
/* clang-format off */
const struct option_spec option_table[] = {
	{ "pid", 'p', "PID[,PID...]", "these processes; ends when the last of them has ended",
	  GROUP_WATCH, parse_pids, TO(pids), COMPLETE_PID, .list = true },
	{ "tid", 't', "TID", "this thread only",
	  GROUP_WATCH, parse_tid, TO(tid), COMPLETE_PID },
	{ "follow", 'f', NULL, "with -p or COMMAND: their children too",
	  GROUP_WATCH, parse_flag, TO(follow) },
	{ "user", 'u', "USER", "processes of this user (name or number)",
	  GROUP_WATCH, parse_user, TO(uid), COMPLETE_USER },
	{ "comm", 0, "NAME", "processes of this name (at most 15 bytes)",
	  GROUP_WATCH, parse_comm, TO(comm) },
	{ "cgroup", 0, "PATH", "processes in this cgroup and below: a directory of cgroup2, "
	  "or a path under its root",
	  GROUP_WATCH, parse_text, TO(cgroup), COMPLETE_DIRECTORY },

	{ "object", 0, "LIST", "only writes to these:",
	  GROUP_SELECT, parse_set, TO(objects), COMPLETE_WORDS, true, object_words },
	{ "outcome", 0, "LIST", "only what ended so:",
	  GROUP_SELECT, parse_set, TO(outcomes), COMPLETE_WORDS, true, outcome_words },
	{ "signal", 's', "LIST", "these signals instead of PIPE, by name or number, whoever sent "
	  "them",
	  GROUP_SELECT, parse_signals, TO(signals), COMPLETE_SIGNAL, .list = true },
	{ "epipe", 0, "WHICH", "EPIPE without a signal: stream sees TCP's where the kernel allows, at no "
	  "cost to other sends; all sees every socket's and runs at the end of every send (some 25 ns "
	  "each; without the tracepoint sock_send_length more, see check); one of",
	  GROUP_SELECT, parse_choice, TO(epipe), COMPLETE_WORDS, false, epipe_words },

	{ "history", 0, "WHICH", "who closed the other end, and when: all watches connections (some 1 us "
	  "in the life of each) and closes; none leaves it to what the broken socket knows; one of",
	  GROUP_SELECT, parse_choice, TO(history), COMPLETE_WORDS, false, history_words },
	{ "stack", 0, "WHICH", "stacks of the failing thread to keep: the program's, the kernel's; one of",
	  GROUP_SELECT, parse_choice, TO(stack), COMPLETE_WORDS, false, stack_words },
	{ "stack-size", 0, "SIZE", "of the program's stack to copy, 4K to 32K, a multiple of 4K; default 16K",
	  GROUP_SELECT, parse_stack_size, TO(stack_bytes) },

	{ "duration", 'd', "TIME", "after this time: 5, 1.5s, 500ms, 2m, 1h",
	  GROUP_STOP, parse_duration, TO(duration_ns) },
	{ "count", 0, "N", "after N incidents",
	  GROUP_STOP, parse_count, TO(count) },

	{ "output", 'o', "FILE", "write to FILE (created with mode 0600) instead of stdout; - is stdout",
	  GROUP_OUTPUT, parse_text, TO(output), COMPLETE_FILE },
	{ "write", 'w', "FILE", "keep the raw records in FILE for -r; - is stdout",
	  GROUP_OUTPUT, parse_text, TO(write), COMPLETE_FILE },
	{ "read", 'r', "FILE", "replay the records of FILE; - is stdin; needs no rights but to read it",
	  GROUP_OUTPUT, parse_text, TO(read), COMPLETE_FILE },
	{ "format", 0, "FORMAT", "how to write: json if FILE of -o ends in .json or .jsonl, else "
	  "text; one of",
	  GROUP_OUTPUT, parse_choice, TO(format), COMPLETE_WORDS, false, format_words },
	{ "advice", 0, "WHICH", "what to do about it; one of",
	  GROUP_OUTPUT, parse_choice, TO(advice), COMPLETE_WORDS, false, advice_words },
	{ "color", 0, "WHEN", "colour the text; auto: on a terminal; one of",
	  GROUP_OUTPUT, parse_choice, TO(color), COMPLETE_WORDS, false, color_words },

	{ "burst", 0, "K", "of alike incidents show K whole in each window and count the rest; 0 shows all; "
	  "default 10",
	  GROUP_OTHER, parse_burst, TO(burst) },
	{ "window", 0, "TIME", "the window of --burst; default 1s",
	  GROUP_OTHER, parse_duration, TO(window_ns) },
	{ "buffer-size", 0, "SIZE", "ring buffer, a power of two from 256K to 1G; default 2M",
	  GROUP_OTHER, parse_buffer_size, TO(buffer_bytes) },
	{ "quiet", 'q', NULL, "say nothing on stderr but warnings and errors",
	  GROUP_OTHER, parse_flag, TO(quiet) },
	{ "verbose", 'v', NULL, "say on stderr what is attached and what is missing",
	  GROUP_OTHER, parse_flag, TO(verbose) },
	{ "version", 'V', NULL, "print the version and exit",
	  GROUP_OTHER, parse_version, TO(command) },
	{ "help", 'h', NULL, "print this and exit",
	  GROUP_OTHER, parse_help, TO(command) },
};
/* clang-format on */

#define OPTION_COUNT (sizeof(option_table) / sizeof(option_table[0]))
const size_t option_count = OPTION_COUNT;

/* The state of one parse. */
struct parse {
	struct options options;
	bool given[OPTION_COUNT];
	bool saw_word;
	bool check; /* the command is check, which takes --format and -v alone */
	int seen;   /* words of argv that are options, their arguments or a command's name */
};

#define refuse(format, ...) (log_error(format " (see sigpath --help)", ##__VA_ARGS__), -EINVAL)

/* Nothing added, or no memory, leaves a strbuf without text. */
static const char *text_of(const struct strbuf *buf)
{
	return buf->text ? buf->text : "";
}

static bool is_given(const struct parse *parse, const char *name)
{
	size_t i;

	for (i = 0; i < OPTION_COUNT; i++) {
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
	for (i = 0; i < OPTION_COUNT; i++) {
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

/* getopt_long said '?': WORD is where it stopped. */
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
	strbuf_add_text(&line, "' could be");
	for (i = 0; i < OPTION_COUNT; i++) {
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

/* The first word that is no option and stands before any "--". */
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
		return refuse("unexpected '%s': a program to run goes behind '--'",
			      text_of(&escaped));
	return refuse(
		"'%s' is no command of sigpath (there are: trace, check); to run a program: sigpath -- %s",
		text_of(&escaped), text_of(&escaped));
}

static void build_getopt(char *ret_letters, struct option *ret_longs)
{
	size_t i;

	/* '+': stop at the first word that is no option; ':': tell a missing argument apart. */
	*ret_letters++ = '+';
	*ret_letters++ = ':';
	for (i = 0; i < OPTION_COUNT; i++) {
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
	char letters[2 * OPTION_COUNT + 3];
	struct option longs[OPTION_COUNT + 1];
	const struct option_spec *spec;
	int value, err;

	build_getopt(letters, longs);
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (value == ':') {
			spec = find_spec(optopt);
			return refuse("option --%s wants an argument: %s", spec->name,
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
		return refuse("'--' wants a COMMAND behind it");
	if (!*argv[optind])
		return refuse("the COMMAND behind '--' is empty");
	parse->options.argv = argv + optind;
	return 0;
}

bool options_is_standard(const char *path)
{
	return !strcmp(path, "-");
}

/* Pairs that make no sense together; a NULL is COMMAND. */
static const struct {
	const char *one, *other;
} exclusions[] = {
	{ "read", "pid" },    { "read", "tid" },      { "read", "user" },  { "read", "comm" },
	{ "read", "cgroup" }, { "read", NULL },	      { "read", "write" }, { "pid", NULL },
	{ "tid", NULL },      { "quiet", "verbose" },
};

static bool option_goes_with_check(const struct option_spec *spec)
{
	return !strcmp(spec->name, "format") || !strcmp(spec->name, "verbose") ||
	       !strcmp(spec->name, "quiet");
}

static int check_combination(const struct parse *parse)
{
	const struct options *options = &parse->options;
	size_t i;

	for (i = 0; i < sizeof(exclusions) / sizeof(exclusions[0]); i++) {
		const char *one = exclusions[i].one, *other = exclusions[i].other;

		if (!is_given(parse, one))
			continue;
		if (!other && options->argv)
			return refuse("option --%s and a COMMAND exclude each other", one);
		if (other && is_given(parse, other))
			return refuse("options --%s and --%s exclude each other", one, other);
	}
	if (parse->check) {
		if (options->argv)
			return refuse("check takes no COMMAND");
		for (i = 0; i < OPTION_COUNT; i++)
			if (parse->given[i] && !option_goes_with_check(&option_table[i]))
				return refuse("option --%s does not go with check",
					      option_table[i].name);
	}
	if (options->follow && !options->pid_count && !options->argv)
		return refuse("option --follow needs --pid or a COMMAND");
	/* Opening -o truncates it. Of stdin and stdout each is another "-". */
	if (options->output && options->read && !strcmp(options->output, options->read) &&
	    !options_is_standard(options->output))
		return refuse("options --output and --read name the same file");
	if (options->output && options->write && !strcmp(options->output, options->write))
		return refuse("options --output and --write name the same file");
	if (options->write && options_is_standard(options->write) && !options->output)
		return refuse(
			"option --write - needs --output FILE: incidents go to stdout otherwise");
	return 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t text_length = strlen(text), end_length = strlen(end);

	return text_length >= end_length && !strcmp(text + text_length - end_length, end);
}

int options_parse(int argc, char **argv, struct options *ret_options)
{
	struct parse parse = { .options = { .buffer_bytes = DEFAULT_BUFFER_BYTES,
					    .stack_bytes = DEFAULT_STACK_BYTES,
					    .burst = DEFAULT_BURST,
					    .window_ns = DEFAULT_WINDOW_NS } };
	struct options *options = &parse.options;
	int err;

	err = take_argv(&parse, argc, argv);
	if (!err && options->command == COMMAND_TRACE)
		err = check_combination(&parse);
	if (err)
		return err;
	/* What was recorded was asked for then. */
	if (!options->signals)
		options->signals = options->read ? UINT64_MAX : UINT64_C(1) << (SIGPIPE - 1);
	if (parse.check)
		options->command = COMMAND_CHECK;
	if (!is_given(&parse, "format") && options->output &&
	    (ends_with(options->output, ".json") || ends_with(options->output, ".jsonl")))
		options->format = FORMAT_JSON;
	*ret_options = parse.options;
	return 0;
}
