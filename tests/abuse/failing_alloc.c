// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A library to preload into sigpath: allocations fail, and so does the start of a thread, which
 * needs memory too. memory.py uses it in one of three ways:
 *
 * ALLOC_RUNS=FROM:TO:STEP:JOBS
 *                          main() runs once for each N, in a fork of the process that has loaded
 *                          everything, JOBS at a time. Its Nth allocation fails. It runs in the
 *                          directory N of the working directory. The file `results` gets N, the
 *                          status, and how many allocations were left until the failure, 0 if
 *                          it came.
 * ALLOC_READER=1           with ALLOC_RUNS: instead the Nth allocation of its child fails that
 *                          reads ELF files
 * ALLOC_CONTROL=FILE       a number in this file: how many allocations until one fails
 *
 * ALLOC_ALL=1: all later allocations fail as well.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A run that takes longer hangs. */
#define LIMIT_S 30
#define READER "--stack-reader"
#define NEVER 0

static atomic_long own_left = NEVER;
static atomic_long *left = &own_left;
static bool all_fail;
/* Inside of pthread_getattr_np(), without which AddressSanitizer gives up the process. */
static __thread bool is_exempt;

/* What the library replaces. */
static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static int (*real_memalign)(void **, size_t, size_t);
static void *(*real_aligned)(size_t, size_t);
static int (*real_getattr)(pthread_t, pthread_attr_t *);
static int (*real_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static void find_all(void)
{
	real_malloc = dlsym(RTLD_NEXT, "malloc");
	real_calloc = dlsym(RTLD_NEXT, "calloc");
	real_realloc = dlsym(RTLD_NEXT, "realloc");
	real_memalign = dlsym(RTLD_NEXT, "posix_memalign");
	real_aligned = dlsym(RTLD_NEXT, "aligned_alloc");
	real_getattr = dlsym(RTLD_NEXT, "pthread_getattr_np");
	real_create = dlsym(RTLD_NEXT, "pthread_create");
}

static bool fails(void)
{
	long before = atomic_load(left);

	if (before == NEVER || is_exempt)
		return false;
	/* It stays at -1 if all fail, and ends at NEVER otherwise. */
	if (before < 0) {
		errno = ENOMEM;
		return true;
	}
	before = atomic_fetch_sub(left, 1);
	if (before != 1)
		return false;
	if (all_fail)
		atomic_store(left, -1);
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	if (!real_malloc)
		find_all();
	return fails() ? NULL : real_malloc(size);
}

/* dlsym() itself may call it, and does without. */
void *calloc(size_t count, size_t size)
{
	if (!real_calloc)
		return NULL;
	return fails() ? NULL : real_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	if (!real_realloc)
		find_all();
	return fails() ? NULL : real_realloc(old, size);
}

int posix_memalign(void **ret_bytes, size_t alignment, size_t size)
{
	return fails() ? ENOMEM : real_memalign(ret_bytes, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : real_aligned(alignment, size);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
		   void *context)
{
	return fails() ? EAGAIN : real_create(thread, attributes, start, context);
}

int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)
{
	int error;

	is_exempt = true;
	error = real_getattr(thread, attributes);
	is_exempt = false;
	return error;
}

static void redirect(const char *path, int descriptor)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (file < 0 || dup2(file, descriptor) < 0)
		_exit(99);
	close(file);
}

/* The Nth allocation of all readers of this run together, because each may be replaced. */
static void write_control(const char *path, long number)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (file < 0 || write(file, &number, sizeof(number)) != sizeof(number))
		_exit(99);
	close(file);
}

/* In the fork: main() is next. */
static void begin_run(long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", number);
	if (mkdir(text, 0700) || chdir(text))
		_exit(99);
	redirect("out", STDOUT_FILENO);
	redirect("err", STDERR_FILENO);
	alarm(LIMIT_S);
	unsetenv("ALLOC_RUNS");
	if (getenv("ALLOC_READER"))
		write_control("reader", number);
	else
		atomic_store(left, number);
}

#define PIDS (1 << 22)

struct runs {
	long from, to, step, jobs;
};

static void *map_array(size_t size)
{
	void *array = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (array == MAP_FAILED)
		_exit(99);
	return array;
}

/* The process that makes the runs never gets to main(). */
static void make_runs(const struct runs *runs)
{
	atomic_long *lefts = map_array((size_t)(runs->to + 1) * sizeof(*lefts));
	long *numbers = map_array(PIDS * sizeof(*numbers)), next = runs->from, running = 0;
	char line[64];
	int results, status;

	results = open("results", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	while (next <= runs->to || running) {
		pid_t pid;

		if (next <= runs->to && running < runs->jobs) {
			pid = fork();
			if (pid == 0) {
				left = &lefts[next];
				begin_run(next);
				return;
			}
			numbers[pid % PIDS] = next;
			next += runs->step;
			running++;
			continue;
		}
		pid = wait(&status);
		running--;
		snprintf(line, sizeof(line), "%ld %d %ld\n", numbers[pid % PIDS], status,
			 atomic_load(&lefts[numbers[pid % PIDS]]));
		if (write(results, line, strlen(line)) < 0)
			_exit(99);
	}
	_exit(0);
}

static void use_control(const char *path)
{
	int file = open(path, O_RDWR | O_CLOEXEC);
	void *shared = MAP_FAILED;

	if (file >= 0)
		shared = mmap(NULL, sizeof(*left), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (shared == MAP_FAILED)
		_exit(99);
	close(file);
	left = shared;
}

__attribute__((constructor)) static void begin(int argc, char **argv)
{
	const char *runs_text = getenv("ALLOC_RUNS"), *control = getenv("ALLOC_CONTROL");
	bool is_reader = argc == 2 && !strcmp(argv[1], READER);
	struct runs runs;

	if (!real_malloc)
		find_all();
	all_fail = getenv("ALLOC_ALL");
	if (is_reader && getenv("ALLOC_READER"))
		use_control("reader");
	else if (!is_reader && control)
		use_control(control);
	else if (!is_reader && runs_text &&
		 sscanf(runs_text, "%ld:%ld:%ld:%ld", &runs.from, &runs.to, &runs.step,
			&runs.jobs) == 4)
		make_runs(&runs);
}
