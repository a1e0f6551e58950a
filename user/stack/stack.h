/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a snapshot to named frames: where in the program's code it happened. Works when the process
 * is gone, from the snapshot and the ELF files alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "incident.h"
#include "snapshot.h"
#include "stack_frames.h"

struct stack_options {
	bool live; /* /proc/PID may be asked (survivors' mappings, files through its root) */
	const char *proc_root; /* "/proc" */
	const char *debug_dir; /* separate debug files; NULL: "/usr/lib/debug" */
	/*
	 * Work in a child process, with bounded memory: a hostile ELF file that breaks its reader
	 * breaks the child, which is started anew. Files are mapped then, not read.
	 */
	bool isolated;
	size_t cache_bytes_max; /* what may be kept of ELF files and symbol tables; 0: the default */
	unsigned int time_limit_ms; /* of CPU time for one stack (deadline.h); 0: the default */
};

struct stack_unwinder;

/* 0 or -ENOMEM. The caller frees it. */
int stack_unwinder_new(const struct stack_options *options, struct stack_unwinder **ret_unwinder);
void stack_unwinder_free(struct stack_unwinder *unwinder);

/* Unwinds and names; never fails: RET_STACK->reason says what could not be done. */
void stack_unwind(struct stack_unwinder *unwinder, const struct incident *incident,
		  const struct snapshot *snapshot, struct stack *ret_stack);

/*
 * Names one address of the process the same way (the handler of a signal): symbol, module, offsets
 * in RET_FRAME, whose strings stay valid until the next call with this unwinder. 0 or -ENOENT.
 */
int stack_name_address(struct stack_unwinder *unwinder, const struct incident *incident,
		       const struct snapshot *snapshot, uint64_t address,
		       struct stack_frame *ret_frame);

/* What shows of the language that a program is written in. */
#define STACK_PROGRAM_SECTIONS 1u /* the executable could be looked into */
#define STACK_PROGRAM_GO 2u
#define STACK_PROGRAM_CGO 4u	 /* with STACK_PROGRAM_GO: there is C code in it */
#define STACK_PROGRAM_RUST 8u	 /* holds Rust's standard library */
#define STACK_PROGRAM_PYTHON 16u /* as a library, as the two below */
#define STACK_PROGRAM_JVM 32u
#define STACK_PROGRAM_NODE 64u
#define STACK_PROGRAM_DOTNET 128u

/* STACK_PROGRAM_* of the process's executable and of its mappings; 0: nothing could be read. */
uint32_t stack_find_program(struct stack_unwinder *unwinder, const struct incident *incident,
			    const struct snapshot *snapshot);

/* Gives back what is kept for the next job, with the child process: that job begins anew then. */
void stack_rest(struct stack_unwinder *unwinder);

/* Bytes that the caches hold now: never above cache_bytes_max for long. */
size_t stack_cache_bytes(const struct stack_unwinder *unwinder);
