// SPDX-License-Identifier: GPL-2.0-or-later
#include "recorded.h"

#include <errno.h>
#include <string.h>

#include "decode.h"
#include "reason.h"
#include "stack.h"
#include "words.h"

/* --- into the record --- */

struct writer {
	const struct stack *stack; /* NULL: none */
	struct ev_frames head;
	unsigned char *frames, *texts; /* where the next frame goes, and the first text */
};

/* Offset + 1; 0: there is no text, or no room. */
static uint32_t put_text(struct writer *writer, const char *text)
{
	const struct stack *stack = writer->stack;
	uint32_t at = writer->head.text_size;
	size_t size;

	if (!text)
		return 0;
	if (stack && text >= stack->text && text < stack->text + stack->text_used)
		return text - stack->text + 1;
	size = strlen(text) + 1;
	if (size > STACK_TEXT_BYTES - at)
		return 0;
	memcpy(writer->texts + at, text, size);
	writer->head.text_size += size;
	return at + 1;
}

static void put_frame(struct writer *writer, const struct stack_frame *frame)
{
	const struct ev_frame to = {
		.address = frame->address,
		.symbol_offset = frame->symbol_offset,
		.module_offset = frame->module_offset,
		.symbol = put_text(writer, frame->symbol),
		.module = put_text(writer, frame->module),
		.build_id = put_text(writer, frame->build_id),
		.file = put_text(writer, frame->file),
		.line = frame->line,
		.flags = (frame->is_inlined ? EV_FRAME_INLINED : 0) |
			 (frame->module_changed ? EV_FRAME_MODULE_CHANGED : 0),
	};

	memcpy(writer->frames, &to, sizeof(to));
	writer->frames += sizeof(to);
}

/* A name and its offset are enough: the address would show where the kernel is in memory. */
static void put_kernel_frame(struct writer *writer, const struct incident_kernel_frame *frame)
{
	put_frame(writer, &(struct stack_frame){
				  .address = frame->name ? 0 : frame->address,
				  .symbol = frame->name,
				  .symbol_offset = frame->offset,
			  });
}

static uint32_t put_missing(struct writer *writer, const struct incident *incident,
			    enum missing_field field)
{
	return put_text(writer, missing_code(incident->missing[field]));
}

static void put_head(struct writer *writer, const struct incident *incident)
{
	struct ev_frames *head = &writer->head;

	if (writer->stack) {
		head->method = writer->stack->method;
		head->reason = put_text(writer, writer->stack->reason_code);
		head->flags |= EV_FRAMES_HAVE_STACK;
		head->flags |= writer->stack->complete ? EV_FRAMES_COMPLETE : 0;
	}
	head->flags |= incident->handler_frame ? EV_FRAMES_HAVE_HANDLER : 0;
	head->stack_missing = put_missing(writer, incident, MISSING_STACK);
	head->handler_missing = put_missing(writer, incident, MISSING_SIGNAL_HANDLER_SYMBOL);
	head->runtime = put_text(writer, word_runtime(incident->process.runtime));
	head->runtime_missing = put_missing(writer, incident, MISSING_RUNTIME);
	head->site = put_text(writer, incident->signal.site);
	head->site_missing = put_missing(writer, incident, MISSING_SIGNAL_SITE);
}

size_t recorded_put(const struct incident *incident, unsigned char *bytes)
{
	const struct incident_kernel_stack *kernel = &incident->kernel_stack;
	const struct stack *stack = incident->stack;
	struct writer writer = {
		.stack = stack,
		.head = { .size = sizeof(writer.head),
			  .stride = sizeof(struct ev_frame),
			  .user_count = stack ? stack->count : 0,
			  .kernel_count = kernel->count,
			  .text_size = stack ? stack->text_used : 0 },
		.frames = bytes + sizeof(writer.head),
	};

	writer.texts = writer.frames + (writer.head.user_count + kernel->count +
					(incident->handler_frame ? 1 : 0)) *
					       sizeof(struct ev_frame);
	if (stack)
		memcpy(writer.texts, stack->text, stack->text_used);
	put_head(&writer, incident);
	for (size_t i = 0; stack && i < stack->count; i++)
		put_frame(&writer, &stack->frames[i]);
	for (size_t i = 0; i < kernel->count; i++)
		put_kernel_frame(&writer, &kernel->frames[i]);
	if (incident->handler_frame)
		put_frame(&writer, incident->handler_frame);
	memcpy(bytes, &writer.head, sizeof(writer.head));
	return writer.texts + writer.head.text_size - bytes;
}

/* --- from the record: hostile --- */

struct reader {
	struct ev_frames head;
	const unsigned char *frames; /* the next one */
	const unsigned char *texts;
	const char *copy; /* of the texts, where the incident's strings are */
};

