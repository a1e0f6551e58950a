// SPDX-License-Identifier: GPL-2.0-or-later
/* The JSON block `stack`: the place in the program's code, and in the kernel's code. */
#include <inttypes.h>
#include <stdio.h>

#include "json_blocks.h"
#include "stack_frames.h"
#include "words.h"

static void add_frame(struct json_writer *json, const struct stack_frame *frame)
{
	json_begin_object(json, NULL);
	json_put_hex(json, "address", frame->address);
	json_put_text(json, "symbol", frame->symbol);
	if (frame->symbol)
		json_put_uint(json, "offset", frame->symbol_offset);
	else
		json_put_null(json, "offset");
	json_put_text(json, "module", frame->module);
	if (frame->module)
		json_put_hex(json, "module_offset", frame->module_offset);
	else
		json_put_null(json, "module_offset");
	json_put_text(json, "build_id", frame->build_id);
	json_put_text(json, "file", frame->file);
	if (frame->line)
		json_put_uint(json, "line", frame->line);
	else
		json_put_null(json, "line");
	json_put_bool(json, "inlined", frame->is_inlined);
	json_put_bool(json, "module_changed", frame->module_changed);
	json_end_object(json);
}

/* "tcp_sendmsg_locked+0x2d1", or the address if it has no name. */
static void add_kernel(struct json_writer *json, const struct incident_kernel_stack *stack)
{
	char text[256];

	json_begin_array(json, "kernel");
	for (size_t i = 0; i < stack->count; i++) {
		const struct incident_kernel_frame *frame = &stack->frames[i];

		if (frame->name)
			snprintf(text, sizeof(text), "%s+0x%" PRIx64, frame->name, frame->offset);
		else
			snprintf(text, sizeof(text), "0x%" PRIx64, frame->address);
		json_put_text(json, NULL, text);
	}
	json_end_array(json);
}

void json_add_stack(struct json_line *line, const struct incident *incident)
{
	struct json_writer *json = &line->json;
	const struct stack *stack = incident->stack;
	enum missing_reason why = incident->missing[MISSING_STACK] ?: WHY_NOT_RECORDED;

	if (!stack && !incident->kernel_stack.count) {
		json_unknown(line, "stack", MISSING_STACK, why);
		return;
	}
	json_begin_object(json, "stack");
	json_put_text(json, "method", stack ? word_stack_method(stack->method) : NULL);
	json_put_bool(json, "complete", stack && stack->complete);
	json_put_text(json, "reason", stack ? stack->reason_code : missing_code(why));
	json_put_text(json, "reason_text", stack ? stack->reason : missing_text(why));
	json_begin_array(json, "user");
	for (size_t i = 0; stack && i < stack->count; i++)
		add_frame(json, &stack->frames[i]);
	json_end_array(json);
	add_kernel(json, &incident->kernel_stack);
	json_end_object(json);
}
