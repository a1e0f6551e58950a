// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interface of the stage: sets defaults, and passes questions to this process or to the child.
 */
#include "stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "incident.h"
#include "isolated.h"
#include "procdir.h"
#include "servers.h"

#define CACHE_BYTES_DEFAULT (128u << 20)
#define TIME_LIMIT_DEFAULT_MS 2000

struct stack_unwinder {
	struct engine *engine;		 /* or */
	struct isolated *isolated;	 /* one of the two */
	struct engine_progress progress; /* the engine needs it; unused here */
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
				  : engine_new(&full, &unwinder->engine);
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

static void target_from(const struct incident *incident, const struct snapshot *snapshot,
			struct target *target)
{
	const struct incident_process *process = &incident->process;

	*target = (struct target){
		.abi = snapshot->have ? snapshot->abi : incident->syscall.abi,
		.pid = incident_number_in_proc(process->pid, process->pid_here),
		.ns_pid = process->ns_pid,
		.uid = process->uid,
		.mnt_ns = process->mnt_ns,
		.root_fs = process->root_fs,
		.start_boot_ns = process->start_boot_ns,
		.start = process->start,
		.time = incident->time,
		.servers_ms = SERVERS_MOST_MS,
	};
	target->program.inode = process->exe_inode;
	target->program.dev = process->exe_dev;
	target->program.fs = process->exe_fs;
	if (process->root.have && !process->root.truncated)
		strcpy(target->root, process->root.text);
	if (process->exe.have && !process->exe.truncated && !process->exe_deleted &&
	    strlen(process->exe.text) < sizeof(target->program.path))
		strcpy(target->program.path, process->exe.text);
}

void stack_ask(struct stack_unwinder *unwinder, const struct incident *incident,
	       const struct snapshot *snapshot, const struct stack_question *question,
	       struct stack_answer *ret_answer)
{
	struct stack_question rest = *question;
	struct target target;

	if (question->frames && !snapshot->have) {
		struct stack *stack = &ret_answer->stack;

		stack->method = STACK_METHOD_NONE;
		stack->complete = false;
		stack->reason = missing_text(snapshot->reason);
		stack->reason_code = missing_code(snapshot->reason);
		stack->count = 0;
		stack->text_used = 0;
		rest.frames = false;
	}
	if (!rest.frames && !rest.program && !rest.address)
		return;
	target_from(incident, snapshot, &target);
	if (unwinder->isolated)
		isolated_ask(unwinder->isolated, &target, snapshot, &rest, ret_answer);
	else
		engine_ask(unwinder->engine, &target, snapshot, &rest, &unwinder->progress,
			   ret_answer);
}

size_t stack_cache_bytes(const struct stack_unwinder *unwinder)
{
	return unwinder->isolated ? isolated_cache_bytes(unwinder->isolated)
				  : engine_cache_bytes(unwinder->engine);
}

void stack_hurry(struct stack_unwinder *unwinder)
{
	if (unwinder->isolated)
		isolated_hurry(unwinder->isolated);
}

unsigned int stack_progress(const struct stack_unwinder *unwinder)
{
	return unwinder->isolated ? isolated_progress(unwinder->isolated) : 0;
}
