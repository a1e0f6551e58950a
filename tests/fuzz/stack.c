// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All that is asked about one incident: a hostile snapshot, then the program and its debug file.
 * They are files, which are found, opened, kept and named as in a trace.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hostile_snapshot.h"
#include "incident.h"
#include "procdir.h"
#include "stack.h"
#include "tree.h"
#include "units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint8_t flags;
	uint8_t path;		/* of the library, in a list */
	uint16_t library;	/* its offset from the program, in pages */
	uint32_t program_bytes; /* of what follows; the rest is the debug file */
	uint64_t address;
	struct hostile_snapshot snapshot;
};

#define IN_LIVE 1u	 /* the process lives */
#define IN_NO_MODULES 2u /* the record has no mappings */
#define IN_NO_STACK 4u
#define IN_DELETED 8u
#define IN_SMALL_CACHE 16u
#define IN_CHANGED 32u /* the program was written to since */
#define IN_MADE 64u    /* the second mapping has no file */

#define START_TICKS 500
#define LIBRARY_START (HOSTILE_CODE_START + 0x6000)

static struct stack_options options = { .time_limit_ms = 1000 };
static struct incident incident;
static struct snapshot snapshot;
static struct stack_answer answer;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const directories[] = { ".debug", "proc", "proc/7", "root", "root/tmp" };
	static char proc_root[128];
	char text[256];
	int length;

	tree_make();
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		tree_make_directory(directories[i]);
	length = snprintf(text, sizeof(text),
			  "7 (app) S 1 7 7 0 -1 0 1 0 0 0 0 0 0 0 20 0 1 0 %u 0 0\n", START_TICKS);
	tree_put("proc/7/stat", text, (size_t)length);
	tree_path("root", text);
	tree_link("proc/7/root", text);
	tree_path("proc", proc_root);
	options.proc_root = proc_root;
	options.debug_dir = tree_root();
	return 0;
}

/* The debug file is the perf map, too. */
static void put_files(const struct input *input, const uint8_t *data, size_t size)
{
	size_t program = input->program_bytes < size ? input->program_bytes : size;

	tree_put("app", data, program);
	tree_put("app.debug", data + program, size - program);
	tree_put("root/tmp/perf-7.map", data + program, size - program);
}

/* The program, and the same file as a library behind it. */
static void put_modules(const struct input *input)
{
	static const char *const paths[] = { "", "[vdso]", "/usr/lib/libpython3.11.so",
					     "/lib/libjvm.so" };
	struct snapshot_module *modules = snapshot.modules;
	char path[128];

	tree_path("app", path);
	tree_module(path, &modules[0]);
	modules[0].start = HOSTILE_CODE_START;
	modules[0].end = LIBRARY_START;
	modules[0].offset = input->library & 0xf000;
	modules[0].deleted = input->flags & IN_DELETED;
	modules[1] = modules[0];
	modules[1].start = modules[0].end;
	modules[1].end = HOSTILE_CODE_START + HOSTILE_CODE_BYTES;
	modules[1].offset = (input->library & 0xfffu) << 12;
	if (input->flags & IN_MADE) {
		modules[1].inode = 0;
		strcpy(modules[1].path, paths[input->path % ARRAY_SIZE(paths)]);
	}
	snapshot.module_count = 2;
	incident.process.exe_inode = modules[0].inode;
	incident.process.exe_dev = modules[0].dev;
	incident.process.exe.have = true;
	strcpy(incident.process.exe.text, path);
}

/* The same mappings, of the process. */
static void put_process(void)
{
	char text[2 * sizeof(snapshot.modules[0].path)];
	int length = 0;

	for (size_t i = 0; i < snapshot.module_count; i++) {
		const struct snapshot_module *module = &snapshot.modules[i];

		length += snprintf(text + length, sizeof(text) - (size_t)length,
				   "%lx-%lx r-xp %lx %x:%x %lu %s\n", module->start, module->end,
				   module->offset, (unsigned int)(module->dev >> 20),
				   (unsigned int)(module->dev & 0xfffff), module->inode,
				   module->path);
	}
	tree_put("proc/7/maps", text, (size_t)length);
	incident.process.pid = incident.process.ns_pid = 7;
	incident.process.root_fs = 0xef53; /* EXT4_SUPER_MAGIC: it is local */
	incident.process.start_boot_ns = START_TICKS * procdir_tick_ns();
}

static void put_snapshot(struct input *input)
{
	hostile_snapshot(&input->snapshot, &snapshot);
	put_modules(input);
	put_process();
	snapshot.have = !(input->flags & IN_NO_STACK);
	snapshot.reason = snapshot.have ? WHY_NONE : WHY_NOT_RECORDED;
	snapshot.have_modules = !(input->flags & IN_NO_MODULES);
	snapshot.modules_truncated = input->path & 0x80;
	incident.time.tv_sec = input->flags & IN_CHANGED ? 1 : INT32_MAX;
}

static void check_text(const char *text)
{
	const struct stack *stack = &answer.stack;

	if (text && (text < stack->text || text >= stack->text + stack->text_used ||
		     strlen(text) >= (size_t)(stack->text + stack->text_used - text)))
		__builtin_trap();
}

static void check(void)
{
	const struct stack *stack = &answer.stack;

	if (stack->count > STACK_FRAMES_MAX || (!stack->complete && !stack->reason))
		__builtin_trap();
	for (size_t i = 0; i < stack->count; i++) {
		check_text(stack->frames[i].symbol);
		check_text(stack->frames[i].module);
		check_text(stack->frames[i].build_id);
		check_text(stack->frames[i].file);
	}
	if (answer.name.have ? !answer.name.frame.module : !answer.name.reason)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stack_question question = { .frames = true, .program = true };
	struct stack_unwinder *unwinder;
	struct input input;

	if (size < sizeof(input) || size > 65536)
		return 0;
	memcpy(&input, data, sizeof(input));
	put_files(&input, data + sizeof(input), size - sizeof(input));
	put_snapshot(&input);
	options.live = input.flags & IN_LIVE;
	options.cache_bytes_max = input.flags & IN_SMALL_CACHE ? 1 : 0;
	question.address = HOSTILE_CODE_START + (input.address & 0xfffff);
	if (stack_unwinder_new(&options, &unwinder))
		abort();
	stack_ask(unwinder, &incident, &snapshot, &question, &answer);
	check();
	/* Now from the cache. */
	stack_ask(unwinder, &incident, &snapshot, &question, &answer);
	check();
	stack_cache_bytes(unwinder);
	stack_unwinder_free(unwinder);
	return 0;
}
