// SPDX-License-Identifier: GPL-2.0-or-later
/* A record without memory: what is left out, and that all else reads as before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "record_case.h"
#include "units.h"

#define SECRET "tiger-in-memory"

static unsigned char stripped[EV_RECORD_MAX];
static size_t size;

static bool has(const void *bytes, size_t length, const char *text)
{
	return memmem(bytes, length, text, strlen(text));
}

/* All that comes from the memory or the registers of the process, or tells where the kernel is. */
static void put_secrets(void)
{
	static const enum ev_block blocks[] = { EV_BLOCK_STACK, EV_BLOCK_MODULES,
						EV_BLOCK_KERNEL_STACK };
	struct ev_incident *head = &builder.fixed.head;

	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		builder_set_bytes(&builder, blocks[i], SECRET, sizeof(SECRET));
	builder_have(&builder, EV_BLOCK_THREAD, true);
	memcpy(builder.fixed.thread.registers, SECRET, sizeof(SECRET));
	memcpy(builder.fixed.call.args, SECRET, sizeof(SECRET));
	memcpy(&builder.fixed.object.sk, SECRET, sizeof(builder.fixed.object.sk));
	/* Bytes that no block has. */
	memcpy(builder.bytes + builder.size, SECRET, sizeof(SECRET));
	builder.size += sizeof(SECRET);
	head->header.size = builder.size;
}

static void leaves_memory_out(void **state)
{
	static struct incident before;

	put_secrets();
	assert_int_equal(decode(), 0);
	before = incident;
	assert_true(has(builder.bytes, builder.size, SECRET));
	assert_int_equal(record_strip(builder.bytes, builder.size, "frames", 6, stripped, &size),
			 0);
	assert_false(has(stripped, size, SECRET));
	assert_false(has(stripped, size, "tiger-in"));
	assert_true(has(stripped, size, "frames"));
	assert_int_equal(decode_kind(stripped, size), EV_KIND_INCIDENT);
	assert_int_equal(decode_incident(&session, 17, stripped, size, &incident), 0);
	memset(before.syscall.args, 0, sizeof(before.syscall.args));
	assert_true(before.registers.have);
	memset(&before.registers, 0, sizeof(before.registers));
	/* The names are pointers into the incident. */
	for (size_t i = 0; i < before.process.cmdline.count; i++) {
		assert_string_equal(incident.process.cmdline.args[i],
				    before.process.cmdline.args[i]);
		before.process.cmdline.args[i] = incident.process.cmdline.args[i];
	}
	assert_memory_equal(&incident, &before, sizeof(incident));
	assert_int_equal(decode_snapshot(stripped, size, &snapshot), 0);
	assert_false(snapshot.have);
	assert_int_equal(snapshot.kernel_count, 0);
}

static void a_table_of_another_length(void **state)
{
	struct ev_incident *to = (struct ev_incident *)stripped;

	builder.fixed.head.header.size = builder.size;
	builder.fixed.head.block_count = EV_BLOCK_CMDLINE;
	assert_int_equal(record_strip(builder.bytes, builder.size, "frames", 6, stripped, &size),
			 0);
	assert_int_equal(to->block_count, EV_BLOCKS);
	assert_int_equal(to->block[EV_BLOCK_FRAMES].length, 6);
	assert_int_equal(to->block[EV_BLOCK_CMDLINE].offset, 0);
}

static void no_room_and_no_incident(void **state)
{
	static const unsigned char many[EV_RECORD_MAX];

	builder.fixed.head.header.size = builder.size;
	assert_int_equal(record_strip(builder.bytes, builder.size, many, sizeof(many), stripped,
				      &size),
			 -ENOSPC);
	builder.fixed.head.block[EV_BLOCK_EXE].length = 100000;
	assert_int_equal(record_strip(builder.bytes, builder.size, NULL, 0, stripped, &size),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(leaves_memory_out, begin),
		cmocka_unit_test_setup(a_table_of_another_length, begin),
		cmocka_unit_test_setup(no_room_and_no_incident, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
