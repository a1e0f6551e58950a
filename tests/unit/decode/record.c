// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The record as a table of blocks: blocks that are absent, bad, longer or shorter than ours. No
 * read is out of bounds, also in a damaged record.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record_case.h"
#include "units.h"

static void bad_spans(void **state)
{
	for (int block = 0; block < EV_BLOCKS; block++) {
		struct ev_span *span = &builder.fixed.head.block[block], good = *span;

		*span = (struct ev_span){ .length = 1 };
		assert_int_equal(decode(), -EBADMSG);
		/* Into the table of blocks. */
		*span = (struct ev_span){ .offset = sizeof(struct ev_incident) - 1 };
		assert_int_equal(decode(), -EBADMSG);
		*span = (struct ev_span){ .offset = builder.size + 1 };
		assert_int_equal(decode(), -EBADMSG);
		*span = (struct ev_span){ .offset = builder.size, .length = UINT32_MAX };
		assert_int_equal(decode(), -EBADMSG);
		*span = (struct ev_span){ .offset = builder.size - 1, .length = 2 };
		assert_int_equal(decode(), -EBADMSG);
		*span = good;
		assert_int_equal(decode(), 0);
	}
	/* A component without its NUL. */
	builder.fixed.head.block[EV_BLOCK_EXE].length--;
	assert_int_equal(decode(), -EBADMSG);
}

/* Of a list each item may be longer or shorter than ours. */
static void modules_of_any_size(void **state)
{
	static const size_t strides[] = { 0, sizeof(struct ev_module), sizeof(struct ev_module) + 8,
					  EV_MODULE_FIRST_SIZE - 8 };
	const struct ev_module module = {
		.start = 4096, .end = 8192, .inode = 5, .path_length = 2, .fs = 0xef53
	};
	unsigned char bytes[128] = {};
	size_t stride;

	for (size_t i = 0; i < ARRAY_SIZE(strides); i++) {
		stride = strides[i] ?: EV_MODULE_FIRST_SIZE;
		builder_begin(&builder);
		builder_have(&builder, EV_BLOCK_THREAD, true);
		builder.fixed.thread.abi = EV_ABI_X86_64;
		builder_set_bytes(&builder, EV_BLOCK_STACK, "stack", 5);
		memcpy(bytes, &module, sizeof(module));
		memcpy(bytes + stride, "a", 2);
		builder_set_bytes(&builder, EV_BLOCK_MODULES, bytes, stride + 2);
		builder.fixed.head.block[EV_BLOCK_MODULES].stride = strides[i];
		assert_int_equal(decode(), 0);
		if (stride < EV_MODULE_FIRST_SIZE) {
			assert_int_equal(decode_snapshot(builder.bytes, builder.size, &snapshot),
					 -EBADMSG);
			continue;
		}
		assert_int_equal(decode_snapshot(builder.bytes, builder.size, &snapshot), 0);
		assert_int_equal(snapshot.module_count, 1);
		assert_string_equal(snapshot.modules[0].path, "/a");
		assert_int_equal(snapshot.modules[0].fs, i ? 0xef53 : 0);
	}
}

static void needed_blocks(void **state)
{
	builder_have(&builder, EV_BLOCK_SIGNAL, false);
	assert_int_equal(decode(), -EBADMSG);
	builder_begin(&builder);
	builder_have(&builder, EV_BLOCK_PROCESS, false);
	assert_int_equal(decode(), -EBADMSG);
}

/* All that need not be there: unknown with a reason, never invented. */
static void absent_blocks(void **state)
{
	for (int block = EV_BLOCK_THREAD; block < EV_BLOCKS; block++)
		builder.fixed.head.block[block] = (struct ev_span){ 0 };
	assert_int_equal(decode(), 0);
	assert_int_equal(incident_why_missing(&incident, MISSING_SYSCALL), WHY_NO_SYSCALL);
	assert_int_equal(incident_why_missing(&incident, MISSING_OBJECT), WHY_FD_UNKNOWN);
	assert_int_equal(incident_why_missing(&incident, MISSING_EXE), WHY_NO_MEMORY);
	assert_int_equal(incident_why_missing(&incident, MISSING_CGROUP_PATH), WHY_UNREADABLE);
	assert_int_equal(incident_why_missing(&incident, MISSING_CMDLINE), WHY_NOT_RESIDENT);
	assert_int_equal(incident.syscall.fd, -1);
	assert_int_equal(incident.end.state, EV_END_NOT_ASKED);
	assert_int_equal(decode_snapshot(builder.bytes, builder.size, &snapshot), 0);
	assert_false(snapshot.have);
	assert_int_equal(snapshot.reason, WHY_NOT_CURRENT);
}

