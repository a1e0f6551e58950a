// SPDX-License-Identifier: GPL-2.0-or-later
/* What was found, into a record and back: nothing is lost, and nothing hostile is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "capture_builder.h"
#include "decode.h"
#include "frames.h"
#include "reason.h"
#include "recorded.h"
#include "stack.h"

static const struct recorded_wanted all = { true, true };
static struct builder builder;
static struct stack stack;
static struct incident incident, again;
static struct stack_answer answer;
static unsigned char bytes[RECORDED_MAX];

static struct stack_frame handler = { .address = 7, .symbol = "on_pipe", .module = "/bin/h" };

/* A stack with everything that a frame can have, and the facts beside it. */
static void make_incident(void)
{
	memset(&incident, 0, sizeof(incident));
	memset(&stack, 0, sizeof(stack));
	stack.method = STACK_METHOD_MIXED;
	stack.complete = true;
	reason_set(REASON_TIME_NAMES, &stack);
	stack.count = 2;
	stack.frames[0] = (struct stack_frame){
		.address = 0x1005,
		.symbol = frames_keep_text(&stack, "write"),
		.symbol_offset = 5,
		.module = frames_keep_text(&stack, "/lib/libc.so"),
		.module_offset = 0x105,
		.build_id = frames_keep_text(&stack, "abcd"),
		.file = frames_keep_text(&stack, "write.c"),
		.line = 26,
		.is_inlined = true,
		.module_changed = true,
	};
	stack.frames[1] = (struct stack_frame){ .address = 0x2000 };
	incident.stack = &stack;
	incident.handler_frame = &handler;
	incident.process.runtime = RUNTIME_GO_CGO;
	incident.signal.site = "pipe_write";
	incident.kernel_stack.count = 2;
	incident.kernel_stack.frames[0] = (struct incident_kernel_frame){
		.address = UINT64_C(0xffffffff81000005), .name = "pipe_write", .offset = 5
	};
	incident.kernel_stack.frames[1].address = UINT64_C(0xffffffffc0000000);
}

static void put(void)
{
	size_t length = recorded_put(&incident, bytes);

	assert_true(length <= sizeof(bytes));
	builder_begin(&builder);
	builder_set_bytes(&builder, EV_BLOCK_FRAMES, bytes, length);
	builder.fixed.head.header.size = builder.size;
}

static void take(const struct recorded_wanted *wanted)
{
	memset(&again, 0, sizeof(again));
	memset(&answer, 0x5a, sizeof(answer));
	/* What enrich() notes when there is no kernel stack. */
	incident_note_missing(&again, MISSING_SIGNAL_SITE, WHY_NO_KERNEL_STACK);
	assert_int_equal(recorded_check(builder.bytes, builder.size), 0);
	recorded_take(builder.bytes, builder.size, wanted, &again, &answer);
}

static void same_text(const char *one, const char *other)
{
	if (!one || !other)
		assert_true(one == other);
	else
		assert_string_equal(one, other);
}

static void same_frame(const struct stack_frame *one, const struct stack_frame *other)
{
	assert_int_equal(one->address, other->address);
	assert_int_equal(one->symbol_offset, other->symbol_offset);
	assert_int_equal(one->module_offset, other->module_offset);
	assert_int_equal(one->line, other->line);
	assert_int_equal(one->is_inlined, other->is_inlined);
	assert_int_equal(one->module_changed, other->module_changed);
	same_text(one->symbol, other->symbol);
	same_text(one->module, other->module);
	same_text(one->build_id, other->build_id);
	same_text(one->file, other->file);
}

static void everything_comes_back(void **state)
{
	const struct incident_kernel_stack *kernel = &again.kernel_stack;

	make_incident();
	put();
	take(&all);
	assert_int_equal(again.stack->method, STACK_METHOD_MIXED);
	assert_true(again.stack->complete);
	/* The same static texts, which the words of a reason must be. */
	assert_ptr_equal(again.stack->reason, stack.reason);
	assert_ptr_equal(again.stack->reason_code, stack.reason_code);
	assert_int_equal(again.stack->count, 2);
	for (size_t i = 0; i < 2; i++)
		same_frame(&again.stack->frames[i], &stack.frames[i]);
	same_frame(again.handler_frame, &handler);
	assert_int_equal(again.process.runtime, RUNTIME_GO_CGO);
	assert_string_equal(again.signal.site, "pipe_write");
	assert_int_equal(kernel->count, 2);
	assert_string_equal(kernel->frames[0].name, "pipe_write");
	assert_int_equal(kernel->frames[0].offset, 5);
	/* Where the kernel is in memory shows only if there is no name. */
	assert_int_equal(kernel->frames[0].address, 0);
	assert_int_equal(kernel->frames[1].address, UINT64_C(0xffffffffc0000000));
	for (int field = 0; field < MISSING_FIELDS; field++)
		assert_int_equal(again.missing[field], WHY_NONE);
}

