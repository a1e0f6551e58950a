// SPDX-License-Identifier: GPL-2.0-or-later
/* The rows of completion.bash. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "completion.h"

static void print_offer(const struct option_spec *spec)
{
	switch (spec->completion) {
	case COMPLETE_NOTHING:
		printf(":");
		break;
	case COMPLETE_WORDS:
	case COMPLETE_CAUSE:
		printf(spec->negates ? "_sigpath_negatable "
		       : spec->list  ? "_sigpath_list "
				     : "_sigpath_offer ");
		completion_words(spec);
		break;
	case COMPLETE_FILE:
		printf("_sigpath_files");
		break;
	case COMPLETE_OUTPUT:
		printf("_sigpath_output ");
		completion_formats(":");
		break;
	case COMPLETE_DIRECTORY:
		printf("_sigpath_directories");
		break;
	case COMPLETE_PID:
		printf("_sigpath_pids %s", spec->list ? "_sigpath_list" : "_sigpath_offer");
		break;
	case COMPLETE_COMM:
		printf("_sigpath_comms %s", spec->list ? "_sigpath_list" : "_sigpath_offer");
		break;
	case COMPLETE_DESTINATION:
		printf("_sigpath_destination \"");
		completion_destinations();
		printf("\" \"");
		completion_addresses();
		printf("\"");
		break;
	case COMPLETE_USER:
		printf("_sigpath_users");
		break;
	case COMPLETE_SIGNAL:
		printf("_sigpath_list ");
		completion_signals();
		break;
	}
}

/* One arm of the case for each option with an argument. */
static void print_values(void)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_spec *spec = &option_table[i];

		if (!spec->argument)
			continue;
		printf("\t");
		if (spec->letter)
			printf("-%c | ", spec->letter);
		printf("--%s) ", spec->name);
		print_offer(spec);
		printf(" ;;\n");
	}
}

/* A line for each option: the runs, and its names. */
static void print_options(void)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_spec *spec = &option_table[i];

		printf("\t_sigpath_in \"");
		completion_runs(spec, " ");
		printf("\"");
		if (spec->letter)
			printf(" -%c", spec->letter);
		printf(" --%s\n", spec->name);
	}
}

int completion_bash(const char *mark)
{
	if (!strcmp(mark, "values"))
		print_values();
	else if (!strcmp(mark, "options"))
		print_options();
	else
		return -EINVAL;
	return 0;
}
