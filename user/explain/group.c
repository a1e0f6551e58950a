// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which incidents are alike: a fingerprint by which other programs group. It must never change for
 * the same incident. A unit test checks the value of a sample.
 */
#include "group.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "path.h"
#include "stack_frames.h"
#include "units.h"

#define SITE_FRAMES 3
/* In a program that has no file of the C library. The frames of its runtime come first. */
#define SITE_FRAMES_STATIC 8

/* FNV-1a, 64 bits */
#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static void add_byte(uint64_t *hash, uint8_t byte)
{
	*hash = (*hash ^ byte) * FNV_PRIME;
}

/* With its NUL, so that "a", "bc" is not "ab", "c". */
static void add_text(uint64_t *hash, const char *text)
{
	do
		add_byte(hash, (uint8_t)*text);
	while (*text++);
}

/* The same on either byte order. */
static void add_number(uint64_t *hash, uint64_t number)
{
	for (unsigned int shift = 0; shift < 64; shift += 8)
		add_byte(hash, (uint8_t)(number >> shift));
}

/* FNV-1a leaves the high bits of short inputs weak (MurmurHash3's last step). */
static uint64_t mixed(uint64_t hash)
{
	hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ (hash >> 33);
}

/* The kernel adds to the name of a file that it was deleted, or replaced by another build. */
static bool is_file(const char *module, const char *path)
{
	size_t length = strlen(path);

	return !strncmp(module, path, length) &&
	       (!module[length] || !strcmp(module + length, " (deleted)"));
}

static const char *build_id_of_exe(const struct incident *incident)
{
	const struct incident_path *exe = &incident->process.exe;

	for (size_t i = 0; exe->have && incident->stack && i < incident->stack->count; i++) {
		const struct stack_frame *frame = &incident->stack->frames[i];

		if (frame->build_id && frame->module && is_file(frame->module, exe->text))
			return frame->build_id;
	}
	return NULL;
}

static void add_program(uint64_t *hash, const struct incident *incident)
{
	const struct incident_process *process = &incident->process;

	add_text(hash, build_id_of_exe(incident)
			       ?: (process->exe.have ? process->exe.text : process->comm));
}

/* Code without a file has another address in each run, so its offset has no meaning. */
static void add_frame(uint64_t *hash, const struct stack_frame *frame)
{
	const char *module = frame->module ?: STACK_ANONYMOUS;
	bool is_stable = module[0] == '/' && (frame->build_id || !stack_frame_is_made(frame));

	add_text(hash, frame->build_id ?: path_leaf(module));
	add_number(hash, is_stable ? frame->module_offset : 0);
}

static bool is_kernel(const struct stack_frame *frame)
{
	return frame->module && !strcmp(frame->module, "[vdso]");
}

static size_t count_wanted(const struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		if (stack_frame_is_libc(&stack->frames[i]))
			return SITE_FRAMES;
	return SITE_FRAMES_STATIC;
}

/*
 * Inlined frames are ignored, because they are known only if debug information is installed. The
 * number of the C library's frames above the caller depends on its version.
 */
static void add_site(uint64_t *hash, const struct stack *stack)
{
	size_t added = 0, wanted = stack ? count_wanted(stack) : 0;

	for (size_t i = 0; stack && i < stack->count && added < wanted; i++) {
		const struct stack_frame *frame = &stack->frames[i];

		if (frame->is_inlined || stack_frame_is_libc(frame) || is_kernel(frame))
			continue;
		add_frame(hash, frame);
		added++;
	}
}

void group_name(const struct incident *incident, const char *code,
		char ret_group[EXPLANATION_GROUP_SIZE])
{
	uint64_t hash = FNV_OFFSET;

	add_program(&hash, incident);
	add_number(&hash, incident->signal.number);
	add_number(&hash, incident->subject);
	add_number(&hash, incident->object.type);
	add_text(&hash, code);
	add_site(&hash, incident->stack);
	snprintf(ret_group, EXPLANATION_GROUP_SIZE, "%012" PRIx64, mixed(hash) >> 16);
}
