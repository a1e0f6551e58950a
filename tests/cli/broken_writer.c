// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes COUNT times to a pipe without a reader, and counts how many writes failed.
 *
 * usage: broken-writer [-d] [-s] [-n NAME] [-k KINDS] [-t THREADS] [-c FILE] COUNT
 * -s sends to a TCP connection that was reset instead, with MSG_NOSIGNAL; -k alternates between
 * KINDS fd numbers, which makes this number of groups; -t writes in THREADS threads at the same
 * time; -d keeps SIGPIPE's default action instead of ignoring it; -n changes the process's name to
 * NAME; -c writes the current number of failures to FILE (8 bytes).
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define THREADS_MAX 64

#define FIRST_COPY 1000 /* above what a shell keeps open */

/* Duplicates FD to KINDS consecutive numbers, and returns the first one. */
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
	bool silent;
	long count, kinds;
	uint64_t *failures;
};

static ssize_t write_once(const struct plan *plan, long turn)
{
	int fd = plan->first + turn % plan->kinds;

	if (plan->silent)
		return send(fd, "x", 1, MSG_NOSIGNAL);
#if defined(__x86_64__)
	/* As in an optimized loop: glibc 2.41 has this register on top of the stack at the call. */
	__asm__ volatile("" : : "b"(turn));
#endif
	return write(fd, "x", 1);
}

static void *write_all(void *context)
{
	const struct plan *plan = context;

	for (long i = 0; i < plan->count; i++) {
		if (write_once(plan, i) != -1 || errno != EPIPE) {
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

static int broken_pipe(void)
{
	int ends[2];

	if (pipe(ends))
		return -1;
	close(ends[0]);
	return ends[1];
}

/* A connection that was reset, after the call that got ECONNRESET. */
static int broken_connection(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const struct linger reset = { .l_onoff = 1 };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	int server;
	char byte;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &length) ||
	    connect(client, (struct sockaddr *)&address, length))
		return -1;
	server = accept(listener, NULL, NULL);
	close(listener);
	if (setsockopt(server, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) || close(server))
		return -1;
	return recv(client, &byte, 1, 0) < 0 && errno == ECONNRESET ? client : -1;
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
	int option, fd;

	while ((option = getopt(argc, argv, "dsn:k:t:c:")) != -1) {
		if (option == 'd')
			disposition = SIG_DFL;
		else if (option == 's')
			plan.silent = true;
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
	fd = plan.silent ? broken_connection() : broken_pipe();
	plan.first = fd < 0 ? -1 : multiply(fd, plan.kinds);
	if (plan.first < 0 || !plan.failures) {
		perror("broken-writer");
		return 1;
	}
	if (threads)
		return run(&plan, threads);
	write_all(&plan);
	return 0;
}
