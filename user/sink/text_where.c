// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where in the code it happened, the innermost function first. The stack of a group is printed
 * once; after that a line says where.
 */
#include <inttypes.h>
#include <string.h>

#include "cleanup.h"
#include "text_frames.h"
#include "text_state.h"

/* How many items of a list are shown. */
static size_t depth_of(const struct line_options *options)
{
	if (options->text.stack_depth)
		return options->text.stack_depth;
	return options->is_terminal && !options->text.full ? TEXT_STACK_DEPTH : SIZE_MAX;
}

/* ... 4 more frames (--full) */
static void add_left_out(size_t count, struct layout *layout)
{
	size_t start = layout_next(layout, "<");

	strbuf_printf(layout_text(layout), "... %zu more %s (--full)", count,
		      count == 1 ? "frame" : "frames");
	layout_glue(layout, start);
}

/* How many frames from FIRST on are of one module, and have no name. */
static size_t count_nameless(const struct stack *stack, size_t first)
{
	const char *module = stack->frames[first].module;
	size_t end = first;

	while (end < stack->count && !stack->frames[end].symbol && module &&
	       stack->frames[end].module && !strcmp(stack->frames[end].module, module))
		end++;
	return end - first;
}

/* One frame, or some that are folded. Returns how many frames it was. */
static size_t add_item(const struct line_options *options, const struct incident *incident,
		       size_t index, struct strbuf *buf)
{
	const struct stack *stack = incident->stack;
	const char *what;
	size_t count;

	count = options->text.full ? 0 : text_fold(stack, index, incident->process.runtime, &what);
	if (count) {
		strbuf_printf(buf, "%zu frames of %s", count, what);
		return count;
	}
	count = options->text.full ? 0 : count_nameless(stack, index);
	if (count > 1) {
		text_add_nameless(&stack->frames[index], count, buf);
		return count;
	}
	text_add_frame_short(&stack->frames[index], buf);
	return 1;
}

static void add_frames(const struct line_options *options, const struct incident *incident,
		       size_t depth, struct layout *layout)
{
	const struct stack *stack = incident->stack;
	size_t items = 0;

	for (size_t i = 0; i < stack->count; items++) {
		size_t start;

		if (items == depth) {
			add_left_out(stack->count - i, layout);
			return;
		}
		start = layout_next(layout, "<");
		i += add_item(options, incident, i, layout_text(layout));
		layout_glue(layout, start);
	}
	if (!stack->reason)
		return;
	/* A complete one lacks names only. */
	strbuf_printf(layout_text(layout), "%s%s%s",
		      stack->count ? (stack->complete ? " (" : " < ... (") : "unknown: ",
		      stack->reason, stack->count ? ")" : "");
}

static void add_kernel(const struct incident_kernel_stack *stack, size_t depth,
		       struct layout *layout)
{
	for (size_t i = 0; i < stack->count; i++) {
		const struct incident_kernel_frame *frame = &stack->frames[i];

		if (i == depth) {
			add_left_out(stack->count - i, layout);
			return;
		}
		layout_next(layout, "<");
		if (frame->name)
			text_add_escaped(layout_text(layout), frame->name);
		else
			strbuf_printf(layout_text(layout), "0x%" PRIx64, frame->address);
	}
}

/* Both stacks in full, to be compared with those of other incidents. */
static void add_whole(const struct line_options *options, const struct incident *incident,
		      struct strbuf *buf)
{
	struct layout layout;

	layout_begin(&layout, buf, LAYOUT_WIDTH, false);
	if (incident->stack) {
		add_frames(options, incident, SIZE_MAX, &layout);
		layout_field(&layout, "where");
	}
	add_kernel(&incident->kernel_stack, SIZE_MAX, &layout);
	layout_field(&layout, "kernel");
	layout_end(&layout);
}

/* where   stack as in #c1a7f2 of 14:03:22.117 */
static bool put_reference(const struct line_options *options, const struct incident *incident,
			  const struct explanation *explanation, struct layout *layout)
{
	cleanup(strbuf_free) struct strbuf whole = { 0 };

	if (!incident->stack || !incident->stack->count)
		return false;
	add_whole(options, incident, &whole);
	if (!text_add_reference(options, incident, explanation, "stack ", &whole, layout))
		return false;
	layout_field(layout, "where");
	return true;
}

void text_put_stacks(const struct line_options *options, const struct incident *incident,
		     const struct explanation *explanation, struct layout *layout)
{
	size_t depth = depth_of(options);

	if (put_reference(options, incident, explanation, layout))
		return;
	if (incident->stack) {
		add_frames(options, incident, depth, layout);
		layout_field(layout, "where");
	}
	add_kernel(&incident->kernel_stack, depth, layout);
	layout_field(layout, "kernel");
}
