// SPDX-License-Identifier: GPL-2.0-or-later
/* The frames of a stack as text, each with its name and its place. */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "path.h"
#include "line_format.h"
#include "stack_frames.h"
#include "text_frames.h"

static void add_in_quotes(struct strbuf *buf, const char *text)
{
	strbuf_add_text(buf, "\"");
	strbuf_add_inside(buf, text, strlen(text), '"');
	strbuf_add_text(buf, "\"");
}

/*
 * C++ and Rust have symbols with single blanks, commas and brackets. Two blanks would look like the
 * end of the symbol; a digit at the beginning like an address, or a number of frames.
 */
static void add_symbol(struct strbuf *buf, const char *symbol)
{
	size_t length = strlen(symbol);

	if (!length || strchr(" \"0123456789", symbol[0]) || symbol[length - 1] == ' ' ||
	    strstr(symbol, "  ") || strstr(symbol, " < ") || strstr(symbol, " (inlined)") ||
	    strbuf_has_separator(symbol, length, false))
		add_in_quotes(buf, symbol);
	else
		text_add_escaped(buf, symbol);
}

/* The name of a file; or what the kernel calls other memory: [vdso]. */
static void add_module(struct strbuf *buf, const char *module)
{
	static const char deleted[] = " (deleted)";
	const char *leaf = path_leaf(module);
	size_t length = strlen(leaf), size = sizeof(deleted) - 1;
	bool is_deleted = length > size && !strcmp(leaf + length - size, deleted);

	if (module[0] != '/' && !strchr(module, ' ')) {
		text_add_escaped(buf, module);
		return;
	}
	strbuf_add_name(buf, leaf, is_deleted ? length - size : length);
	strbuf_add_text(buf, is_deleted ? deleted : "");
}

/* main.c; a colon in the name would look like the number of a line */
static void add_source(struct strbuf *buf, const char *file)
{
	const char *leaf = path_leaf(file);

	if (strchr(leaf, ':'))
		add_in_quotes(buf, leaf);
	else
		text_add_name(buf, leaf);
}

static void add_frame(const struct stack_frame *frame, const char *between, struct strbuf *buf)
{
	if (frame->symbol)
		add_symbol(buf, frame->symbol);
	else
		strbuf_printf(buf, "0x%" PRIx64,
			      frame->module ? frame->module_offset : frame->address);
	if (frame->is_inlined)
		strbuf_add_text(buf, " (inlined)");
	strbuf_add_text(buf, between);
	if (frame->file) {
		add_source(buf, frame->file);
		if (frame->line)
			strbuf_printf(buf, ":%" PRIu32, frame->line);
	} else {
		add_module(buf, frame->module ? frame->module : "?");
	}
	if (frame->module_changed)
		strbuf_add_text(buf, " (the file was replaced since: no names)");
}

/*
 * send_reply  server.c:118
 * SSL_write  libssl.so.3
 * 0x7f39  libfoo.so (the file was replaced since: no names)
 */
void text_add_frame(const struct stack_frame *frame, struct strbuf *buf)
{
	add_frame(frame, "  ", buf);
}

void text_add_frame_short(const struct stack_frame *frame, struct strbuf *buf)
{
	add_frame(frame, " ", buf);
}

void text_add_nameless(const struct stack_frame *frame, size_t count, struct strbuf *buf)
{
	strbuf_printf(buf, "%zu frames of ", count);
	add_module(buf, frame->module);
	strbuf_add_text(buf, " without a name");
	if (frame->module_changed)
		strbuf_add_text(buf, " (the file was replaced since)");
}

/*
 * Code generated at run time, for example by a JIT compiler. Its addresses mean nothing afterwards.
 */
static bool is_nameless(const struct stack_frame *frame)
{
	return !frame->symbol && stack_frame_is_made(frame);
}

static size_t count_nameless(const struct stack *stack, size_t first)
{
	size_t end = first;

	while (end < stack->count && is_nameless(&stack->frames[end]) &&
	       !strcmp(stack->frames[end].module, stack->frames[first].module))
		end++;
	return end - first;
}

static void add_nameless(const struct stack_frame *frame, size_t count, struct strbuf *buf)
{
	strbuf_printf(buf, "%zu frames without a name  ", count);
	add_module(buf, frame->module);
}

/*
 * writeBytes  libjava.so
 * 13 frames without a name  [anonymous]
 * JavaMain  libjli.so
 */
void text_add_stack(const struct stack *stack, struct strbuf *buf)
{
	for (size_t i = 0; i < stack->count;) {
		size_t nameless = count_nameless(stack, i);

		strbuf_add_text(buf, i ? "\n" : "");
		if (nameless > 1)
			add_nameless(&stack->frames[i], nameless, buf);
		else
			text_add_frame(&stack->frames[i], buf);
		i += nameless > 1 ? nameless : 1;
	}
	if (!stack->reason)
		return;
	/* A complete one lacks names only. */
	if (stack->complete)
		strbuf_add_text(buf, "\n(");
	else
		strbuf_add_text(buf, stack->count ? "\n... " : "unknown: ");
	strbuf_add_text(buf, stack->reason);
	strbuf_add_text(buf, stack->complete ? ")" : "");
}

/* sk_stream_error < tcp_sendmsg_locked < tcp_sendmsg < sock_write_iter < vfs_write < ksys_write */
void text_add_kernel_stack(const struct incident_kernel_stack *stack, struct strbuf *buf)
{
	for (size_t i = 0; i < stack->count; i++) {
		const struct incident_kernel_frame *frame = &stack->frames[i];

		strbuf_add_text(buf, i ? " < " : "");
		if (frame->name)
			text_add_escaped(buf, frame->name);
		else
			strbuf_printf(buf, "0x%" PRIx64, frame->address);
	}
}
