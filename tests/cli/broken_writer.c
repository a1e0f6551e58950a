// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes COUNT times to a pipe that nobody reads, and knows exactly how often that failed.
 *
 * usage: broken-writer [-d] [-n NAME] COUNT
 * -d leaves SIGPIPE to its default action instead of ignoring it; -n takes NAME as its own.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	void (*disposition)(int) = SIG_IGN;
	int option, ends[2];
	long count;

	while ((option = getopt(argc, argv, "dn:")) != -1) {
		if (option == 'd')
			disposition = SIG_DFL;
		else if (option == 'n')
			prctl(PR_SET_NAME, optarg);
		else
			return 2;
	}
	if (optind + 1 != argc)
		return 2;
	count = strtol(argv[optind], NULL, 10);
	signal(SIGPIPE, disposition);
	if (pipe(ends))
		return 1;
	close(ends[0]);
	for (long i = 0; i < count; i++) {
		if (write(ends[1], "x", 1) != -1 || errno != EPIPE) {
			fprintf(stderr, "broken-writer: write %ld did not fail by EPIPE\n", i);
			return 1;
		}
	}
	return 0;
}
