// SPDX-License-Identifier: GPL-2.0-or-later
/* Answer one question from beginning to end: find the mappings, unwind, then name the frames. */
#include "engine.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "cleanup.h"
#include "frames.h"
#include "files.h"
#include "image_cache.h"
#include "maps.h"
#include "program.h"
#include "unwind.h"

#define VDSO_BYTES_MAX (64u << 10)

struct engine {
	struct stack_options options;
	bool map_all;
	const struct bad_files *bad;
	struct image_cache *cache;
	struct watch watch;
	struct image *vdso;
	bool vdso_tried;
	struct files files;
	struct finder finder; /* if the files come from this process */
	struct maps maps;     /* of a process that lives */
	struct module modules[SNAPSHOT_MODULES_MAX];
	struct stack scratch; /* of name_address() */
};

/* State of one question. */
struct job {
	struct engine *engine;
	const struct target *target;
	const struct snapshot *snapshot;
	struct deadline deadline;
	struct space space;
};

static struct engine *make(const struct stack_options *options)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->options = *options;
	if (!image_cache_new(options->cache_bytes_max, &engine->cache))
		return engine;
	free(engine);
	return NULL;
}

int engine_new(const struct stack_options *options, struct engine **ret_engine)
{
	struct engine *engine = make(options);
	int error;

	if (!engine)
		return -ENOMEM;
	engine->files.finder = &engine->finder;
	error = finder_open(&engine->finder, options);
	if (error) {
		engine_free(engine);
		return error;
	}
	*ret_engine = engine;
	return 0;
}

int engine_new_asking(const struct stack_options *options, int socket, const struct bad_files *bad,
		      struct engine **ret_engine)
{
	struct engine *engine = make(options);

	if (!engine)
		return -ENOMEM;
	engine->map_all = true;
	engine->bad = bad;
	engine->files.socket = socket;
	*ret_engine = engine;
	return 0;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	if (engine->files.finder)
		finder_close(&engine->finder);
	image_cache_free(engine->cache);
	image_free(engine->vdso);
	free(engine);
}

size_t engine_cache_bytes(const struct engine *engine)
{
	return sizeof(*engine) + image_cache_bytes(engine->cache) +
	       (engine->vdso ? image_bytes(engine->vdso) : 0);
}

/* Size of the vdso. Its section headers come last. */
static size_t vdso_size(const unsigned char *bytes)
{
	Elf64_Ehdr header;
	uint64_t size;

	memcpy(&header, bytes, sizeof(header));
	size = header.e_shoff + (uint64_t)header.e_shnum * header.e_shentsize;
	return size < VDSO_BYTES_MAX ? size : 0;
}

/* Our own: the kernel maps the same image into every process of our ABI. */
static struct image *vdso(struct engine *engine)
{
	const unsigned char *bytes = (const unsigned char *)getauxval(AT_SYSINFO_EHDR);
	size_t size;

	if (engine->vdso_tried || sizeof(void *) != 8)
		return engine->vdso;
	engine->vdso_tried = true;
	size = bytes ? vdso_size(bytes) : 0;
	if (size && image_from_memory(bytes, size, &engine->vdso))
		engine->vdso = NULL;
	return engine->vdso;
}

/* ERROR: of files_module(). Code that was never in a file has no reason. */
static enum reason why_no_file(const struct snapshot_module *mapping, int error)
{
	if (!error || !mapping->inode)
		return REASON_NONE;
	if (error == -ESTALE)
		return REASON_FILE_CHANGED;
	if (error == -EREMOTE)
		return REASON_FILE_REMOTE;
	if (error == -EDEADLK)
		return REASON_FILE_SYSTEM_HANGS;
	if (error == -ECANCELED)
		return REASON_FILE_COSTLY;
	return mapping->deleted ? REASON_FILE_DELETED : REASON_FILE_UNREACHABLE;
}

/* The opener has refused a file: another reader will answer, so this one hurries. */
static void look_for_refusal(struct job *job)
{
	if (job->engine->files.abandoned)
		job->deadline = (struct deadline){ .at_ns = 1, .end_ns = 1 };
}

