// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes COUNT times to a pipe that nobody reads, and knows exactly how often that failed.
 *
 * usage: broken-writer [-d] [-n NAME] [-k KINDS] [-t THREADS] [-c FILE] COUNT
 * -k takes turns between KINDS numbers of the fd, which makes as many kinds of incidents; -t does
 * it in as many threads at once; -d leaves SIGPIPE to its default action instead of ignoring it; -n
 * takes NAME as its own; -c keeps the number of failures in FILE, 8 bytes, as they come.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define THREADS_MAX 64

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

struct plan {
	int first;
	long count, kinds;
	uint64_t *failures;
};

static void *write_all(void *context)
{
	const struct plan *plan = context;

	for (long i = 0; i < plan->count; i++) {
		if (write(plan->first + i % plan->kinds, "x", 1) != -1 || errno != EPIPE) {
			fprintf(stderr, "broken-writer: write %ld did not fail by EPIPE\n", i);
			exit(1);
		}
		__atomic_fetch_add(plan->failures, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static uint64_t *map_counter(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	void *counter;

	if (fd < 0 || ftruncate(fd, sizeof(uint64_t)))
		return NULL;
	counter = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return counter == MAP_FAILED ? NULL : counter;
}

static int run(struct plan *plan, long threads)
{
	pthread_t ids[THREADS_MAX];

	for (long i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, write_all, plan))
			return 1;
	for (long i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	return 0;
}

int main(int argc, char **argv)
{
	void (*disposition)(int) = SIG_IGN;
	uint64_t own_counter = 0;
	struct plan plan = { .kinds = 1, .failures = &own_counter };
	long threads = 0;
	int option, ends[2];

	while ((option = getopt(argc, argv, "dn:k:t:c:")) != -1) {
		if (option == 'd')
			disposition = SIG_DFL;
		else if (option == 'n')
			prctl(PR_SET_NAME, optarg);
		else if (option == 'k')
			plan.kinds = strtol(optarg, NULL, 10);
		else if (option == 't')
			threads = strtol(optarg, NULL, 10);
		else if (option == 'c')
			plan.failures = map_counter(optarg);
		else
			return 2;
	}
	if (optind + 1 != argc || plan.kinds < 1 || threads < 0 || threads > THREADS_MAX)
		return 2;
	plan.count = strtol(argv[optind], NULL, 10);
	signal(SIGPIPE, disposition);
	if (pipe(ends) || !plan.failures) {
		perror("broken-writer");
		return 1;
	}
	close(ends[0]);
	plan.first = multiply(ends[1], plan.kinds);
	if (plan.first < 0) {
		perror("broken-writer");
		return 1;
	}
	if (threads)
		return run(&plan, threads);
	write_all(&plan);
	return 0;
}
