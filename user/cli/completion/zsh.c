// SPDX-License-Identifier: GPL-2.0-or-later
/* The rows of completion.zsh. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "completion.h"

/* Helpers stand behind a blank: _arguments then passes them their words alone. */
static void print_action(const struct option_spec *spec)
{
	switch (spec->completion) {
	case COMPLETE_NOTHING:
		printf(" ");
		break;
	case COMPLETE_WORDS:
	case COMPLETE_CAUSE:
		printf(spec->negates ? " _sigpath_negatable "
		       : spec->list  ? " _sigpath_list "
				     : "(");
		completion_words(spec);
		printf(spec->list ? "" : ")");
		break;
	case COMPLETE_FILE:
		printf("_files");
		break;
	case COMPLETE_OUTPUT:
		printf(" _sigpath_output ");
		completion_formats("");
		break;
	case COMPLETE_DIRECTORY:
		printf("_files -/");
		break;
	case COMPLETE_PID:
		printf(spec->list ? " _sigpath_pids -S \"\"" : " _sigpath_pids");
		break;
	case COMPLETE_COMM:
		printf(spec->list ? " _sigpath_comms -S \"\"" : " _sigpath_comms");
		break;
	case COMPLETE_DESTINATION:
		printf(" _sigpath_destination");
		break;
	case COMPLETE_USER:
		printf("_users");
		break;
	case COMPLETE_SIGNAL:
		printf(" _sigpath_list ");
		completion_signals();
		break;
	}
}

/* One specification of _arguments: NAME is "-p" or "--pid". It excludes both unless it may be
 * repeated. */
static void print_spec(const struct option_spec *spec, const char *dashes, const char *name)
{
	printf(" '");
	if (spec->list || spec->repeats)
		printf("*");
	else if (spec->letter)
		printf("(-%c --%s)", spec->letter, spec->name);
	else
		printf("(--%s)", spec->name);
	printf("%s%s", dashes, name);
	if (spec->argument)
		printf(dashes[1] ? "=" : "+");
	printf("[");
	completion_help(spec, "[]:\\");
	printf("]");
	if (spec->argument) {
		printf(":%s:", spec->completion == COMPLETE_DESTINATION ? "NAME" : spec->name);
		print_action(spec);
	}
	printf("'");
}

/* A line for each option: the runs, and its specifications. */
static void print_specs(void)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_spec *spec = &option_table[i];
		const char letter[] = { spec->letter, '\0' };

		printf("\t[[ $run == (");
		completion_runs(spec, "|");
		printf(") ]] && specs+=(");
		if (spec->letter)
			print_spec(spec, "-", letter);
		print_spec(spec, "--", spec->name);
		printf(" )\n");
	}
}

int completion_zsh(const char *mark)
{
	if (!strcmp(mark, "specs")) {
		print_specs();
	} else if (!strcmp(mark, "destinations")) {
		printf("\tnames=(");
		completion_destinations();
		printf(")\n\taddresses=(");
		completion_addresses();
		printf(")\n");
	} else {
		return -EINVAL;
	}
	return 0;
}