/* MODULE: its number, or FINDER_PROGRAM. */
static struct image *open_image(struct job *job, uint32_t module,
				const struct snapshot_module *mapping, enum reason *ret_why)
{
	struct engine *engine = job->engine;
	struct debug_search search = {
		.files = &engine->files,
		.module = module,
		.map_all = engine->map_all,
		.deadline = &job->deadline,
	};
	struct image *image = NULL;
	struct found_file file;
	struct file_id id;
	int error;

	watch_mapping(&engine->watch, mapping->dev, mapping->inode);
	error = files_module(&engine->files, module, &file);
	if (!error) {
		id = file_id_of(&file.stat);
		watch_file(&engine->watch, &id);
		if (engine->bad)
			search.ban = bad_files_find(engine->bad, &id);
		error = image_cache_get(engine->cache, &file, &search, &image);
		*ret_why = error == -ECANCELED ? REASON_FILE_COSTLY : REASON_NONE;
	} else {
		*ret_why = why_no_file(mapping, error);
	}
	look_for_refusal(job);
	watch_image(&engine->watch, error ? NULL : image);
	return error ? NULL : image;
}

static void load_module(struct space *space, size_t index)
{
	struct job *job = space->context;
	const struct snapshot_module *mapping = &space->mappings[index];
	const struct machine_abi *abi = machine_find_abi(job->target->abi);
	struct module *module = &space->modules[index];
	struct image *image;
	uint64_t address;

	if (!strcmp(mapping->path, "[vdso]"))
		image = job->engine->options.live ? vdso(job->engine) : NULL;
	else
		image = open_image(job, (uint32_t)index, mapping, &module->why);
	module->changed = module->why == REASON_FILE_CHANGED;
	/* Ignore the file if the mapping does not fit it. */
	if (!image || !abi || image_machine(image) != abi->elf_machine ||
	    elf_file_find_address(image_elf(image), mapping->offset, mapping->end - mapping->start,
				  &address))
		return;
	module->image = image;
	module->bias = mapping->start - address;
}

static void enter_module(struct space *space, size_t index)
{
	struct job *job = space->context;

	if (space->modules[index].image)
		watch_image(&job->engine->watch, space->modules[index].image);
}

/* REASON_NONE, or why there are no mappings. */
static enum reason find_mappings(struct job *job)
{
	struct engine *engine = job->engine;
	const struct snapshot *snapshot = job->snapshot;

	job->space = (struct space){
		.mappings = snapshot->modules,
		/* Without them there are none, whatever the record says. */
		.count = snapshot->have_modules ? snapshot->module_count : 0,
		.truncated = snapshot->modules_truncated,
		.modules = engine->modules,
		.load = load_module,
		.enter = enter_module,
		.context = job,
		.deadline = &job->deadline,
	};
	if (!snapshot->have_modules) {
		if (!engine->options.live)
			return REASON_NOT_CAPTURED;
		if (files_maps(&engine->files, &engine->maps))
			return REASON_GONE;
		job->space.mappings = engine->maps.modules;
		job->space.count = engine->maps.count;
		job->space.truncated = engine->maps.truncated;
	}
	memset(engine->modules, 0, job->space.count * sizeof(engine->modules[0]));
	return REASON_NONE;
}

static void job_begin(struct job *job, struct file_watch *watch)
{
	const struct snapshot *snapshot = job->snapshot;
	const struct finder_question question = {
		.target = job->target,
		.modules = snapshot->modules,
		.module_count = snapshot->have_modules ? snapshot->module_count : 0,
	};

	job->deadline =
		deadline_in_ms(job->target->time_limit_ms ?: job->engine->options.time_limit_ms);
	watch_begin(&job->engine->watch, watch);
	job->engine->files.abandoned = false;
	if (job->engine->files.finder)
		finder_begin(job->engine->files.finder, &question);
}

static void job_end(struct job *job)
{
	watch_end(&job->engine->watch);
	if (job->engine->files.finder)
		finder_end(job->engine->files.finder);
	image_cache_trim(job->engine->cache);
}

/* PART of the answer is complete. It stays valid if a later part kills this process. */
static void note_done(struct engine_progress *progress, uint32_t part)
{
	__atomic_or_fetch(&progress->done, part, __ATOMIC_RELEASE);
}

static void find_frames(struct job *job, enum reason reason, struct unwound *unwound,
			struct engine_progress *progress)
{
	unwind(&job->space, job->snapshot, unwound);
	frames_begin(unwound, reason, &progress->plain);
	frames_add_plain(&job->space, unwound, &progress->plain);
	progress->plain_reason = reason_of(&progress->plain);
	note_done(progress, ENGINE_PLAIN);
}