/* The subject decides which blocks count: a sent signal has no object, whatever a file says. */
static void blocks_by_subject(void **state)
{
	builder.fixed.object.type = EV_OBJECT_PIPE;
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.object.type, EV_OBJECT_PIPE);
	builder.fixed.head.subject = EV_SUBJECT_LIMIT;
	builder.fixed.signal.number = SIGXFSZ;
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.object.type, EV_OBJECT_PIPE);
	builder.fixed.signal.number = SIGXCPU;
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.object.type, EV_OBJECT_NONE);
	builder.fixed.head.subject = EV_SUBJECT_KERNEL;
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.object.type, EV_OBJECT_NONE);
	assert_int_equal(incident_why_missing(&incident, MISSING_OBJECT), WHY_NONE);
}

/* A record of a writer that knows more: one block that we do not know, one that has grown. */
static void a_future_writer(void **state)
{
	static const unsigned char news[] = "of a block that comes later";
	struct {
		struct ev_process known;
		char news[24];
	} process = { .known = builder.fixed.process, .news = "a field that comes later" };
	unsigned char bytes[8192];
	struct ev_incident *head = (struct ev_incident *)bytes;
	struct ev_span span = { .length = sizeof(news) };
	const size_t end = sizeof(struct ev_incident);

	builder_set_bytes(&builder, EV_BLOCK_PROCESS, &process, sizeof(process));
	/* One more entry in the table: all that follows it moves. */
	assert_true(builder.size + sizeof(span) + sizeof(news) <= sizeof(bytes));
	memcpy(bytes, builder.bytes, end);
	memcpy(bytes + end + sizeof(span), builder.bytes + end, builder.size - end);
	for (int block = 0; block < EV_BLOCKS; block++)
		if (head->block[block].offset)
			head->block[block].offset += sizeof(span);
	span.offset = builder.size + sizeof(span);
	memcpy(bytes + end, &span, sizeof(span));
	memcpy(bytes + span.offset, news, sizeof(news));
	head->block_count = EV_BLOCKS + 1;
	head->header.size = span.offset + sizeof(news);
	assert_int_equal(decode_incident(&session, 17, bytes, head->header.size, &incident), 0);
	assert_int_equal(incident.process.pid, 812);
	assert_string_equal(incident.process.parent_comm, "bash");
	assert_string_equal(incident.process.exe.text, "/srv/app/server");
	assert_int_equal(incident.syscall.fd, 7);
	/* A table that ends outside of the record. */
	head->block_count = UINT32_MAX;
	assert_int_equal(decode_incident(&session, 17, bytes, head->header.size, &incident),
			 -EBADMSG);
}

/* A record of a writer that knew less: a block that has grown since, and a shorter table. */
static void a_past_writer(void **state)
{
	builder.fixed.head.block[EV_BLOCK_PROCESS].length =
		offsetof(struct ev_process, parent_comm);
	builder.fixed.head.block[EV_BLOCK_CALL].length = offsetof(struct ev_syscall, bytes);
	builder.fixed.head.block_count = EV_BLOCK_CMDLINE;
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.process.pid, 812);
	assert_string_equal(incident.process.thread, "worker-3");
	assert_string_equal(incident.process.parent_comm, "");
	assert_int_equal(incident.syscall.fd, 7);
	assert_int_equal(incident.syscall.bytes, 0);
	assert_false(incident.process.cmdline.have);
}

