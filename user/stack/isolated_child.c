// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The child's half: gives up what it does not need, then works until its parent closes the socket.
 * It keeps the parent's rights to open files, which is what it is for.
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
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "deadline.h"
#include "engine.h"

/*
 * Beyond what the caches may hold: memory for one stack (a register number in hostile call frame
 * information makes libdw reserve gigabytes), and address space for the files that are mapped.
 */
#define DATA_BYTES (UINT64_C(1) << 30)
#define ADDRESS_SPACE_BYTES (UINT64_C(16) << 30)
#define ALARM_GRACE_MS 300

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

/* The parent ends us; what a terminal sends to the whole group is for the parent alone. */
static void set_signals(void)
{
	static const int ignored[] = { SIGINT,	SIGTERM, SIGHUP,  SIGQUIT, SIGUSR1,
				       SIGUSR2, SIGPIPE, SIGTSTP, SIGTTOU, SIGTTIN };
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
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
	/* debuginfod keeps a cache on disk; nobody else writes. */
	if (!urls || !urls[0])
		limit(RLIMIT_FSIZE, 0);
#ifndef HAVE_ASAN /* whose shadow is larger than any limit */
	limit(RLIMIT_DATA, memory + options->cache_bytes_max + DATA_BYTES);
	limit(RLIMIT_AS, memory + options->cache_bytes_max + ADDRESS_SPACE_BYTES);
#endif
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_NAME, "sigpath-stack");
}

/* Returns the socket's new number. Not stderr: a sanitizer says there what it found. */
static int set_descriptors(int socket)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	socket = dup2(socket, 3);
	/* The output of the parent must end when the parent ends. */
	syscall(SYS_close_range, 4u, ~0u, 0u);
	return socket;
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
 * Hangs inside of a library end here, not at the deadline that our own loops ask for: by SIGPROF
 * what computes, by SIGALRM what waits. 0: no more.
 */
static void set_alarm(unsigned int limit_ms)
{
	set_timer(ITIMER_PROF, limit_ms ? limit_ms + ALARM_GRACE_MS : 0);
	set_timer(ITIMER_REAL, limit_ms ? DEADLINE_STRETCH * limit_ms + ALARM_GRACE_MS : 0);
}

static void work(struct engine *engine, struct isolated_shared *shared)
{
	switch (shared->job) {
	case ISOLATED_UNWIND:
		engine_unwind(engine, &shared->target, &shared->snapshot, &shared->plain,
			      &shared->stack);
		break;
	case ISOLATED_NAME:
		engine_name(engine, &shared->target, &shared->snapshot, shared->address,
			    &shared->stack);
		break;
	case ISOLATED_PROGRAM:
		shared->program_marks =
			engine_find_program(engine, &shared->target, &shared->snapshot);
		break;
	}
	shared->cache_bytes = engine_cache_bytes(engine);
}

/*
 * What the parent shares with the kernel, the ring buffer and the counts, is nothing for a child
 * that hostile bytes may take over: only SHARED is left of what is shared.
 */
static void drop_shared_memory(const struct isolated_shared *shared)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned long start, end;
	char permissions[5];

	/* The list changes under the reader, who goes on behind the last address that he has seen. */
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%lx-%lx %4s", &start, &end, permissions) == 3 &&
		    permissions[3] == 's' && start != (uintptr_t)shared)
			munmap((void *)start, end - start);
	if (file)
		fclose(file);
}

_Noreturn void isolated_child_main(const struct stack_options *options,
				   struct isolated_shared *shared, int socket)
{
	struct engine *engine;
	char byte;

	socket = set_descriptors(socket);
	set_signals();
	drop_shared_memory(shared);
	set_limits(options);
	if (socket < 0 || engine_new(options, true, &engine))
		_exit(1);
	while (recv(socket, &byte, 1, 0) == 1) {
		set_alarm(options->time_limit_ms);
		work(engine, shared);
		set_alarm(0);
		if (send(socket, &byte, 1, MSG_NOSIGNAL) != 1)
			break;
	}
	_exit(0);
}