static int reader_init(const void *record, size_t size, struct reader *reader)
{
	struct ev_frames *head = &reader->head;
	uint64_t count, end;
	size_t length;
	const unsigned char *bytes = record_block(record, size, EV_BLOCK_FRAMES, &length);

	if (!bytes)
		return -ENOENT;
	if (length < sizeof(*head))
		return -EBADMSG;
	memcpy(head, bytes, sizeof(*head));
	if (head->size < sizeof(*head) || head->stride < sizeof(struct ev_frame) ||
	    head->user_count > STACK_FRAMES_MAX ||
	    head->kernel_count > INCIDENT_KERNEL_FRAMES_MAX || head->text_size > STACK_TEXT_BYTES ||
	    head->method > STACK_METHOD_MIXED)
		return -EBADMSG;
	count = head->user_count + head->kernel_count +
		(head->flags & EV_FRAMES_HAVE_HANDLER ? 1 : 0);
	end = head->size + count * head->stride;
	if (end + head->text_size > length)
		return -EBADMSG;
	reader->frames = bytes + head->size;
	reader->texts = bytes + end;
	return head->text_size && reader->texts[head->text_size - 1] ? -EBADMSG : 0;
}

int recorded_check(const void *record, size_t size)
{
	struct reader reader;

	return reader_init(record, size, &reader);
}

static const char *text_of(const struct reader *reader, uint32_t text)
{
	return text && text <= reader->head.text_size ? reader->copy + text - 1 : NULL;
}

static void take_frame(struct reader *reader, struct stack_frame *ret_frame)
{
	struct ev_frame from;

	memcpy(&from, reader->frames, sizeof(from));
	reader->frames += reader->head.stride;
	*ret_frame = (struct stack_frame){
		.address = from.address,
		.symbol = text_of(reader, from.symbol),
		.symbol_offset = from.symbol_offset,
		.module = text_of(reader, from.module),
		.module_offset = from.module_offset,
		.build_id = text_of(reader, from.build_id),
		.file = text_of(reader, from.file),
		.line = from.line,
		.is_inlined = from.flags & EV_FRAME_INLINED,
		.module_changed = from.flags & EV_FRAME_MODULE_CHANGED,
	};
}

/* A code that a later version made means no more than that the fact is not there. */
static enum missing_reason reason_from(const struct reader *reader, uint32_t text)
{
	const char *code = text_of(reader, text);

	return code ? missing_find(code) ?: WHY_NOT_RECORDED : WHY_NONE;
}

static void take_stack(struct reader *reader, struct stack *stack)
{
	const struct ev_frames *head = &reader->head;
	const char *code = text_of(reader, head->reason);
	enum missing_reason other;

	stack->method = head->method;
	stack->complete = head->flags & EV_FRAMES_COMPLETE;
	stack->count = head->user_count;
	for (size_t i = 0; i < stack->count; i++)
		take_frame(reader, &stack->frames[i]);
	reason_set(REASON_NONE, stack);
	if (!code || reason_set_by_code(code, stack))
		return;
	other = reason_from(reader, head->reason);
	stack->reason = missing_text(other);
	stack->reason_code = missing_code(other);
}

static void take_kernel(struct reader *reader, bool wanted, struct incident *incident)
{
	struct incident_kernel_stack *kernel = &incident->kernel_stack;
	struct stack_frame frame;

	kernel->count = 0;
	for (size_t i = 0; i < reader->head.kernel_count; i++) {
		take_frame(reader, &frame);
		if (wanted)
			kernel->frames[kernel->count++] = (struct incident_kernel_frame){
				.address = frame.address,
				.name = frame.symbol,
				.offset = frame.symbol_offset,
			};
	}
	incident->signal.site = text_of(reader, reader->head.site);
	incident_set_missing(incident, MISSING_SIGNAL_SITE,
			     reason_from(reader, reader->head.site_missing));
}

static void take_handler(struct reader *reader, bool wanted, struct incident *incident,
			 struct stack_frame *frame)
{
	bool have = reader->head.flags & EV_FRAMES_HAVE_HANDLER;

	if (have)
		take_frame(reader, frame);
	incident->handler_frame = have && wanted ? frame : NULL;
	incident_set_missing(incident, MISSING_SIGNAL_HANDLER_SYMBOL,
			     have && !wanted ? WHY_NOT_ASKED_FOR
					     : reason_from(reader, reader->head.handler_missing));
}

static enum incident_runtime runtime_from(const char *text)
{
	const char *word;

	for (int i = RUNTIME_UNKNOWN + 1; text && (word = word_runtime((enum incident_runtime)i));
	     i++)
		if (!strcmp(word, text))
			return (enum incident_runtime)i;
	return RUNTIME_UNKNOWN;
}

void recorded_take(const void *record, size_t size, const struct recorded_wanted *wanted,
		   struct incident *incident, struct stack_answer *answer)
{
	struct stack *stack = &answer->stack;
	struct reader reader;

	if (reader_init(record, size, &reader))
		return;
	memcpy(stack->text, reader.texts, reader.head.text_size);
	stack->text_used = reader.head.text_size;
	reader.copy = stack->text;
	take_stack(&reader, stack);
	incident->stack = wanted->user && reader.head.flags & EV_FRAMES_HAVE_STACK ? stack : NULL;
	incident_set_missing(incident, MISSING_STACK,
			     wanted->user ? reason_from(&reader, reader.head.stack_missing)
					  : WHY_NONE);
	take_kernel(&reader, wanted->kernel, incident);
	take_handler(&reader, wanted->user, incident, &answer->name.frame);
	incident->process.runtime = runtime_from(text_of(&reader, reader.head.runtime));
	incident_set_missing(incident, MISSING_RUNTIME,
			     incident->process.runtime
				     ? WHY_NONE
				     : reason_from(&reader, reader.head.runtime_missing)
					       ?: WHY_NOT_RECORDED);
}