static void reasons_come_back(void **state)
{
	static const enum missing_field fields[] = { MISSING_STACK, MISSING_SIGNAL_HANDLER_SYMBOL,
						     MISSING_RUNTIME, MISSING_SIGNAL_SITE };

	memset(&incident, 0, sizeof(incident));
	incident.missing[MISSING_STACK] = WHY_NO_USER_STACK;
	incident.missing[MISSING_SIGNAL_HANDLER_SYMBOL] = WHY_FILE_REMOTE;
	incident.missing[MISSING_RUNTIME] = WHY_PROGRAM_UNREADABLE;
	incident.missing[MISSING_SIGNAL_SITE] = WHY_KERNEL_ADDRESSES_HIDDEN;
	put();
	take(&all);
	assert_null(again.stack);
	assert_null(again.handler_frame);
	assert_null(again.signal.site);
	assert_int_equal(again.process.runtime, RUNTIME_UNKNOWN);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		assert_int_equal(again.missing[fields[i]], incident.missing[fields[i]]);
	/* A stack that was left out, for a reason that is not one of the unwinder's. */
	make_incident();
	stack.count = 0;
	stack.reason = missing_text(WHY_BEHIND);
	stack.reason_code = missing_code(WHY_BEHIND);
	put();
	take(&all);
	assert_ptr_equal(again.stack->reason, missing_text(WHY_BEHIND));
	/* Of a later version. */
	stack.reason_code = "of_the_future";
	put();
	take(&all);
	assert_ptr_equal(again.stack->reason, missing_text(WHY_NOT_RECORDED));
}

static void only_what_is_wanted(void **state)
{
	static const struct recorded_wanted user = { .user = true }, kernel = { .kernel = true };

	make_incident();
	put();
	take(&user);
	assert_int_equal(again.stack->count, 2);
	assert_int_equal(again.kernel_stack.count, 0);
	same_frame(again.handler_frame, &handler);
	take(&kernel);
	assert_null(again.stack);
	assert_null(again.handler_frame);
	assert_int_equal(again.missing[MISSING_SIGNAL_HANDLER_SYMBOL], WHY_NOT_ASKED_FOR);
	assert_int_equal(again.kernel_stack.count, 2);
}

/* As many frames and as much text as there can be. */
static void the_largest(void **state)
{
	make_incident();
	stack.count = STACK_FRAMES_MAX;
	for (size_t i = 2; i < stack.count; i++)
		stack.frames[i] = stack.frames[0];
	memset(stack.text + stack.text_used, 'x', sizeof(stack.text) - stack.text_used - 1);
	stack.text_used = sizeof(stack.text);
	incident.kernel_stack.count = INCIDENT_KERNEL_FRAMES_MAX;
	put();
	take(&all);
	assert_int_equal(again.stack->count, STACK_FRAMES_MAX);
	same_frame(&again.stack->frames[STACK_FRAMES_MAX - 1], &stack.frames[0]);
	/* There was no room for more names. */
	assert_null(again.kernel_stack.frames[0].name);
	assert_null(again.handler_frame->symbol);
}

static void hostile_heads(void **state)
{
	static const struct {
		size_t offset;
		uint32_t value;
	} bad[] = {
		{ offsetof(struct ev_frames, size), 0 },
		{ offsetof(struct ev_frames, size), UINT32_MAX },
		{ offsetof(struct ev_frames, stride), 1 },
		{ offsetof(struct ev_frames, stride), UINT32_MAX },
		{ offsetof(struct ev_frames, user_count), STACK_FRAMES_MAX },
		{ offsetof(struct ev_frames, user_count), UINT32_MAX },
		{ offsetof(struct ev_frames, kernel_count), INCIDENT_KERNEL_FRAMES_MAX + 1 },
		{ offsetof(struct ev_frames, text_size), STACK_TEXT_BYTES },
		{ offsetof(struct ev_frames, text_size), UINT32_MAX },
		{ offsetof(struct ev_frames, method), 99 },
	};

	assert_int_equal(recorded_check("", 0), -ENOENT);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_incident();
		put();
		memcpy(builder.bytes + builder.fixed.head.block[EV_BLOCK_FRAMES].offset +
			       bad[i].offset,
		       &bad[i].value, sizeof(bad[i].value));
		assert_int_equal(recorded_check(builder.bytes, builder.size), -EBADMSG);
	}
	/* The last text has no end. */
	make_incident();
	put();
	builder.bytes[builder.size - 1] = 'x';
	assert_int_equal(recorded_check(builder.bytes, builder.size), -EBADMSG);
}

/* Each byte takes other values: the sanitizers see whatever is read that is not there. */
static void hostile_bytes(void **state)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0xff };
	const struct ev_span *span = &builder.fixed.head.block[EV_BLOCK_FRAMES];
	size_t taken = 0;

	make_incident();
	put();
	for (size_t i = 0; i < span->length * sizeof(values); i++) {
		unsigned char *at = builder.bytes + span->offset + i / sizeof(values), good = *at;

		*at = values[i % sizeof(values)];
		if (!recorded_check(builder.bytes, builder.size)) {
			take(&all);
			assert_true(again.stack == NULL || again.stack == &answer.stack);
			/* Reads all that it refers to. */
			recorded_put(&again, bytes);
			taken++;
		}
		*at = good;
	}
	assert_true(taken > span->length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_comes_back), cmocka_unit_test(reasons_come_back),
		cmocka_unit_test(only_what_is_wanted),	 cmocka_unit_test(the_largest),
		cmocka_unit_test(hostile_heads),	 cmocka_unit_test(hostile_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
