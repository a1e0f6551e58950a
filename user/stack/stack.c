// SPDX-License-Identifier: GPL-2.0-or-later
/* The stage's door: defaults, and whether the work is done here or in a child process. */
#include "stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "isolated.h"

#define CACHE_BYTES_DEFAULT (128u << 20)
#define TIME_LIMIT_DEFAULT_MS 2000

struct stack_unwinder {
	struct engine *engine;	   /* or */
	struct isolated *isolated; /* one of the two */
	struct stack scratch;	   /* of stack_name_address */
};

int stack_unwinder_new(const struct stack_options *options, struct stack_unwinder **ret_unwinder)
{
	struct stack_unwinder *unwinder = calloc(1, sizeof(*unwinder));
	struct stack_options full = *options;
	int error;

	if (!unwinder)
		return -ENOMEM;
	full.proc_root = full.proc_root ?: "/proc";
	full.debug_dir = full.debug_dir ?: "/usr/lib/debug";
	full.cache_bytes_max = full.cache_bytes_max ?: CACHE_BYTES_DEFAULT;
	full.time_limit_ms = full.time_limit_ms ?: TIME_LIMIT_DEFAULT_MS;
	error = options->isolated ? isolated_new(&full, &unwinder->isolated)
				  : engine_new(&full, false, &unwinder->engine);
	if (error) {
		free(unwinder);
		return error;
	}
	*ret_unwinder = unwinder;
	return 0;
}

void stack_unwinder_free(struct stack_unwinder *unwinder)
{
	if (!unwinder)
		return;
	engine_free(unwinder->engine);
	isolated_free(unwinder->isolated);
	free(unwinder);
}

void stack_rest(struct stack_unwinder *unwinder)
{
	if (unwinder->isolated)
		isolated_rest(unwinder->isolated);
}

static void subject_from(const struct incident *incident, const struct snapshot *snapshot,
			 struct subject *subject)
{
	const struct incident_process *process = &incident->process;

	*subject = (struct subject){
		.abi = snapshot->have ? snapshot->abi : incident->syscall.abi,
		.pid = process->pid,
		.ns_pid = process->ns_pid,
		.uid = process->uid,
		.mnt_ns = process->mnt_ns,
		.start_boot_ns = process->start_boot_ns,
		.start = process->start,
		.time = incident->time,
	};
	subject->program.inode = process->exe_inode;
	subject->program.dev = process->exe_dev;
	if (process->exe.have && !process->exe.truncated && !process->exe_deleted &&
	    strlen(process->exe.text) < sizeof(subject->program.path))
		strcpy(subject->program.path, process->exe.text);
}

void stack_unwind(struct stack_unwinder *unwinder, const struct incident *incident,
		  const struct snapshot *snapshot, struct stack *ret_stack)
{
	struct subject subject;

	if (!snapshot->have) {
		ret_stack->method = STACK_METHOD_NONE;
		ret_stack->complete = false;
		ret_stack->reason = missing_text(snapshot->reason);
		ret_stack->count = 0;
		ret_stack->text_used = 0;
		return;
	}
	subject_from(incident, snapshot, &subject);
	if (unwinder->isolated)
		isolated_unwind(unwinder->isolated, &subject, snapshot, ret_stack);
	else
		engine_unwind(unwinder->engine, &subject, snapshot, NULL, ret_stack);
}

int stack_name_address(struct stack_unwinder *unwinder, const struct incident *incident,
		       const struct snapshot *snapshot, uint64_t address,
		       struct stack_frame *ret_frame)
{
	struct stack *stack = &unwinder->scratch;
	struct subject subject;

	subject_from(incident, snapshot, &subject);
	if (unwinder->isolated)
		isolated_name(unwinder->isolated, &subject, snapshot, address, stack);
	else
		engine_name(unwinder->engine, &subject, snapshot, address, stack);
	if (!stack->count)
		return -ENOENT;
	*ret_frame = stack->frames[0];
	return 0;
}

uint32_t stack_find_program(struct stack_unwinder *unwinder, const struct incident *incident,
			    const struct snapshot *snapshot)
{
	struct subject subject;

	subject_from(incident, snapshot, &subject);
	if (unwinder->isolated)
		return isolated_find_program(unwinder->isolated, &subject, snapshot);
	return engine_find_program(unwinder->engine, &subject, snapshot);
}

size_t stack_cache_bytes(const struct stack_unwinder *unwinder)
{
	return unwinder->isolated ? isolated_cache_bytes(unwinder->isolated)
				  : engine_cache_bytes(unwinder->engine);
}
