// SPDX-License-Identifier: GPL-2.0-or-later
/* Make the frames that the user sees. */
#include "frames.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "perf_map.h"

#define JIT_MAX 32 /* frames of one stack that are looked up in perf-PID.map */

void frames_begin(const struct unwound *unwound, enum reason reason, struct stack *ret_stack)
{
	ret_stack->method = unwound->method;
	ret_stack->complete = unwound->complete && !reason;
	reason_set(reason ? reason : unwound->reason, ret_stack);
	ret_stack->count = 0;
	ret_stack->text_used = 0;
}

const char *frames_keep_text(struct stack *stack, const char *text)
{
	size_t size = strlen(text) + 1;
	char *at = stack->text + stack->text_used;

	if (size > sizeof(stack->text) - stack->text_used)
		return NULL;
	memcpy(at, text, size);
	stack->text_used += size;
	return at;
}

/* TEXT as the module of an earlier frame, because a stack keeps a limited number of bytes. */
static const char *find_module(const struct stack *stack, const char *text)
{
	for (size_t i = 0; i < stack->count; i++)
		if (stack->frames[i].module && !strcmp(stack->frames[i].module, text))
			return stack->frames[i].module;
	return NULL;
}

/* /usr/bin/server, /memfd:jit (deleted), .../libfoo.so, [vdso], [anonymous] */
static const char *keep_module(struct stack *stack, const struct snapshot_module *mapping)
{
	char name[sizeof(mapping->path) + 32];

	if (!mapping->path[0])
		return frames_keep_text(stack, STACK_ANONYMOUS);
	snprintf(name, sizeof(name), "%s%s%s",
		 mapping->path_truncated && mapping->path[0] != '/' ? ".../" : "", mapping->path,
		 mapping->deleted ? " (deleted)" : "");
	return find_module(stack, name) ?: frames_keep_text(stack, name);
}

/* The texts of a module are stored once for each stack. */
struct module_texts {
	size_t mapping;
	const char *module, *build_id;
};

static void describe_module(struct space *space, const struct unwound_frame *from,
			    struct stack *stack, struct module_texts *last,
			    struct stack_frame *frame)
{
	const struct snapshot_module *mapping = &space->mappings[from->mapping];
	const struct module *module = &space->modules[from->mapping];

	if (last->mapping != from->mapping) {
		const char *build_id = module->image ? image_build_id(module->image) : NULL;

		last->mapping = from->mapping;
		last->module = keep_module(stack, mapping);
		last->build_id = build_id ? frames_keep_text(stack, build_id) : NULL;
	}
	frame->module = last->module;
	frame->build_id = last->build_id;
	frame->module_changed = module->changed;
	if (module->image)
		frame->module_offset = from->address - module->bias;
	else
		frame->module_offset = from->address - mapping->start + mapping->offset;
}

static void add_levels(struct stack *stack, const struct stack_frame *common,
		       const struct image_names *names, uint64_t bias)
{
	for (size_t i = 0; i < names->count && stack->count < STACK_FRAMES_MAX; i++) {
		const struct image_level *level = &names->levels[i];
		struct stack_frame *frame = &stack->frames[stack->count++];
		uint64_t start = level->start + bias;

		*frame = *common;
		if (level->symbol)
			frame->symbol = frames_keep_text(stack, level->symbol);
		if (frame->symbol && level->start && start <= frame->address)
			frame->symbol_offset = frame->address - start;
		if (level->file)
			frame->file = frames_keep_text(stack, level->file);
		frame->line = frame->file ? level->line : 0;
		frame->is_inlined = level->is_inlined;
	}
}

static void add_frame(struct space *space, const struct unwound_frame *from, bool with_names,
		      struct module_texts *last, struct stack *stack)
{
	struct stack_frame common = { .address = from->address };
	const struct image_names *names = NULL;
	const struct module *module = NULL;

	if (from->mapping != SIZE_MAX) {
		module = &space->modules[from->mapping];
		space->enter(space, from->mapping);
		describe_module(space, from, stack, last, &common);
	}
	if (from->symbol)
		common.symbol = frames_keep_text(stack, from->symbol);
	else if (with_names && module && module->image && !deadline_is_over(space->deadline))
		names = image_find_names(module->image, from->lookup - module->bias,
					 space->deadline);
	if (names && names->count)
		add_levels(stack, &common, names, module->bias);
	else
		stack->frames[stack->count++] = common;
}

void frames_add_plain(struct space *space, const struct unwound *unwound, struct stack *stack)
{
	struct module_texts last = { .mapping = SIZE_MAX };

	for (size_t i = 0; i < unwound->count && stack->count < STACK_FRAMES_MAX; i++)
		add_frame(space, &unwound->frames[i], false, &last, stack);
}

static enum reason why_names_are_missing(const struct space *space, const struct unwound *unwound)
{
	if (deadline_is_over(space->deadline))
		return REASON_TIME_NAMES;
	for (size_t i = 0; i < unwound->count; i++) {
		const struct image *image =
			unwound->frames[i].mapping == SIZE_MAX
				? NULL
				: space->modules[unwound->frames[i].mapping].image;

		if (image && image_left_out(image))
			return image_left_out(image);
	}
	return REASON_NONE;
}

void frames_name(struct space *space, const struct unwound *unwound, struct stack *stack)
{
	struct module_texts last = { .mapping = SIZE_MAX };

	for (size_t i = 0; i < unwound->count && stack->count < STACK_FRAMES_MAX; i++)
		add_frame(space, &unwound->frames[i], true, &last, stack);
	if (!stack->reason)
		reason_set(why_names_are_missing(space, unwound), stack);
}

static FILE *open_perf_map(struct files *files, uint64_t *ret_size)
{
	struct found_file found;
	FILE *file;

	if (files_perf_map(files, &found))
		return NULL;
	file = fdopen(found.fd, "r");
	if (!file)
		close(found.fd);
	*ret_size = (uint64_t)found.stat.st_size;
	return file;
}

void frames_name_jit(struct files *files, const struct deadline *deadline, struct stack *stack)
{
	struct perf_map_hit hits[JIT_MAX];
	cleanup(cleanup_fclose) FILE *file = NULL;
	size_t frames[JIT_MAX], count = 0;
	uint64_t size;

	for (size_t i = 0; i < stack->count && count < JIT_MAX; i++) {
		const struct stack_frame *frame = &stack->frames[i];

		if (frame->symbol || !stack_frame_is_made(frame))
			continue;
		hits[count].address = frame->address - (i ? 1 : 0);
		frames[count++] = i;
	}
	if (!count || deadline_is_over(deadline))
		return;
	file = open_perf_map(files, &size);
	if (!file)
		return;
	perf_map_find(file, size, deadline, hits, count);
	for (size_t i = 0; i < count; i++) {
		struct stack_frame *frame = &stack->frames[frames[i]];

		if (!hits[i].start)
			continue;
		frame->symbol = frames_keep_text(stack, hits[i].name);
		frame->symbol_offset = frame->address - hits[i].start;
	}
}
