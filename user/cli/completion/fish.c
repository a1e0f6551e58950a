// SPDX-License-Identifier: GPL-2.0-or-later
/* The rows of completion.fish. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "completion.h"

static void print_words(const struct option_spec *spec)
{
	if (!spec->list) {
		printf(" -x -a '");
		completion_words(spec);
		printf("'");
		return;
	}
	printf(" -x -a '(%s ", spec->negates ? "__sigpath_negatable" : "__sigpath_list");
	completion_words(spec);
	printf(")'");
}

/* -x: it has an argument, and that is no file. -r: it has one. */
static void print_argument(const struct option_spec *spec)
{
	switch (spec->completion) {
	case COMPLETE_NOTHING:
		printf(" -x");
		break;
	case COMPLETE_WORDS:
	case COMPLETE_CAUSE:
		print_words(spec);
		break;
	case COMPLETE_FILE:
		printf(" -r -F");
		break;
	case COMPLETE_OUTPUT:
		printf(" -r -F -a '");
		completion_formats(":");
		printf("'");
		break;
	case COMPLETE_DIRECTORY:
		printf(" -x -a '(__fish_complete_directories (__sigpath_value))'");
		break;
	case COMPLETE_PID:
		printf(" -x -a '(__sigpath_pids%s)'", spec->list ? " list" : "");
		break;
	case COMPLETE_COMM:
		printf(" -x -a '(%s__sigpath_comms%s)'", spec->list ? "__sigpath_list (" : "",
		       spec->list ? ")" : "");
		break;
	case COMPLETE_DESTINATION:
		printf(" -r -F -a '(__sigpath_destination ");
		completion_destinations();
		printf(" ");
		completion_addresses();
		printf(")'");
		break;
	case COMPLETE_USER:
		printf(" -x -a '(__fish_complete_users)'");
		break;
	case COMPLETE_SIGNAL:
		printf(" -x -a '(__sigpath_list ");
		completion_signals();
		printf(")'");
		break;
	}
}

static void print_options(void)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_spec *spec = &option_table[i];

		printf("complete -c sigpath -n '__sigpath_in ");
		completion_runs(spec, " ");
		printf("'");
		if (spec->letter)
			printf(" -s %c", spec->letter);
		printf(" -l %s", spec->name);
		if (spec->argument)
			print_argument(spec);
		printf(" -d '");
		completion_help(spec, "\\");
		printf("'\n");
	}
}

int completion_fish(const char *mark)
{
	if (strcmp(mark, "options") != 0)
		return -EINVAL;
	print_options();
	return 0;
}
