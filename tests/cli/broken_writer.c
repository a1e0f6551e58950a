// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes COUNT times to a pipe that nobody reads, and knows exactly how often that failed.
 *
 * usage: broken-writer [-d] [-n NAME] [-k KINDS] COUNT
 * -k takes turns between KINDS numbers of the fd, which makes as many kinds of incidents; -d leaves
 * SIGPIPE to its default action instead of ignoring it; -n takes NAME as its own.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define FIRST_COPY 1000 /* above what a shell keeps open */

/* KINDS numbers for FD from the one that is returned on. */
static int multiply(int fd, long kinds)
{
	struct rlimit files = { FIRST_COPY + kinds, FIRST_COPY + kinds };

	if (kinds == 1)
		return fd;
	if (setrlimit(RLIMIT_NOFILE, &files))
		return -1;
	for (long i = 0; i < kinds; i++)
		if (dup2(fd, FIRST_COPY + i) < 0)
			return -1;
	return FIRST_COPY;
}

int main(int argc, char **argv)
{
	void (*disposition)(int) = SIG_IGN;
	int option, ends[2], first;
	long count, kinds = 1;

	while ((option = getopt(argc, argv, "dn:k:")) != -1) {
		if (option == 'd')
			disposition = SIG_DFL;
		else if (option == 'n')
			prctl(PR_SET_NAME, optarg);
		else if (option == 'k')
			kinds = strtol(optarg, NULL, 10);
		else
			return 2;
	}
	if (optind + 1 != argc || kinds < 1)
		return 2;
	count = strtol(argv[optind], NULL, 10);
	signal(SIGPIPE, disposition);
	if (pipe(ends))
		return 1;
	close(ends[0]);
	first = multiply(ends[1], kinds);
	if (first < 0) {
		perror("broken-writer");
		return 1;
	}
	for (long i = 0; i < count; i++) {
		if (write(first + i % kinds, "x", 1) != -1 || errno != EPIPE) {
			fprintf(stderr, "broken-writer: write %ld did not fail by EPIPE\n", i);
			return 1;
		}
	}
	return 0;
}
