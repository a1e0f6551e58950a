// SPDX-License-Identifier: GPL-2.0-or-later
/* Copies the reader's answer. It is hostile: its numbers and pointers are checked in the copy. */
#include "isolated_take.h"

#include <string.h>

/* The reader's own address of PART, which is inside of what is shared. */
static uintptr_t address_in_child(const struct isolated_answer *answer, const void *part)
{
	return answer->base + ((uintptr_t)part - (uintptr_t)answer);
}

/* Our copy of TEXT, the child's pointer into the text that begins at START there. */
static const char *take_text(uintptr_t start, const struct stack *to, const char *text)
{
	uintptr_t at = (uintptr_t)text;

	if (!text || at < start || at - start >= to->text_used)
		return NULL;
	return to->text + (at - start);
}

static bool take_flag(const bool *from)
{
	unsigned char flag;

	/* Hostile memory may hold a value that is not a valid bool. */
	memcpy(&flag, from, 1);
	return flag & 1;
}

static void take_frame(uintptr_t start, const struct stack *to, struct stack_frame *frame)
{
	frame->symbol = take_text(start, to, frame->symbol);
	frame->module = take_text(start, to, frame->module);
	frame->build_id = take_text(start, to, frame->build_id);
	frame->file = take_text(start, to, frame->file);
	frame->is_inlined = take_flag(&frame->is_inlined);
	frame->module_changed = take_flag(&frame->module_changed);
}

void isolated_take_stack(const struct isolated_answer *answer, const struct stack *from,
			 enum reason reason, struct stack *ret_stack)
{
	uintptr_t start = address_in_child(answer, from->text);
	size_t count = from->count, used = from->text_used;
	unsigned int method;

	memcpy(&method, &from->method, sizeof(method));
	ret_stack->complete = take_flag(&from->complete);
	ret_stack->method = method <= STACK_METHOD_MIXED ? (enum stack_method)method
							 : STACK_METHOD_NONE;
	reason_set(reason, ret_stack);
	ret_stack->count = count <= STACK_FRAMES_MAX ? count : 0;
	ret_stack->text_used = used <= STACK_TEXT_BYTES ? used : 0;
	memcpy(ret_stack->text, from->text, ret_stack->text_used);
	if (ret_stack->text_used)
		ret_stack->text[ret_stack->text_used - 1] = '\0';
	memcpy(ret_stack->frames, from->frames, ret_stack->count * sizeof(ret_stack->frames[0]));
	for (size_t i = 0; i < ret_stack->count; i++)
		take_frame(start, ret_stack, &ret_stack->frames[i]);
}

void isolated_take_name(const struct isolated_answer *answer, struct stack_name *ret_name)
{
	const struct stack_name *from = &answer->answer.name;
	struct stack_frame *frame = &ret_name->frame;

	memcpy(ret_name, from, sizeof(*ret_name));
	ret_name->have = take_flag(&from->have);
	if (ret_name->have)
		ret_name->reason = WHY_NONE;
	else if (!ret_name->reason || ret_name->reason >= WHY_REASONS)
		ret_name->reason = WHY_ELF_UNREADABLE;
	ret_name->symbol[sizeof(ret_name->symbol) - 1] = '\0';
	ret_name->module[sizeof(ret_name->module) - 1] = '\0';
	frame->symbol = frame->symbol ? ret_name->symbol : NULL;
	frame->module = frame->module ? ret_name->module : NULL;
	frame->build_id = frame->file = NULL;
	frame->is_inlined = false;
	frame->module_changed = take_flag(&frame->module_changed);
}

struct file_id isolated_take_file(const struct file_id *from)
{
	struct file_id id;

	memcpy(&id, from, sizeof(id));
	id.is_steady = take_flag(&from->is_steady);
	return id;
}
