// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bash completion of sigpath, written to stdout from the table of options when the project is
 * built: it cannot fall behind the parser.
 */
#include <stdio.h>

#include "option_table.h"

static const char completion_head[] =
	"# SPDX-License-Identifier: GPL-2.0-or-later\n"
	"# bash completion for sigpath, made from its table of options\n"
	"\n"
	"# Offers words for the last item of a comma-separated list.\n"
	"_sigpath_list()\n"
	"{\n"
	"\tlocal done=\n"
	"\t[[ $cur == *,* ]] && done=${cur%,*},\n"
	"\tCOMPREPLY=($(compgen -P \"$done\" -W \"$1\" -- \"${cur##*,}\"))\n"
	"\tcompopt -o nospace 2>/dev/null\n"
	"}\n"
	"\n"
	"_sigpath()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i\n"
	"\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\t[[ ${COMP_WORDS[i]} == -- ]] || continue\n"
	"\t\tif declare -F _command_offset >/dev/null; then\n"
	"\t\t\t_command_offset $((i + 1))\n"
	"\t\telif ((i + 1 == COMP_CWORD)); then\n"
	"\t\t\tCOMPREPLY=($(compgen -c -- \"$cur\"))\n"
	"\t\telse\n"
	"\t\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	"\t\tfi\n"
	"\t\treturn\n"
	"\tdone\n"
	"\n"
	"\t# --option=value comes as three words.\n"
	"\t[[ $cur == = ]] && cur=\n"
	"\t[[ $prev == = ]] && ((COMP_CWORD > 2)) && prev=${COMP_WORDS[COMP_CWORD-2]}\n"
	"\n"
	"\tcase $prev in\n";

static const char completion_tail[] =
	"\tesac\n"
	"\n"
	"\tif [[ $cur != -* ]]; then\n"
	"\t\t((COMP_CWORD == 1)) && COMPREPLY=($(compgen -W trace -- \"$cur\"))\n"
	"\t\treturn\n"
	"\tfi\n";

static void print_words(const struct option_spec *spec)
{
	const struct option_word *word;

	for (word = spec->words; word->word; word++)
		printf("%s%s", word == spec->words ? "" : " ", word->word);
}

static void print_offer(const struct option_spec *spec)
{
	switch (spec->completion) {
	case COMPLETE_NOTHING:
		printf(":");
		break;
	case COMPLETE_WORDS:
		printf(spec->list ? "_sigpath_list \"" : "COMPREPLY=($(compgen -W \"");
		print_words(spec);
		printf(spec->list ? "\"" : "\" -- \"$cur\"))");
		break;
	case COMPLETE_FILE:
		printf("compopt -o filenames 2>/dev/null\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))");
		break;
	case COMPLETE_DIRECTORY:
		printf("compopt -o filenames 2>/dev/null\n\t\tCOMPREPLY=($(compgen -d -- \"$cur\"))");
		break;
	case COMPLETE_PID:
		printf(spec->list
			       ? "_sigpath_list \"$(cd /proc && echo [0-9]*)\""
			       : "COMPREPLY=($(compgen -W \"$(cd /proc && echo [0-9]*)\" -- \"$cur\"))");
		break;
	case COMPLETE_USER:
		printf("COMPREPLY=($(compgen -u -- \"$cur\"))");
		break;
	case COMPLETE_SIGNAL:
		printf("_sigpath_list \"$(compgen -A signal SIG)\"");
		break;
	}
}

int main(void)
{
	size_t i;

	fputs(completion_head, stdout);
	for (i = 0; i < option_count; i++) {
		const struct option_spec *spec = &option_table[i];

		if (!spec->argument)
			continue;
		printf("\t");
		if (spec->letter)
			printf("-%c | ", spec->letter);
		printf("--%s)\n\t\t", spec->name);
		print_offer(spec);
		printf("\n\t\treturn\n\t\t;;\n");
	}
	fputs(completion_tail, stdout);
	printf("\tCOMPREPLY=($(compgen -W \"");
	for (i = 0; i < option_count; i++) {
		if (option_table[i].letter)
			printf("-%c ", option_table[i].letter);
		printf("--%s%s", option_table[i].name, i + 1 < option_count ? " " : "");
	}
	printf("\" -- \"$cur\"))\n}\n\ncomplete -F _sigpath sigpath\n");
	return fflush(stdout) ? 1 : 0;
}
