// SPDX-License-Identifier: GPL-2.0-or-later
/* The ranges of kernel functions, from tables that look like those of kernels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "event.h"
#include "places.h"

static char path[] = "/tmp/sigpath-places-XXXXXX";

static int make_file(void **state)
{
	return close(mkstemp(path));
}

static int remove_file(void **state)
{
	return unlink(path);
}

static void read_text(const char *text, struct place_table *table)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
	places_read(path, table);
}

/* As bpf/core/place.bpf.h does it. */
static uint64_t look_up(const struct place_table *table, uint64_t address)
{
	uint32_t low = 0;

	for (uint32_t step = PLACE_RANGES_MAX / 2; step; step /= 2)
		if (table->range[low + step].start <= address)
			low += step;
	if (address < table->range[low].start || address > table->range[low].end)
		return 0;
	return table->range[low].place;
}

static void ranges(void **state)
{
	struct place_table table;

	read_text("0000000000000000 A fixed_percpu_data\n"
		  "ffffffff81000000 T _stext\n"
		  "ffffffff81000100 t __oom_kill_process.cold\n"
		  "ffffffff81000120 t other.cold\n"
		  "ffffffff81000200 t __pfx_zap_pid_ns_processes\n"
		  "ffffffff81000210 T zap_pid_ns_processes\n"
		  "ffffffff81000210 T alias_of_it\n"
		  "ffffffff81000300 t __pfx_next\n"
		  "ffffffff81000400 t isig\n"
		  "ffffffff81000480 t send_sigio.part.0.isra.0\n"
		  "ffffffff81000500 d it_real_fn\n"
		  "ffffffff81000580 T isig_not\n"
		  "ffffffff81000600 T __oom_kill_process\n"
		  "ffffffff81000700 T last\n"
		  "ffffffffc0400000 t send_sigio\t[module]\n",
		  &table);
	assert_int_equal(table.state, EV_PLACED_COMPARED);
	assert_int_equal(table.count, 5);
	assert_int_equal(look_up(&table, 0xffffffff81000101), EV_PLACE_OOM);
	/* A call that does not return can be the last instruction. */
	assert_int_equal(look_up(&table, 0xffffffff81000120), EV_PLACE_OOM);
	assert_int_equal(look_up(&table, 0xffffffff81000121), EV_PLACE_UNKNOWN);
	/* The address of a function is no return address into it. */
	assert_int_equal(look_up(&table, 0xffffffff81000210), EV_PLACE_UNKNOWN);
	assert_int_equal(look_up(&table, 0xffffffff81000211), EV_PLACE_NAMESPACE);
	assert_int_equal(look_up(&table, 0xffffffff81000300), EV_PLACE_NAMESPACE);
	assert_int_equal(look_up(&table, 0xffffffff81000480), EV_PLACE_TERMINAL);
	assert_int_equal(look_up(&table, 0xffffffff81000481), EV_PLACE_FD);
	assert_int_equal(look_up(&table, 0xffffffff81000581), EV_PLACE_UNKNOWN);
	assert_int_equal(look_up(&table, 0xffffffff81000700), EV_PLACE_OOM);
	assert_int_equal(look_up(&table, 0xffffffffc0400010), EV_PLACE_UNKNOWN);
	assert_int_equal(look_up(&table, 0), EV_PLACE_UNKNOWN);
	assert_int_equal(look_up(&table, UINT64_MAX - 1), EV_PLACE_UNKNOWN);
}

static void hidden(void **state)
{
	struct place_table table;

	read_text("0000000000000000 T _stext\n"
		  "0000000000000000 T zap_pid_ns_processes\n"
		  "0000000000000000 T last\n",
		  &table);
	assert_int_equal(table.state, EV_PLACED_HIDDEN);
	assert_int_equal(table.count, 0);
	places_read("/nonexistent/kallsyms", &table);
	assert_int_equal(table.state, EV_PLACED_HIDDEN);
	assert_int_equal(look_up(&table, 0xffffffff81000211), EV_PLACE_UNKNOWN);
}

/* Longer than what is read at a time, with lines that cross from one piece to the next. */
static void large(void **state)
{
	struct place_table table;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	for (unsigned int i = 0; i < 20000; i++)
		fprintf(file, "%016llx T %s%u\n", 0xffffffff81000000ull + i * 16,
			i % 5000 == 4999 ? "isig.isra." : "function_", i);
	fclose(file);
	read_text(text, &table);
	free(text);
	assert_int_equal(table.count, 3);
	for (unsigned int i = 4999; i < 19999; i += 5000)
		assert_int_equal(look_up(&table, 0xffffffff81000000ull + i * 16 + 5),
				 EV_PLACE_TERMINAL);
}

/* More than there is room for: the first ones are kept. */
static void many(void **state)
{
	struct place_table table;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	for (unsigned int i = 0; i < 200; i++)
		fprintf(file, "%016llx T isig.%u\n", 0xffffffff81000000ull + i * 16, i);
	fclose(file);
	read_text(text, &table);
	free(text);
	assert_int_equal(table.count, PLACE_RANGES_MAX);
	assert_int_equal(look_up(&table, 0xffffffff81000001 + 127 * 16), EV_PLACE_TERMINAL);
	assert_int_equal(look_up(&table, 0xffffffff81000001 + 128 * 16), EV_PLACE_UNKNOWN);
}

static void wanted(void **state)
{
	assert_false(places_are_wanted(1 << 12 | 1 << 24));
	assert_true(places_are_wanted(1 << 12 | 1 << 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges), cmocka_unit_test(hidden), cmocka_unit_test(large),
		cmocka_unit_test(many),	  cmocka_unit_test(wanted),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
