// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cost of the first stack of a program, and of the thousandth. Takes snapshots of real
 * programs, from a new process for each hundred, and asks about them as sigpath does: in a child,
 * after the process is dead. Prints one line for each program, or for the one that is named.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "clock.h"
#include "stack.h"
#include "units.h"

#define STACK_BYTES 16384 /* sigpath's default */
#define STACKS 1000
#define STACKS_A_PROCESS 100

static const struct program {
	const char *name;
	const char *argv[3];
} programs[] = {
	{ "C", { STACK_PROGRAMS "/chain" } },
	{ "C with its debug information", { STACK_PROGRAMS "/chain-debug" } },
	{ "static C", { STACK_PROGRAMS "/chain-static" } },
	{ "C++", { STACK_PROGRAMS "/exceptions" } },
	{ "Rust", { STACK_PROGRAMS "/chain-rust" } },
	{ "Go", { STACK_PROGRAMS "/chain-go" } },
	{ "Python", { "/usr/bin/python3", STACK_SOURCES "/chain.py" } },
};

struct figures {
	size_t frames, cache_bytes;
	uint64_t ns[STACKS];
};

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static int measure(const struct program *program, struct figures *ret_figures)
{
	const struct stack_options options = { .proc_root = "/proc", .isolated = true };
	static struct capture capture;
	struct stack_question question = { .frames = true };
	static struct stack_answer answer;
	struct stack_unwinder *unwinder;
	int error = stack_unwinder_new(&options, &unwinder);

	if (error)
		return error;
	for (size_t i = 0; i < STACKS && !error; i++) {
		uint64_t start;

		if (i % STACKS_A_PROCESS == 0)
			error = capture_program((char *const *)program->argv, STACK_BYTES, false,
						&capture);
		start = clock_now_ns();
		/* As of an incident whose signal has a handler; the program is looked into once. */
		question.address = capture.snapshot.pc;
		question.program = i % STACKS_A_PROCESS == 0;
		stack_ask(unwinder, &capture.incident, &capture.snapshot, &question, &answer);
		ret_figures->ns[i] = clock_now_ns() - start;
		if (!error && !answer.stack.complete)
			error = -ENODATA;
	}
	ret_figures->frames = answer.stack.count;
	ret_figures->cache_bytes = stack_cache_bytes(unwinder);
	stack_unwinder_free(unwinder);
	return error;
}

static void print(const struct program *program, const struct figures *figures)
{
	static uint64_t later[STACKS / 2];
	const size_t count = ARRAY_SIZE(later);
	uint64_t median;

	memcpy(later, figures->ns + STACKS - count, sizeof(later));
	qsort(later, count, sizeof(later[0]), compare);
	median = later[count / 2];
	printf("| %s | %zu | %.1f | %.1f | %.1f | %.0fx | %.1f |\n", program->name, figures->frames,
	       (double)figures->ns[0] / 1e6, (double)median / 1e3,
	       (double)later[count * 99 / 100] / 1e3,
	       (double)figures->ns[0] / (double)(median ? median : 1),
	       (double)figures->cache_bytes / (1 << 20));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct figures figures;
	int status = 0;

	stack_run_child(argc, argv);
	puts("| program | frames | first, ms | 501st to 1000th, us | p99, us | first / later |"
	     " cache, MiB |");
	puts("|---|---|---|---|---|---|---|");
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		int error;

		if (argc > 1 && strcmp(programs[i].name, argv[1]))
			continue;
		if (access(programs[i].argv[0], X_OK)) {
			printf("skip %s: %s was not built\n", programs[i].name,
			       programs[i].argv[0]);
			continue;
		}
		error = measure(&programs[i], &figures);
		if (error) {
			fprintf(stderr, "stack-bench: %s: %s\n", programs[i].name,
				strerror(-error));
			status = 1;
			continue;
		}
		print(&programs[i], &figures);
	}
	return status;
}
