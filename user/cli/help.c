// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints --help from the table of options, and the table itself for tests. */
#include <stdio.h>
#include <string.h>

#include "option_table.h"

#define COLUMNS 100
#define HELP_COLUMN 30
#define INDENT 4 /* of the second line of a list */

static const char *const group_titles[] = {
	[GROUP_WATCH] = "What to trace (default: the whole host)",
	[GROUP_SELECT] =
		"Which incidents (default: every SIGPIPE, and each EPIPE of TCP without a signal)",
	[GROUP_STOP] = "When to stop (default: at Ctrl-C)",
	[GROUP_OUTPUT] = "Output",
	[GROUP_OTHER] = "Other",
};

/*
 * Prints TEXT word by word from COLUMN on; new lines begin at INDENT. Returns the column where the
 * text ends.
 */
static size_t print_wrapped(const char *text, size_t column, size_t indent)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		if (column + 1 + length > COLUMNS) {
			printf("\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)length, text);
		column += length;
		text += length + (text[length] == ' ');
	}
	return column;
}

static void print_option(const struct option_spec *spec)
{
	size_t column, i;
	const char *word;
	char left[64];

	if (spec->letter)
		snprintf(left, sizeof(left), "  -%c, --%s %s", spec->letter, spec->name,
			 spec->argument ? spec->argument : "");
	else
		snprintf(left, sizeof(left), "      --%s %s", spec->name,
			 spec->argument ? spec->argument : "");
	printf("%-*s", HELP_COLUMN, left);
	column = print_wrapped(spec->help, HELP_COLUMN, HELP_COLUMN);
	for (i = 0; (word = option_word(spec, i)); i++) {
		char item[48];

		snprintf(item, sizeof(item), "%s%s%s", word, i || spec->list ? "" : " (default)",
			 option_word(spec, i + 1) ? "," : "");
		column = print_wrapped(item, column, HELP_COLUMN);
	}
	putchar('\n');
}

static const char help_head[] =
	"Usage: sigpath [trace] [OPTIONS] [-- COMMAND [ARGUMENT...]]\n"
	"       sigpath -r FILE [OPTIONS]\n"
	"       sigpath check [--format FORMAT | --config FILE]\n"
	"\n"
	"sigpath tells why a process met a broken pipe. It reports one incident for each SIGPIPE, and for\n"
	"each EPIPE error that came without a signal. It traces the whole host, the processes of -p, or\n"
	"COMMAND, which it starts.\n"
	"\n"
	"Incidents go to stdout, messages to stderr. With COMMAND and without -o, incidents go to stderr\n"
	"too, because the stdout of the command is often the pipe that broke.\n"
	"\n"
	"'sigpath check' prints what this kernel and your privileges allow, and what is missing. With\n"
	"--config it tests that file instead.\n";

static const char help_tail[] =
	"\n"
	"Exit status: 0 at the normal end (also after Ctrl-C, -d or --count, or when the reader of stdout\n"
	"has exited), 1 after an error, 2 for wrong usage, 3 if --fail-on found something. With\n"
	"COMMAND: the exit status of the command (3 replaces only a 0); if a signal killed the command,\n"
	"sigpath ends with the same signal (a shell shows 128+N); 127 if the command was not found, 126 if\n"
	"it could not be executed.\n"
	"\n"
	"Examples:\n"
	"  sigpath -p 812                           attach to a process\n"
	"  sigpath -f -- ./server --port 8088       run a program and trace its children too\n"
	"  sigpath -o /var/log/sigpath.jsonl        log the whole host as JSON lines\n"
	"  sigpath -o - -o json:run.log             text on the terminal, JSON in a file\n"
	"  sigpath --summary-only -d 1h             what broke in an hour, in one table\n"
	"  sigpath --fail-on killed -- make check   fail if a process of the tests died of a broken pipe\n"
	"  sigpath -s TERM,KILL                     who killed my process?\n"
	"  sigpath -w run.cap                       record now ...\n"
	"  sigpath -r run.cap --comm nginx          ... and read later, on any host\n";

/* Not -r itself. */
static bool is_for_replay(const struct option_spec *spec)
{
	return (spec->runs & RUN_REPLAY) && (spec->runs & ~(unsigned int)RUN_REPLAY);
}

/* "These options work with -r: -p, -t, ...": all of a replay but -r itself. */
static void print_replay_options(void)
{
	size_t column = print_wrapped("These options work with -r:", 0, INDENT), last = 0, i;

	for (i = 0; i < option_count; i++)
		last = is_for_replay(&option_table[i]) ? i : last;
	for (i = 0; i <= last; i++) {
		const struct option_spec *spec = &option_table[i];
		const char *end = i == last ? "." : ",";
		char item[48];

		if (!is_for_replay(spec))
			continue;
		if (spec->letter)
			snprintf(item, sizeof(item), "-%c%s", spec->letter, end);
		else
			snprintf(item, sizeof(item), "--%s%s", spec->name, end);
		column = print_wrapped(item, column, INDENT);
	}
	putchar('\n');
}

/* "Formats and the suffixes that select them: text (.txt), json (.json, .jsonl)." */
static void print_formats(void)
{
	size_t i;

	printf("Formats and the suffixes that select them:");
	for (i = 0; i < format_count; i++) {
		const char *const *suffix = format_table[i].suffixes;

		printf("%s %s (", i ? "," : "", format_table[i].name);
		for (; *suffix; suffix++)
			printf("%s%s", suffix == format_table[i].suffixes ? "" : ", ", *suffix);
		putchar(')');
	}
	printf(".\n");
}

void options_print_help(void)
{
	enum option_group group = GROUP_WATCH;
	size_t i;

	fputs(help_head, stdout);
	for (i = 0; i < option_count; i++) {
		if (i == 0 || option_table[i].group != group) {
			group = option_table[i].group;
			printf("\n%s:\n", group_titles[group]);
		}
		print_option(&option_table[i]);
	}
	printf("\nLists are separated by commas. A list option may be given more than once.\n");
	print_replay_options();
	print_formats();
	fputs(help_tail, stdout);
}

/* "--pid<TAB>-p<TAB>PID[,PID...]": a field that the option lacks is empty. */
void options_print_table(void)
{
	size_t i;

	for (i = 0; i < option_count; i++) {
		const struct option_spec *spec = &option_table[i];

		printf("--%s\t", spec->name);
		if (spec->letter)
			printf("-%c", spec->letter);
		printf("\t%s\n", spec->argument ? spec->argument : "");
	}
}
