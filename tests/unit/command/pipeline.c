// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A run without memory for its own state does not begin. Without memory for an incident it
 * continues, reports it, and ends with status 1. A run that ends before the stages took all records
 * counts the events in them as lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture_builder.h"
#include "clock.h"
#include "exit_entry.h"
#include "exits.h"
#include "log.h"
#include "pipeline.h"

static atomic_bool no_memory;  /* for a record */
static atomic_bool is_stalled; /* memory for a record comes only when the semaphore is posted */
static sem_t go_on;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	if (is_stalled && size == EV_RECORD_MAX)
		sem_wait(&go_on);
	return no_memory && size == EV_RECORD_MAX ? NULL : __real_malloc(size);
}

static atomic_int callocs_left = -1; /* until one has no memory; negative: each has */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	if (callocs_left >= 0 && callocs_left-- == 0)
		return NULL;
	return __real_calloc(count, size);
}

static char path[] = "/tmp/sigpath-pipeline-XXXXXX";
static char logged[4096];

static struct exits *new_exits(void)
{
	int fd = memfd_create("exits", MFD_CLOEXEC), ended = memfd_create("ended", MFD_CLOEXEC);
	struct exits *exits;

	assert_int_equal(ftruncate(fd, EV_EXITS * sizeof(struct ev_exit_entry)), 0);
	assert_int_equal(ftruncate(ended, EV_ENDED * sizeof(struct ev_ended_entry)), 0);
	assert_int_equal(exits_new(fd, ended, &exits), 0);
	close(ended);
	close(fd);
	return exits;
}

/* An incident whose outcome is open: a handler runs. Returns the size of its record. */
static size_t push(struct pipeline *pipeline)
{
	static struct builder builder;

	builder_begin(&builder);
	builder.fixed.head.header.size = builder.size;
	builder.fixed.signal.outcome = EV_OUTCOME_HANDLED;
	assert_int_equal(pipeline_push(pipeline, builder.bytes, builder.size), 0);
	return builder.size;
}

static void push_repeats(struct pipeline *pipeline, uint64_t count, uint64_t group)
{
	const struct ev_repeat record = {
		.header = { .kind = EV_KIND_REPEAT, .version = EV_VERSION, .size = sizeof(record) },
		.group = group,
		.count = count,
		.outcome = EV_OUTCOME_HANDLED,
	};

	assert_int_equal(pipeline_push(pipeline, &record, sizeof(record)), 0);
}

