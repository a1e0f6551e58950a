/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long does each stage in user space take for one incident? `bench-stages CAPTURE` runs the
 * records of a capture (sigpath -w) through the stages ROUNDS times. It prints as JSON the median
 * and the 99th percentile of each stage. The stages are those of the product, connected as for a
 * replay.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture.h"
#include "decode.h"
#include "enrich.h"
#include "explain.h"
#include "line_format.h"
#include "stack.h"

#define ROUNDS 20
#define SAMPLES_MAX 100000

enum stage { DECODE, ENRICH, UNWIND, EXPLAIN, RENDER, STAGES };

static const char *const stage_names[STAGES] = { "decode", "enrich", "unwind", "explain",
						 "render" };

struct bench {
	struct replay *replay;
	struct stack_unwinder *unwinder;
	struct strbuf line;
	struct incident incident;
	struct snapshot snapshot;
	struct stack_answer answer;
	struct runtimes runtimes;
	struct explanation explanation;
	size_t samples;
	double us[STAGES][SAMPLES_MAX];
};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

/* As work_find_place(). */
static void ask(struct bench *bench)
{
	struct incident *incident = &bench->incident;
	const struct stack_question question = {
		.frames = true,
		.program = !runtime_is_known(&bench->runtimes, incident),
		.address = incident->signal.disposition == EV_DISPOSITION_HANDLER
				   ? incident->signal.handler
				   : 0,
	};

	stack_ask(bench->unwinder, incident, &bench->snapshot, &question, &bench->answer);
	if (bench->snapshot.have)
		incident->stack = &bench->answer.stack;
	if (question.address && bench->answer.name.have)
		incident->handler_frame = &bench->answer.name.frame;
	runtime_enrich(incident, &bench->runtimes, question.program ? bench->answer.program : 0,
		       WHY_NONE);
}

static int run_stages(void *context, const void *record, size_t size)
{
	const struct enrich_options options = { .proc_root = "/proc" };
	struct bench *bench = context;
	const struct line_options lines = { .session = replay_session(bench->replay) };
	double at[STAGES + 1];

	if (decode_kind(record, size) != EV_KIND_INCIDENT || bench->samples == SAMPLES_MAX)
		return 0;
	at[DECODE] = now_us();
	if (decode_incident(replay_session(bench->replay), bench->samples + 1, record, size,
			    &bench->incident) ||
	    decode_snapshot(record, size, &bench->snapshot))
		return 0;
	at[ENRICH] = now_us();
	enrich(&bench->incident, &bench->snapshot, &options);
	enrich_peer(&bench->incident);
	at[UNWIND] = now_us();
	ask(bench);
	at[EXPLAIN] = now_us();
	explain(&bench->incident, &bench->explanation);
	at[RENDER] = now_us();
	strbuf_reset(&bench->line);
	line_renderer(FORMAT_JSON)
		->incident(&lines, &bench->incident, &bench->explanation, &bench->line);
	at[STAGES] = now_us();
	for (int stage = 0; stage < STAGES; stage++)
		bench->us[stage][bench->samples] = at[stage + 1] - at[stage];
	bench->samples++;
	return 0;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static void print_stages(struct bench *bench)
{
	for (int stage = 0; stage < STAGES; stage++) {
		double *us = bench->us[stage];

		qsort(us, bench->samples, sizeof(*us), compare);
		printf("%s\"%s\": {\"median_us\": %.1f, \"p99_us\": %.1f}", stage ? ", " : "{",
		       stage_names[stage], us[bench->samples / 2], us[bench->samples * 99 / 100]);
	}
	printf(", \"incidents\": %zu}\n", bench->samples);
}

int main(int argc, char **argv)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	const struct stack_options stack = { .proc_root = "/proc", .isolated = true };
	int error;

	stack_run_child(argc, argv);
	if (argc != 2 || !bench) {
		fputs("usage: bench-stages CAPTURE\n", stderr);
		return 2;
	}
	error = stack_unwinder_new(&stack, &bench->unwinder);
	for (int round = 0; !error && round < ROUNDS; round++) {
		error = replay_open(argv[1], &bench->replay);
		if (!error)
			error = replay_run(bench->replay, run_stages, bench);
		replay_close(bench->replay);
	}
	if (!error && !bench->samples)
		error = -ENODATA;
	if (error)
		fprintf(stderr, "bench-stages: %s: %s\n", argv[1], strerror(-error));
	else
		print_stages(bench);
	stack_unwinder_free(bench->unwinder);
	strbuf_free(&bench->line);
	free(bench);
	return error ? 1 : 0;
}
