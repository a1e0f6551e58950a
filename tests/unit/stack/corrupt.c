// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs with damaged ELF files, a few bytes at a time: no crash, no hang, no leak. Run it with
 * sanitizers. A crash in libelf or libdw would end the child process (isolated.c tests that). Here
 * everything is in one process, so that a crash is visible.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "deadline.h"
#include "expect.h"
#include "units.h"

#define SECONDS_MAX 15 /* for one program, with sanitizers and other load */

struct program {
	char path[64];
	unsigned char *bytes;
	size_t size;
	uint32_t seed;
};

static uint32_t next(struct program *program)
{
	program->seed = program->seed * 1664525 + 1013904223;
	return program->seed >> 8;
}

static void load(const char *name, struct program *program)
{
	FILE *file = fopen(expect_program(name), "r");
	struct stat stat;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &stat), 0);
	program->size = (size_t)stat.st_size;
	program->bytes = malloc(program->size);
	assert_int_equal(fread(program->bytes, 1, program->size, file), program->size);
	fclose(file);
	program->seed = 7;
	snprintf(program->path, sizeof(program->path), "/tmp/sigpath-corrupt-%d", getpid());
}

static void write_bytes(const struct program *program, size_t size)
{
	FILE *file;

	unlink(program->path);
	file = fopen(program->path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(program->bytes, 1, size, file), size);
	fclose(file);
}

/* The captured process's mappings now seem to belong to the damaged file. */
static void point_to(const struct program *program, const char *name)
{
	struct snapshot *snapshot = &expect_capture()->snapshot;
	struct stat stat_;

	assert_int_equal(stat(program->path, &stat_), 0);
	for (size_t i = 0; i < snapshot->module_count; i++) {
		if (strcmp(snapshot->modules[i].path, name) != 0 &&
		    strcmp(snapshot->modules[i].path, program->path) != 0)
			continue;
		strcpy(snapshot->modules[i].path, program->path);
		snapshot->modules[i].inode = stat_.st_ino;
		snapshot->modules[i].dev = 1;
	}
}

static void unwind(struct stack_unwinder *unwinder)
{
	static struct stack stack;

	expect_ask(unwinder, &stack);
	assert_true(stack.count <= STACK_FRAMES_MAX);
	assert_true(stack.complete || stack.reason);
}

/* One to four bytes, half of the time in the headers. */
static void damage(struct program *program, size_t *places, unsigned char *saved, int count)
{
	for (int i = 0; i < count; i++) {
		size_t range = next(program) % 4 ? program->size : 1024;

		if (next(program) % 3 == 0 && program->size > 4096)
			places[i] = program->size - 1 - next(program) % 4096;
		else
			places[i] = next(program) % range;
		saved[i] = program->bytes[places[i]];
		program->bytes[places[i]] = next(program) % 2 ? (unsigned char)next(program) : 0xff;
	}
}

static void flip(const char *name, unsigned int rounds)
{
	/* The C library and a few of the damaged files stay in the cache. */
	const struct stack_options options = { .cache_bytes_max = 4 << 20,
					       .time_limit_ms = 200,
					       .debug_dir = "/nonexistent" };
	struct stack_unwinder *unwinder;
	struct program program;
	char *argv[] = { expect_program(name), NULL };
	uint64_t end;
	unsigned int round;

	expect_built(name);
	load(name, &program);
	assert_int_equal(capture_program(argv, EXPECT_STACK_BYTES, false, expect_capture()), 0);
	/* Damaged files are newer than the process. */
	expect_capture()->incident.time.tv_sec += 100000;
	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	end = clock_now_ns() + SECONDS_MAX * NSEC_PER_SEC;
	for (round = 0; round < rounds && clock_now_ns() < end; round++) {
		unsigned char saved[4];
		size_t places[4];
		int count = 1 + (int)(next(&program) % 4);

		damage(&program, places, saved, count);
		write_bytes(&program,
			    next(&program) % 50 ? program.size : next(&program) % program.size);
		point_to(&program, argv[0]);
		unwind(unwinder);
		while (count--)
			program.bytes[places[count]] = saved[count];
	}
	printf("%s: %u rounds\n", name, round);
	unlink(program.path);
	free(program.bytes);
	stack_unwinder_free(unwinder);
}

static void debug_information(void **state)
{
	flip("chain-debug", 3000);
}

static void inlined(void **state)
{
	flip("inlined", 3000);
}

static void symbols_alone(void **state)
{
	flip("chain", 2000);
}

static void minidebug(void **state)
{
	flip("chain-minidebug", 2000);
}

static void frame_pointers(void **state)
{
	flip("chain-pointers", 1000);
}

static void i386(void **state)
{
	flip("chain-i386", 1500);
}

static void go(void **state)
{
	flip("chain-go-stripped", 500);
}

/* The numbers that decide how much memory is allocated. */
static void huge_counts(void **state)
{
	static const struct {
		size_t offset, bytes;
		uint64_t value;
	} rows[] = {
		{ 60, 2, 0 },	       /* e_shnum in section 0 */
		{ 60, 2, 0xffff },     /* e_shnum */
		{ 56, 2, 0xffff },     /* e_phnum in section 0 */
		{ 40, 8, UINT64_MAX }, /* e_shoff */
		{ 32, 8, UINT64_MAX }, /* e_phoff */
		{ 58, 2, 0xffff },     /* e_shentsize */
		{ 62, 2, 0xffff },     /* e_shstrndx */
		{ 4, 1, 1 },	       /* 32 bits */
		{ 5, 1, 2 },	       /* big-endian */
		{ 18, 2, 183 },	       /* another machine */
		{ 16, 2, 4 },	       /* a core file */
	};
	const struct stack_options options = { .cache_bytes_max = 4 << 20,
					       .time_limit_ms = 2000,
					       .debug_dir = "/nonexistent" };
	struct stack_unwinder *unwinder;
	struct program program;
	char *argv[] = { expect_program("chain-debug"), NULL };

	load("chain-debug", &program);
	assert_int_equal(capture_program(argv, EXPECT_STACK_BYTES, false, expect_capture()), 0);
	expect_capture()->incident.time.tv_sec += 100000;
	assert_int_equal(stack_unwinder_new(&options, &unwinder), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned char saved[8];
		struct mallinfo2 before = mallinfo2(), after;

		memcpy(saved, program.bytes + rows[i].offset, rows[i].bytes);
		memcpy(program.bytes + rows[i].offset, &rows[i].value, rows[i].bytes);
		write_bytes(&program, program.size);
		/* A sparse file makes large sizes plausible. */
		assert_int_equal(truncate(program.path, 1 << 30), 0);
		point_to(&program, argv[0]);
		unwind(unwinder);
		after = mallinfo2();
		assert_true(after.arena < before.arena + (64u << 20));
		memcpy(program.bytes + rows[i].offset, saved, rows[i].bytes);
	}
	unlink(program.path);
	free(program.bytes);
	stack_unwinder_free(unwinder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debug_information),
		cmocka_unit_test(inlined),
		cmocka_unit_test(symbols_alone),
		cmocka_unit_test(minidebug),
		cmocka_unit_test(frame_pointers),
		cmocka_unit_test(i386),
		cmocka_unit_test(go),
		cmocka_unit_test(huge_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
