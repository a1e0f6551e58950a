// SPDX-License-Identifier: GPL-2.0-or-later
/* What the table of options says about itself: --help, and one line an option for machines. */
#include <stdio.h>
#include <string.h>

#include "option_table.h"

#define COLUMNS 100
#define HELP_COLUMN 27

static const char *const group_titles[] = {
	[GROUP_WATCH] = "What to watch (default: the whole host)",
	[GROUP_SELECT] =
		"Which incidents (default: every SIGPIPE, and EPIPE without a signal where it can be seen)",
	[GROUP_STOP] = "When to stop (default: at ^C)",
	[GROUP_OUTPUT] = "Where it goes",
	[GROUP_OTHER] = "Other",
};

/* Prints TEXT word by word behind COLUMN, wrapped; returns the column where it ends. */
static size_t print_wrapped(const char *text, size_t column)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		if (column + 1 + length > COLUMNS) {
			printf("\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
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
	const struct option_word *word;
	size_t column;
	char left[64];

	if (spec->letter)
		snprintf(left, sizeof(left), "  -%c, --%s %s", spec->letter, spec->name,
			 spec->argument ? spec->argument : "");
	else
		snprintf(left, sizeof(left), "      --%s %s", spec->name,
			 spec->argument ? spec->argument : "");
	printf("%-*s", HELP_COLUMN, left);
	column = print_wrapped(spec->help, HELP_COLUMN);
	for (word = spec->words; word && word->word; word++) {
		char item[32];

		snprintf(item, sizeof(item), "%s%s", word->word, word[1].word ? "," : "");
		column = print_wrapped(item, column);
	}
	putchar('\n');
}

static const char help_head[] =
	"Usage: sigpath [trace] [OPTIONS] [-- COMMAND [ARGUMENT...]]\n"
	"       sigpath -r FILE [OPTIONS]\n"
	"       sigpath check [--format json]\n"
	"\n"
	"Tells why a write met a broken pipe: one incident for every SIGPIPE, and for EPIPE that came\n"
	"without a signal. Watches the whole host, the processes of -p, or COMMAND, which it runs.\n"
	"Incidents go to stdout, all else to stderr. With COMMAND and without -o the incidents go to\n"
	"stderr too: the command's stdout is often the very pipe that broke.\n"
	"check says what this kernel and these rights allow, and what is lost without it.\n";

static const char help_tail[] =
	"\n"
	"Lists are separated by commas; a list option may be given several times.\n"
	"\n"
	"Exit status: 0 at the end (also by ^C, -d, --count or a reader that left), 1 on an error, 2 on\n"
	"wrong usage. With COMMAND: the command's status; if a signal killed it, sigpath ends by the same\n"
	"signal (a shell shows 128+N); 127 if it was not found, 126 if it cannot be executed.\n"
	"\n"
	"Examples:\n"
	"  sigpath -p 812                         attach to a process\n"
	"  sigpath -f -- ./server --port 8088     run a program, follow its children\n"
	"  sigpath -o /var/log/sigpath.jsonl      the whole host, JSON lines into a file\n"
	"  sigpath -s TERM,KILL                   who killed my process?\n"
	"  sigpath -w run.cap; sigpath -r run.cap record now, read later and elsewhere\n";

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
	fputs(help_tail, stdout);
}

/* "--pid<TAB>-p<TAB>PID[,PID...]": what an option does not have is empty. */
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
