// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The child's half. It gives up what it does not need, then answers questions until its parent
 * closes the socket. It keeps the parent's right to open files, because that is its task. It is
 * this program executed again (isolated.c), so it has one thread and only the shared part of the
 * parent's memory.
 */
#include "isolated_child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "deadline.h"
#include "engine.h"
#include "units.h"

/*
 * Beyond what the caches may hold: memory for one stack (a register number in hostile call frame
 * information makes libdw reserve gigabytes), and address space for the files that are mapped.
 */
#define DATA_BYTES (UINT64_C(1) << 30)
#define ADDRESS_SPACE_BYTES (UINT64_C(16) << 30)
#define ALARM_GRACE_MS 300
/* There is a shortage if so much cannot be allocated. */
#define PROBE_BYTES (UINT64_C(1) << 20)

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

/*
 * The parent ends this process. Signals that a terminal sends to the process group are for the
 * parent.
 */
static void set_signals(void)
{
	static const int ignored[] = { SIGINT,	SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1, SIGUSR2,
				       SIGPIPE, SIGXFSZ, SIGTSTP, SIGTTOU, SIGTTIN };
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void limit(int resource, uint64_t value)
{
	struct rlimit limits = { .rlim_cur = value, .rlim_max = value };

	setrlimit(resource, &limits);
}

static uint64_t own_memory_bytes(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file)
		return 0;
	if (fscanf(file, "%lu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void set_limits(const struct stack_options *options)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	uint64_t memory = own_memory_bytes();

	(void)memory;
	limit(RLIMIT_CORE, 0);
	/* debuginfod keeps a cache on disk. Nothing else here writes files. */
	if (!urls || !urls[0])
		limit(RLIMIT_FSIZE, 0);
#ifndef HAVE_ASAN /* its shadow memory is larger than any limit */
	limit(RLIMIT_DATA, memory + options->cache_bytes_max + DATA_BYTES);
	limit(RLIMIT_AS, memory + options->cache_bytes_max + ADDRESS_SPACE_BYTES);
#endif
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_NAME, "sigpath-stack");
}

/* Keeps stderr, where a sanitizer reports. */
static void set_descriptors(void)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	/* The output of the parent must end when the parent ends. */
	syscall(SYS_close_range, ISOLATED_SOCKET + 1u, ~0u, 0u);
}

static void set_timer(int which, unsigned int milliseconds)
{
	struct itimerval timer = {
		.it_value = { .tv_sec = milliseconds / 1000,
			      .tv_usec = (suseconds_t)(milliseconds % 1000) * 1000 },
	};

	setitimer(which, &timer, NULL);
}

/*
 * Ends a hang inside a library, which does not check the deadline: SIGPROF limits CPU time, SIGALRM
 * limits waiting. 0: no limit.
 */
static void set_alarm(unsigned int limit_ms)
{
	set_timer(ITIMER_PROF, limit_ms ? limit_ms + ALARM_GRACE_MS : 0);
	set_timer(ITIMER_REAL, limit_ms ? DEADLINE_STRETCH * limit_ms + ALARM_GRACE_MS : 0);
}

/* This process is the first to go when memory runs out, and goes with its parent. */
static void set_end(pid_t parent)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	/* Without this the kernel chooses by size, which is large enough to be chosen. */
	(void)!write(fd, "1000", strlen("1000"));
	close(fd);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
}

static void work(struct engine *engine, struct isolated_shared *shared)
{
	shared->snapshot.stack = shared->stack_bytes;
	engine_ask(engine, &shared->target, &shared->snapshot, &shared->question, &shared->progress,
		   &shared->answer);
	shared->cache_bytes = engine_cache_bytes(engine);
}

static struct isolated_shared *asked;

/* This process ends by itself inside of a question: libdw does so without memory, too. */
static void forget_answer(void)
{
	asked->progress.done = 0;
}

/*
 * libelf and libdw go on without a table that they have no memory for, as if the file did not have
 * it. So what was found without memory is not an answer: the parent gives the reason, and the next
 * question gets a new child.
 */
static bool is_short_of_memory(void)
{
	void *volatile probe = malloc(PROBE_BYTES); /* or the compiler leaves it out */
	bool is_short = !probe;

	free(probe);
	return is_short;
}

/* The memory that the parent shares. NULL: there is none, so this process is not the child. */
static struct isolated_shared *map_shared(void)
{
	struct isolated_shared *shared;
	struct stat stat;

	if (fstat(ISOLATED_SHARED, &stat) || stat.st_size != sizeof(*shared))
		return NULL;
	shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, ISOLATED_SHARED, 0);
	return shared == MAP_FAILED ? NULL : shared;
}

_Noreturn static void run(struct isolated_shared *shared)
{
	struct stack_options options = shared->options;
	struct engine *engine;
	char byte;

	options.proc_root = shared->proc_root;
	options.debug_dir = shared->debug_dir;
	shared->base = (uintptr_t)shared;
	set_end(shared->parent);
	set_descriptors();
	set_signals();
	set_limits(&options);
	asked = shared;
	atexit(forget_answer);
	if (engine_new(&options, true, &shared->bad, &engine))
		_exit(1);
	while (recv(ISOLATED_SOCKET, &byte, 1, 0) == 1) {
		set_alarm(shared->target.time_limit_ms ?: options.time_limit_ms);
		work(engine, shared);
		set_alarm(0);
		if (is_short_of_memory())
			exit(1);
		if (send(ISOLATED_SOCKET, &byte, 1, MSG_NOSIGNAL) != 1)
			break;
	}
	_exit(0);
}

void stack_run_child(int argc, char **argv)
{
	struct isolated_shared *shared;

	if (argc != 2 || strcmp(argv[1], ISOLATED_ARGUMENT) != 0)
		return;
	shared = map_shared();
	if (shared)
		run(shared);
}
