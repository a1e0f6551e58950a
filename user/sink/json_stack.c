// SPDX-License-Identifier: GPL-2.0-or-later
/* The JSON block `stack`: where in the program's code, and where in the kernel's. */
#include <inttypes.h>
#include <stdio.h>

#include "json_blocks.h"
#include "words.h"
#include "stack_frames.h"

static void add_frame(struct build *build, struct json_object *list,
		      const struct stack_frame *frame)
{
	struct json_object *item = build_object(build, list, NULL);

	build_hex(build, item, "address", frame->address);
	build_text(build, item, "symbol", frame->symbol);
	if (frame->symbol)
		build_uint(build, item, "offset", frame->symbol_offset);
	else
		build_null(build, item, "offset");
	build_text(build, item, "module", frame->module);
	if (frame->module)
		build_hex(build, item, "module_offset", frame->module_offset);
	else
		build_null(build, item, "module_offset");
	build_text(build, item, "build_id", frame->build_id);
	build_text(build, item, "file", frame->file);
	if (frame->line)
		build_uint(build, item, "line", frame->line);
	else
		build_null(build, item, "line");
	build_bool(build, item, "inlined", frame->is_inlined);
	build_bool(build, item, "module_changed", frame->module_changed);
}

/* "tcp_sendmsg_locked+0x2d1", or the address where it has no name. */
static void add_kernel(struct build *build, struct json_object *block,
		       const struct incident_kernel_stack *stack)
{
	struct json_object *list = build_array(build, block, "kernel");
	char text[256];

	for (size_t i = 0; i < stack->count; i++) {
		const struct incident_kernel_frame *frame = &stack->frames[i];

		if (frame->name)
			snprintf(text, sizeof(text), "%s+0x%" PRIx64, frame->name, frame->offset);
		else
			snprintf(text, sizeof(text), "0x%" PRIx64, frame->address);
		build_text(build, list, NULL, text);
	}
}

void json_add_stack(struct build *build, const struct incident *incident)
{
	const struct stack *stack = incident->stack;
	struct json_object *block, *list;

	if (!stack && !incident->kernel_stack.count) {
		build_unknown(build, build->root, "stack", "stack", "not captured");
		return;
	}
	block = build_object(build, build->root, "stack");
	build_text(build, block, "method", stack ? word_stack_method(stack->method) : NULL);
	build_bool(build, block, "complete", stack && stack->complete);
	build_text(build, block, "reason", stack ? stack->reason : "not captured");
	list = build_array(build, block, "user");
	for (size_t i = 0; stack && i < stack->count; i++)
		add_frame(build, list, &stack->frames[i]);
	add_kernel(build, block, &incident->kernel_stack);
}
