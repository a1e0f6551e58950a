// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is what a reader that a file has taken over writes as its answer. */
#include <stdint.h>
#include <string.h>

#include "isolated_take.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct isolated_answer answer;
static struct stack stack;
static struct stack_name name;

/* Memory that the reader shares is full of what the input repeats. */
static void fill(const uint8_t *data, size_t size)
{
	uint8_t *to = (uint8_t *)&answer;

	for (size_t at = 0; at < sizeof(answer); at += size)
		memcpy(to + at, data, size < sizeof(answer) - at ? size : sizeof(answer) - at);
	/* Often it is right where texts begin. */
	if (data[0] & 1)
		answer.base = 0x10000;
	if (data[0] & 2)
		answer.answer.stack.count %= STACK_FRAMES_MAX + 2;
	if (data[0] & 4)
		answer.answer.stack.text_used %= STACK_TEXT_BYTES + 2;
}

/* Pointers of the reader into its own text, as far as the first frames go. */
static void point(const uint8_t *data, size_t size)
{
	uintptr_t text = answer.base + offsetof(struct isolated_answer, answer.stack.text);
	struct stack_frame *frames = answer.answer.stack.frames;

	for (size_t i = 0; i + 4 <= size && i / 4 < STACK_FRAMES_MAX; i += 4) {
		frames[i / 4].symbol = (const char *)(text + data[i] * 16u);
		frames[i / 4].module = (const char *)(text + data[i + 1] * 16u);
		frames[i / 4].build_id = (const char *)(text + data[i + 2] * 16u);
		frames[i / 4].file = (const char *)(text - 128 + data[i + 3]);
	}
}

static void check_text(const char *text)
{
	if (!text)
		return;
	if (text < stack.text || text >= stack.text + stack.text_used ||
	    strlen(text) >= (size_t)(stack.text + stack.text_used - text))
		__builtin_trap();
}

static void check_stack(void)
{
	if (stack.count > STACK_FRAMES_MAX || stack.text_used > STACK_TEXT_BYTES ||
	    stack.method > STACK_METHOD_MIXED)
		__builtin_trap();
	for (size_t i = 0; i < stack.count; i++) {
		check_text(stack.frames[i].symbol);
		check_text(stack.frames[i].module);
		check_text(stack.frames[i].build_id);
		check_text(stack.frames[i].file);
	}
}

static void check_name(void)
{
	if (strlen(name.symbol) >= sizeof(name.symbol) ||
	    strlen(name.module) >= sizeof(name.module) ||
	    (!name.have && (!name.reason || name.reason >= WHY_REASONS)))
		__builtin_trap();
	if (name.frame.symbol && name.frame.symbol != name.symbol)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	fill(data, size);
	point(data, size);
	isolated_take_stack(&answer, &answer.answer.stack, REASON_NONE, &stack);
	check_stack();
	isolated_take_stack(&answer, &answer.progress.plain, REASON_NONE, &stack);
	check_stack();
	isolated_take_name(&answer, &name);
	check_name();
	return 0;
}