/* A later common field of objects moves nothing that only one type has, and the other way round. */
static void the_parts_of_an_object_grow_apart(void **state)
{
	unsigned char common[EV_OBJECT_COMMON_SIZE + 16] = { 0 };
	unsigned char detail[EV_OBJECT_DETAIL_SIZE + 16] = { 0 };
	struct ev_object *object = &builder.fixed.object;

	*object = (struct ev_object){ .type = EV_OBJECT_PIPE,
				      .inode = 16356,
				      .pipe = { .writers = 3, .max_buffers = 16 } };
	memcpy(common, object, EV_OBJECT_COMMON_SIZE);
	memcpy(detail, (unsigned char *)object + EV_OBJECT_COMMON_SIZE, EV_OBJECT_DETAIL_SIZE);
	builder_set_bytes(&builder, EV_BLOCK_OBJECT, common, sizeof(common));
	builder_set_bytes(&builder, EV_BLOCK_DETAIL, detail, sizeof(detail));
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.object.inode, 16356);
	assert_int_equal(incident.object.pipe.writers, 3);
	assert_int_equal(incident.object.pipe.max_buffers, 16);

	builder_set_bytes(&builder, EV_BLOCK_DETAIL, detail, offsetof(struct ev_pipe, max_buffers));
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.object.pipe.writers, 3);
	assert_int_equal(incident.object.pipe.max_buffers, 0);
}

static void added_blocks(void **state)
{
	struct ev_end end = { .state = EV_END_ALIVE, .time_ns = UINT64_MAX };
	size_t size = builder.size;

	builder.fixed.head.header.size = size;
	assert_int_equal(record_add_block(builder.bytes, &size, size + sizeof(end) - 1,
					  EV_BLOCK_END, &end, sizeof(end)),
			 -ENOSPC);
	assert_int_equal(size, builder.size);
	assert_int_equal(record_add_block(builder.bytes, &size, size + sizeof(end), EV_BLOCK_END,
					  &end, sizeof(end)),
			 0);
	assert_int_equal(size, builder.size + sizeof(end));
	builder.size = size;
	assert_int_equal(decode(), 0);
	assert_int_equal(incident.end.state, EV_END_ALIVE);
	assert_true(incident.end.after_ns);
	/* Not where the writer's table ends before it. */
	builder.fixed.head.block_count = EV_BLOCK_END;
	assert_int_equal(record_add_block(builder.bytes, &size, EV_RECORD_MAX, EV_BLOCK_END, &end,
					  sizeof(end)),
			 -EBADMSG);
	end.state = 99;
	assert_int_equal(decode_end(&end, &incident), -EBADMSG);
}

static void short_records(void **state)
{
	for (size_t size = 0; size < builder.size; size++) {
		/* A copy of exactly this size, so that the sanitizer sees a read beyond it. */
		unsigned char *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, builder.bytes, size);
		if (size >= sizeof(struct ev_header))
			((struct ev_header *)copy)->size = size;
		if (size < sizeof(struct ev_incident))
			assert_int_equal(decode_incident(&session, 1, copy, size, &incident),
					 -EBADMSG);
		else
			decode_incident(&session, 1, copy, size, &incident);
		free(copy);
	}
	assert_int_equal(decode_kind(builder.bytes, builder.size + 1), 0);
}

/*
 * Sets every byte of the fixed part to critical values, and makes random damage. The sanitizers
 * check.
 */
static void damaged_records(void **state)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
	unsigned char *copy;

	srandom(4711);
	for (size_t at = 0; at < 200000; at++) {
		builder_begin(&builder);
		builder.fixed.object.type = at % (EV_OBJECT_VSOCK + 1);
		builder.fixed.head.header.size = builder.size;
		copy = malloc(builder.size);
		assert_non_null(copy);
		memcpy(copy, builder.bytes, builder.size);
		if (at < sizeof(struct builder_fixed) * sizeof(values))
			copy[at / sizeof(values)] = values[at % sizeof(values)];
		else
			for (int i = 0; i < 8; i++)
				copy[random() % builder.size] = random();
		decode_incident(&session, at, copy, builder.size, &incident);
		decode_snapshot(copy, builder.size, &snapshot);
		free(copy);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(bad_spans, begin),
		cmocka_unit_test_setup(needed_blocks, begin),
		cmocka_unit_test_setup(modules_of_any_size, begin),
		cmocka_unit_test_setup(absent_blocks, begin),
		cmocka_unit_test_setup(blocks_by_subject, begin),
		cmocka_unit_test_setup(a_future_writer, begin),
		cmocka_unit_test_setup(a_past_writer, begin),
		cmocka_unit_test_setup(the_parts_of_an_object_grow_apart, begin),
		cmocka_unit_test_setup(added_blocks, begin),
		cmocka_unit_test_setup(short_records, begin),
		cmocka_unit_test_setup(damaged_records, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
