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

#include "event.h"
#include "missing.h"
#include "stack_frames.h"

struct incident;
struct snapshot;

struct stack_options {
	bool live; /* /proc/PID may be asked (survivors' mappings, files through its root) */
	const char *proc_root; /* "/proc" */
	const char *debug_dir; /* separate debug files; NULL: "/usr/lib/debug" */
	/*
	 * Work in another process, which has no rights and bounded memory: a hostile ELF file that
	 * breaks its reader breaks that process, which is started again. Files are mapped then, not
	 * read. The process is this program: main() must call stack_run_child().
	 */
	bool isolated;
	bool remote_files; /* open files on file systems that may not answer (NFS, FUSE), too */
	bool user_limit;   /* isolated: each user's stacks get a share of CPU time */
	size_t cache_bytes_max; /* limit for cached ELF files and symbol tables; 0: the default */
	unsigned int time_limit_ms; /* of CPU time for one question (deadline.h); 0: the default */
};

struct stack_unwinder;

/*
 * For main() to call first. In the child process of an isolated unwinder, which is this program
 * executed again, it does the child's work and does not return. Elsewhere it does nothing.
 */
void stack_run_child(int argc, char **argv);

/*
 * Starts the small process that starts those which find and read files for isolated unwinders. It
 * keeps the rights that they need, so a command calls this while it has all rights and one thread.
 * Without it each isolated unwinder starts one of its own. 0; -errno.
 */
int stack_start_spawner(void);
/* Ends it, and the processes that it has started. After the last unwinder is freed. */
void stack_stop_spawner(void);

/*
 * For who wants to have debuginfod servers asked ($DEBUGINFOD_URLS): finds the directory for their
 * files, or makes it. Nobody but root and the user of this process may be able to write there. Call
 * it before the spawner is started; it changes the environment. 0, also if nobody wants that;
 * -errno: no servers are asked, and WHY, of SIZE bytes, says why.
 */
int stack_prepare_servers(char *why, size_t size);
/* Whether this program can ask them: libdebuginfod is there. */
bool stack_has_servers(void);
extern const char stack_servers_missing[]; /* why not */
extern const char stack_servers_remedy[];  /* what to do about it */

/* 0 or -errno. The caller frees it. */
int stack_unwinder_new(const struct stack_options *options, struct stack_unwinder **ret_unwinder);
void stack_unwinder_free(struct stack_unwinder *unwinder);

/* Marks of the language that a program is written in. */
#define STACK_PROGRAM_SECTIONS 1u /* the executable could be read */
#define STACK_PROGRAM_GO 2u
#define STACK_PROGRAM_CGO 4u	 /* with STACK_PROGRAM_GO: there is C code in it */
#define STACK_PROGRAM_RUST 8u	 /* holds Rust's standard library */
#define STACK_PROGRAM_PYTHON 16u /* as a library, as those below */
#define STACK_PROGRAM_JVM 32u
#define STACK_PROGRAM_NODE 64u
#define STACK_PROGRAM_DOTNET 128u
#define STACK_PROGRAM_RUBY 256u

/* What is asked about one incident. */
struct stack_question {
	bool frames;
	bool program;
	uint64_t address; /* to be named, as the handler of a signal; 0: none */
};

/* One address with its names. The strings of FRAME are inside of the name, or NULL. */
struct stack_name {
	bool have;
	enum missing_reason reason; /* why there is none */
	struct stack_frame frame;
	char symbol[256], module[EV_PATH_MAX + 32];
};

/* Only what was asked for is set. */
struct stack_answer {
	struct stack stack;
	struct stack_name name;
	uint32_t program; /* STACK_PROGRAM_* of the executable and the mappings; 0: nothing was read
			   */
	enum missing_reason program_reason; /* why the executable was not read */
};

/*
 * One question, and one round trip to the child if there is one. Never fails: the reasons of the
 * stack and of the name say what could not be done. What was found before the child died or was
 * late is in the answer, too.
 */
void stack_ask(struct stack_unwinder *unwinder, const struct incident *incident,
	       const struct snapshot *snapshot, const struct stack_question *question,
	       struct stack_answer *ret_answer);

/* Ends the child process, and frees its caches with it. The next question starts a new child. */
void stack_rest(struct stack_unwinder *unwinder);

/*
 * The run is about to end. A question does not wait any more for a child that uses no CPU time, for
 * example because a file system hangs. Any thread.
 */
void stack_hurry(struct stack_unwinder *unwinder);
/* Changes while a question makes progress. Any thread. */
unsigned int stack_progress(const struct stack_unwinder *unwinder);

/* Bytes in the caches now. They exceed cache_bytes_max only during a question. */
size_t stack_cache_bytes(const struct stack_unwinder *unwinder);