static void name_frames(struct job *job, enum reason reason, const struct unwound *unwound,
			struct stack *ret_stack)
{
	frames_begin(unwound, reason, ret_stack);
	frames_name(&job->space, unwound, ret_stack);
	if (job->engine->options.live)
		frames_name_jit(&job->engine->files, &job->deadline, ret_stack);
}

/* The copy, or NULL. */
static const char *copy_text(char *to, size_t size, const char *from)
{
	if (from)
		snprintf(to, size, "%s", from);
	return from ? to : NULL;
}

/* REASON: why there are no mappings. Returns why there is no name. */
static enum missing_reason name_address(struct job *job, enum reason reason, uint64_t address,
					struct stack_name *ret_name)
{
	struct stack *stack = &job->engine->scratch;
	struct unwound unwound = { .count = 1 };
	const struct stack_frame *frame;

	if (reason)
		return reason == REASON_GONE ? WHY_PROCESS_GONE : WHY_NOT_RECORDED;
	if (!machine_find_abi(job->target->abi) ||
	    !space_find(&job->space, address, &unwound.frames[0].mapping))
		return WHY_NO_MODULE;
	unwound.frames[0].address = unwound.frames[0].lookup = address;
	name_frames(job, REASON_NONE, &unwound, stack);
	if (!stack->count)
		return WHY_NO_MODULE;
	/* Take the function that starts at the address, not a function that was inlined there. */
	frame = &stack->frames[stack->count - 1];
	ret_name->have = true;
	ret_name->frame = (struct stack_frame){
		.address = address,
		.symbol = copy_text(ret_name->symbol, sizeof(ret_name->symbol), frame->symbol),
		.symbol_offset = frame->symbol_offset,
		.module = copy_text(ret_name->module, sizeof(ret_name->module), frame->module),
		.module_offset = frame->module_offset,
		.module_changed = frame->module_changed,
	};
	return WHY_NONE;
}

/* The image of the executable: by its path, else by the mapping of it. */
static struct image *open_program(struct job *job, bool have_mappings, enum reason *ret_why)
{
	const struct snapshot_module *program = &job->target->program;
	struct image *image = NULL;

	*ret_why = REASON_NONE;
	if (program->path[0])
		image = open_image(job, FINDER_PROGRAM, program, ret_why);
	for (size_t i = 0; have_mappings && !image && program->inode && i < job->space.count; i++)
		if (job->space.mappings[i].inode == program->inode &&
		    job->space.mappings[i].dev == program->dev)
			image = open_image(job, (uint32_t)i, &job->space.mappings[i], ret_why);
	return image;
}

static uint32_t find_program(struct job *job, bool have_mappings, enum missing_reason *ret_why)
{
	enum reason why;
	struct image *image = open_program(job, have_mappings, &why);
	uint32_t marks = 0;

	*ret_why = image ? WHY_NONE : reason_of_missing(why, WHY_PROGRAM_UNREADABLE);
	if (image)
		marks = image_program_marks(image);
	for (size_t i = 0; have_mappings && i < job->space.count; i++)
		marks |= program_marks_of_library(job->space.mappings[i].path);
	return marks;
}

/*
 * The parts that a hostile file breaks most easily come last: naming reads more of a file than the
 * other parts.
 */
static void answer(struct job *job, const struct stack_question *question,
		   struct engine_progress *progress, struct stack_answer *ret_answer)
{
	enum reason reason = find_mappings(job);
	struct unwound unwound;

	if (question->frames)
		find_frames(job, reason, &unwound, progress);
	if (question->program) {
		ret_answer->program = find_program(job, !reason, &ret_answer->program_reason);
		note_done(progress, ENGINE_PROGRAM);
	}
	if (question->frames) {
		name_frames(job, reason, &unwound, &ret_answer->stack);
		progress->stack_reason = reason_of(&ret_answer->stack);
		note_done(progress, ENGINE_STACK);
	}
	if (question->address) {
		ret_answer->name = (struct stack_name){};
		ret_answer->name.reason =
			name_address(job, reason, question->address, &ret_answer->name);
		note_done(progress, ENGINE_NAME);
	}
}

void engine_ask(struct engine *engine, const struct target *target, const struct snapshot *snapshot,
		const struct stack_question *question, struct engine_progress *progress,
		struct stack_answer *ret_answer)
{
	struct job job = { .engine = engine, .target = target, .snapshot = snapshot };

	job_begin(&job, &progress->watch);
	answer(&job, question, progress, ret_answer);
	job_end(&job);
}