/* How many incidents a live run of two writes, and whether it succeeds. STARVED: without memory. */
static int run(bool starved, bool *ret_success)
{
	static const struct ev_session session = { .hz = 250, .host = "web-12" };
	static struct options options = {
		.outputs = { { .path = path, .format = FORMAT_JSON } },
		.output_count = 1,
		.output_mode = 0600,
		.truncate = true,
		.stack = STACK_NONE,
	};
	int log_file = memfd_create("stderr", MFD_CLOEXEC), saved = dup(STDERR_FILENO), count = 0;
	struct exits *exits = new_exits();
	struct pipeline *pipeline;
	char line[65536];
	FILE *file;

	assert_int_equal(dup2(log_file, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(pipeline_open(&options, &session, exits, false, &pipeline), 0);
	assert_int_equal(pipeline_start(pipeline, NULL), 0);
	no_memory = starved;
	push(pipeline);
	push(pipeline);
	*ret_success = pipeline_finish(pipeline);
	no_memory = false;
	pipeline_free(pipeline);
	exits_free(exits);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	memset(logged, 0, sizeof(logged));
	assert_true(pread(log_file, logged, sizeof(logged) - 1, 0) >= 0);
	close(log_file);
	close(saved);
	file = fopen(path, "re");
	while (fgets(line, sizeof(line), file))
		count += strstr(line, "\"kind\":\"incident\"") != NULL;
	fclose(file);
	return count;
}

static void goes_on_without_memory(void **state)
{
	bool success;

	assert_int_equal(run(false, &success), 2);
	assert_true(success);
	assert_string_equal(logged, "");
	assert_int_equal(run(true, &success), 2);
	assert_false(success);
	/* Once. */
	assert_string_equal(logged, "sigpath: out of memory: no process is followed to its end\n");
}

/* Whichever part of its state has no memory. */
static void does_not_begin_without_memory(void **state)
{
	static const struct ev_session session = { .hz = 250, .host = "web-12" };
	static struct options options = {
		.outputs = { { .path = path, .format = FORMAT_JSON } },
		.output_count = 1,
		.output_mode = 0600,
		.truncate = true,
		.stack = STACK_NONE,
	};
	struct exits *exits = new_exits();
	struct pipeline *pipeline;
	int refused = 0, error;

	for (;; refused++) {
		callocs_left = refused;
		error = pipeline_open(&options, &session, exits, false, &pipeline);
		if (callocs_left >= 0)
			break;
		assert_int_equal(error, -ENOMEM);
	}
	callocs_left = -1;
	assert_int_equal(error, 0);
	assert_true(refused > 6);
	pipeline_free(pipeline);
	exits_free(exits);
}

/* The number after WORD in the last line of this kind. */
static uint64_t number_of(const char *kind, const char *word)
{
	FILE *file = fopen(path, "re");
	uint64_t number = UINT64_MAX;
	char line[65536];

	while (fgets(line, sizeof(line), file))
		if (strstr(line, kind) && strstr(line, word))
			number = strtoull(strstr(line, word) + strlen(word), NULL, 10);
	fclose(file);
	return number;
}

static uint64_t summary_number(const char *word)
{
	return number_of("\"kind\":\"summary\"", word);
}

/* The stages are busy, the queue is full, and the run has to end. */
static void counts_what_did_not_fit(void **state)
{
	static const struct ev_session session = { .hz = 250, .host = "web-12" };
	static struct options options = {
		.outputs = { { .path = path, .format = FORMAT_JSON } },
		.output_count = 1,
		.output_mode = 0600,
		.truncate = true,
		.stack = STACK_NONE,
	};
	struct exits *exits = new_exits();
	struct pipeline *pipeline;
	uint64_t pushed = 0, told;
	size_t bytes = 0;

	assert_int_equal(pipeline_open(&options, &session, exits, false, &pipeline), 0);
	assert_int_equal(pipeline_start(pipeline, NULL), 0);
	is_stalled = true;
	pipeline_end_soon(pipeline);
	for (; bytes < 5 << 20; pushed++)
		bytes += push(pipeline);
	for (int i = 0; i < 1000; i++)
		push_repeats(pipeline, 1000, 0);
	is_stalled = false;
	for (uint64_t i = 0; i < pushed; i++)
		sem_post(&go_on);
	pipeline_finish(pipeline);
	pipeline_free(pipeline);
	exits_free(exits);
	told = summary_number("\"incidents\":") + summary_number("\"repeats\":");
	assert_int_equal(told + summary_number("\"lost\":"), pushed + 1000000);
	assert_true(summary_number("\"repeats\":") < 1000000);
	assert_int_equal(number_of("\"kind\":\"lost\"", "\"count\":"), summary_number("\"lost\":"));
}

/*
 * A write to a pipe whose reader has exited with status 0. A handler runs, so the incident waits
 * for the end of its process, and only then the reader is known.
 */
static void push_pipeline(struct pipeline *pipeline)
{
	static struct builder builder;
	const uint64_t now_ns = clock_now_ns();

	builder_begin(&builder);
	builder.fixed.head.header.time_ns = now_ns;
	builder.fixed.head.header.size = builder.size;
	builder.fixed.head.group = 77;
	builder.fixed.signal.outcome = EV_OUTCOME_HANDLED;
	builder.fixed.object.type = EV_OBJECT_PIPE;
	builder.fixed.object.pipe = (struct ev_pipe){ .r_counter = 1, .max_buffers = 16 };
	builder.fixed.evidence.watched_since_ns = 1;
	builder.fixed.evidence.peer = (struct ev_closer){
		.time_ns = now_ns - 1000,
		.start_boot_ns = 900000000000,
		.pid = 4321,
		.tid = 4321,
		.flags = EV_CLOSER_EXITED,
		.comm = "head",
	};
	builder_have(&builder, EV_BLOCK_EVIDENCE, true);
	assert_int_equal(pipeline_push(pipeline, builder.bytes, builder.size), 0);
}

/* One such incident and 50 repeats of it, and 7 repeats whose incident is not known. */
static void run_repeats(uint32_t classes_not, enum severity min_severity)
{
	static const struct ev_session session = { .hz = 250, .host = "web-12" };
	const struct options options = {
		.outputs = { { .path = path, .format = FORMAT_JSON } },
		.output_count = 1,
		.output_mode = 0600,
		.stack = STACK_NONE,
		.classes_not = classes_not,
		.min_severity = min_severity,
	};
	struct exits *exits = new_exits();
	struct pipeline *pipeline;

	assert_int_equal(pipeline_open(&options, &session, exits, false, &pipeline), 0);
	assert_int_equal(pipeline_start(pipeline, NULL), 0);
	push_pipeline(pipeline);
	push_repeats(pipeline, 20, 77);
	push_repeats(pipeline, 30, 77);
	push_repeats(pipeline, 7, 0);
	assert_true(pipeline_finish(pipeline));
	pipeline_free(pipeline);
	exits_free(exits);
}

static void assert_counts(uint64_t incidents, uint64_t repeats, uint64_t filtered)
{
	assert_int_equal(summary_number("\"incidents\":"), incidents);
	assert_int_equal(summary_number("\"repeats\":"), repeats);
	assert_int_equal(summary_number("\"filtered\":"), filtered);
}

/* How many repeats of the incident come behind it, with its class. */
static int repeats_of_the_incident(void)
{
	FILE *file = fopen(path, "re");
	bool incident = false;
	char line[65536];
	int count = 0;

	while (fgets(line, sizeof(line), file)) {
		incident |= strstr(line, "\"kind\":\"incident\"") != NULL;
		count += incident && strstr(line, "\"kind\":\"repeat\"") &&
			 strstr(line, "\"of\":\"00000000-000001\"") &&
			 strstr(line, "\"class\":\"pipeline_done\",\"severity\":\"info\"");
	}
	fclose(file);
	return count;
}

/* The class of an incident is certain only when it is finished. Until then its repeats wait. */
static void repeats_are_filtered_as_their_incident(void **state)
{
	run_repeats(0, SEVERITY_INFO);
	assert_counts(1, 57, 0);
	assert_int_equal(repeats_of_the_incident(), 2);
	run_repeats(UINT32_C(1) << CLASS_PIPELINE_DONE, SEVERITY_INFO);
	assert_counts(0, 7, 51);
	run_repeats(UINT32_C(1) << CLASS_PEER_GONE, SEVERITY_INFO);
	assert_counts(1, 57, 0);
	run_repeats(0, SEVERITY_NOTICE);
	assert_counts(0, 7, 51);
}

static int set_up(void **state)
{
	int fd = mkstemp(path);

	log_set_level(LOG_WARNING);
	sem_init(&go_on, 0, 0);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_not_begin_without_memory),
		cmocka_unit_test(goes_on_without_memory),
		cmocka_unit_test(counts_what_did_not_fit),
		cmocka_unit_test(repeats_are_filtered_as_their_incident),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
