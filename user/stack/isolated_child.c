// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader. It gives up what it does not need, which is almost everything, then answers questions
 * until the tracer closes the socket. It is this program executed again (spawner_process.c), so it
 * has one thread, and of the tracer's memory only what is shared.
 */
#include "isolated_child.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "confine.h"
#include "deadline.h"
#include "engine.h"
#include "files.h"
#include "isolated_memory.h"
#include "own_process.h"
#include "spawner.h"
#include "units.h"

/*
 * Beyond what the caches may hold: memory for one stack (a register number in hostile call frame
 * information makes libdw reserve gigabytes), and address space for the files that are mapped.
 */
#define DATA_BYTES (UINT64_C(1) << 30)
#define ADDRESS_SPACE_BYTES (UINT64_C(16) << 30)
#define DESCRIPTORS_MAX 1024 /* a file that cannot be mapped keeps one */
#define ALARM_GRACE_MS 300
/* There is a shortage if so much cannot be allocated. */
#define PROBE_BYTES (UINT64_C(1) << 20)

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
	uint64_t memory = own_memory_bytes();

	(void)memory;
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_MEMLOCK, 0);
	limit(RLIMIT_MSGQUEUE, 0);
	limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);
#ifndef HAVE_SANITIZER /* its shadow memory is larger than any limit */
	limit(RLIMIT_DATA, memory + options->cache_bytes_max + DATA_BYTES);
	limit(RLIMIT_AS, memory + options->cache_bytes_max + ADDRESS_SPACE_BYTES);
#endif
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

/* The environment of whoever started the tracer may contain secrets. */
static void forget_environment(void)
{
	for (char **variable = environ; *variable; variable++)
		memset(*variable, 0, strlen(*variable));
	*environ = NULL;
}

static struct isolated_answer *answered;

/* This process ends by itself inside of a question: libdw does so without memory, too. */
static void forget_answer(void)
{
	answered->progress.done = 0;
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

/* Memory that the tracer shares. NULL: there is none, so this process is not the reader. */
static void *map_shared(int fd, size_t size, int access)
{
	struct stat stat;
	void *shared;

	if (fstat(fd, &stat) || (size_t)stat.st_size != size)
		return NULL;
	shared = mmap(NULL, size, access, MAP_SHARED, fd, 0);
	close(fd);
	return shared == MAP_FAILED ? NULL : shared;
}

static void work(struct engine *engine, const struct isolated_question *question,
		 struct isolated_answer *answer)
{
	static struct snapshot snapshot;

	isolated_copy_snapshot(&snapshot, &question->snapshot);
	snapshot.stack = question->stack_bytes;
	engine_ask(engine, &question->target, &snapshot, &question->question, &answer->progress,
		   &answer->answer);
	answer->cache_bytes = engine_cache_bytes(engine);
}

static void answer_questions(struct engine *engine, const struct isolated_question *question,
			     struct isolated_answer *answer)
{
	char byte;

	while (recv(ISOLATED_SOCKET, &byte, 1, 0) == 1) {
		set_alarm(question->target.time_limit_ms ?: question->options.time_limit_ms);
		work(engine, question, answer);
		set_alarm(0);
		if (is_short_of_memory()) {
			forget_answer();
			_exit(1);
		}
		if (send(ISOLATED_SOCKET, &byte, 1, MSG_NOSIGNAL) != 1)
			break;
	}
}

_Noreturn static void run(const struct isolated_question *question, struct isolated_answer *answer)
{
	const struct stack_options options = isolated_options(question);
	struct engine *engine;

	answer->base = (uintptr_t)answer;
	/* Where its parent had no right to: see become_reader(). */
	own_process_go_first();
	own_process_close(ISOLATED_OPENER + 1);
	own_process_ignore_signals();
	prctl(PR_SET_NAME, "sigpath-stack");
	set_limits(&options);
	forget_environment();
	answered = answer;
	atexit(forget_answer);
	if (engine_new_asking(&options, ISOLATED_OPENER, &question->bad, &engine))
		_exit(1);
	if (confine(getppid()))
		_exit(is_short_of_memory() ? 1 : SPAWNER_NOT_STARTED);
	answer_questions(engine, question, answer);
	_exit(0);
}

void stack_run_child(int argc, char **argv)
{
	const struct isolated_question *question;
	struct isolated_answer *answer;

	if (argc != 2 || strcmp(argv[1], ISOLATED_ARGUMENT) != 0)
		return;
	question = map_shared(ISOLATED_QUESTION, sizeof(*question), PROT_READ);
	if (!question)
		return;
	answer = map_shared(ISOLATED_ANSWER, sizeof(*answer), PROT_READ | PROT_WRITE);
	if (answer)
		run(question, answer);
}
