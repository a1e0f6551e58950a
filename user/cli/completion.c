// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the bash completion of sigpath to stdout. The build runs it, so that the completion always
 * has the options of the parser.
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
	"_sigpath_files()\n"
	"{\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	"}\n"
	"\n"
	"# FILE or FORMAT:FILE; $1 has the formats, each with its colon.\n"
	"_sigpath_output()\n"
	"{\n"
	"\tlocal formats\n"
	"\t((behind_colon)) || formats=$(compgen -W \"$1\" -- \"$cur\")\n"
	"\t_sigpath_files\n"
	"\t[[ $formats ]] || return\n"
	"\tCOMPREPLY+=($formats)\n"
	"\tcompopt +o filenames -o nospace 2>/dev/null\n"
	"}\n"
	"\n"
	"_sigpath()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev at=$COMP_CWORD behind_colon=0 run=live i\n"
	"\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tcase ${COMP_WORDS[i]} in\n"
	"\t\t-r | --read) run=replay ;;\n"
	"\t\tcheck) ((i == 1)) && run=check ;;\n"
	"\t\tesac\n"
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
	"\t# The shell splits FORMAT:FILE and --option=value into three words each.\n"
	"\tif [[ $cur == : ]]; then\n"
	"\t\tcur= behind_colon=1\n"
	"\t\t((at--))\n"
	"\telif ((at > 2)) && [[ ${COMP_WORDS[at-1]} == : ]]; then\n"
	"\t\tbehind_colon=1\n"
	"\t\t((at -= 2))\n"
	"\tfi\n"
	"\t[[ $cur == = ]] && cur= && ((at++))\n"
	"\t((at > 2)) && [[ ${COMP_WORDS[at-1]} == = ]] && ((at--))\n"
	"\tprev=${COMP_WORDS[at-1]}\n"
	"\n"
	"\tcase $prev in\n";

static const char completion_tail[] =
	"\tesac\n"
	"\n"
	"\tif [[ $cur != -* ]]; then\n"
	"\t\t((COMP_CWORD == 1)) && COMPREPLY=($(compgen -W \"trace check\" -- \"$cur\"))\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tcase $run in\n";

static void print_words(const struct option_spec *spec)
{
	const char *word;

	for (size_t i = 0; (word = option_word(spec, i)); i++)
		printf("%s%s", i ? " " : "", word);
}

static void print_signals(void)
{
	const char *name;
	size_t i;

	for (i = 0; (name = signal_name(i)); i++)
		printf("%s ", name);
	for (i = 0; (name = signal_name(i)); i++)
		printf("%sSIG%s", i ? " " : "", name);
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
		printf("_sigpath_files");
		break;
	case COMPLETE_OUTPUT:
		printf("_sigpath_output \"");
		for (size_t i = 0; i < format_count; i++)
			printf("%s%s:", i ? " " : "", format_table[i].name);
		printf("\"");
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
		printf("_sigpath_list \"");
		print_signals();
		printf("\"");
		break;
	}
}

/* One case: the options that have an effect in one of RUNS. */
static void print_options(const char *name, unsigned int runs)
{
	const char *space = "";
	size_t i;

	printf("\t%s)\n\t\tCOMPREPLY=($(compgen -W \"", name);
	for (i = 0; i < option_count; i++) {
		if (!(option_table[i].runs & runs))
			continue;
		if (option_table[i].letter) {
			printf("%s-%c", space, option_table[i].letter);
			space = " ";
		}
		printf("%s--%s", space, option_table[i].name);
		space = " ";
	}
	printf("\" -- \"$cur\"))\n\t\t;;\n");
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
	/* Before -r is given, a replay is still possible. */
	print_options("live", RUN_LIVE | RUN_REPLAY);
	print_options("replay", RUN_REPLAY);
	print_options("check", RUN_CHECK);
	printf("\tesac\n}\n\ncomplete -F _sigpath sigpath\n");
	return fflush(stdout) ? 1 : 0;
}
