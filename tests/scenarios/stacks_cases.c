// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of stacks: the frames that each program must have, innermost first. Internal functions
 * of the C library have names only if its debug file is installed.
 */
#include "stacks.h"

#define CODE_MISSING "no unwind information for this code"
#define STACK_MISSING "the stack continues in memory that was not captured"

#define CHAIN                               \
	{ "leaf" }, { "mid" }, { "outer" }, \
	{                                   \
		"main"                      \
	}
/* The line to which each call returns. */
#define CHAIN_LINES                                                                            \
	{ "leaf", .file = "/chain.c", .line = 20 }, { "mid", .file = "/chain.c", .line = 28 }, \
	{                                                                                      \
		"outer", .file = "/chain.c", .line = 33                                        \
	}
#define START            \
	{ "..." },       \
	{                \
		"_start" \
	}
/* From glibc 2.41 on write() jumps to an internal function where seven arguments fit into
 * registers. */
#if defined(__riscv)
#define WRITE         \
	{             \
		"..." \
	}
#else
#define WRITE               \
	{ FRAMES_OF_CALL }, \
	{                   \
		"write"     \
	}
#endif
#define DWARF(...)                                        \
	{                                                 \
		"dwarf", .frames = { WRITE, __VA_ARGS__ } \
	}
#define MIXED(...)                                        \
	{                                                 \
		"mixed", .frames = { WRITE, __VA_ARGS__ } \
	}
#define CHAIN_STACK DWARF(CHAIN, START)
#define SIGNAL                            \
	{                                 \
		"<signal handler called>" \
	}

#define IN_CHAIN(how)                       \
	{                                   \
		"*", .module = "/chain" how \
	}

const struct stack_case stack_cases[] = {
	/* C, compiled in different ways. */
	{ "omitted", "chain", .stack = CHAIN_STACK },
	{ "omitted-lives", "chain", .lives = true, .stack = CHAIN_STACK },
	{ "socket", "chain", .to_socket = true, .stack = CHAIN_STACK },
	{ "socket-lives", "chain", .to_socket = true, .lives = true, .stack = CHAIN_STACK },
	{ "pointers", "chain-pointers", .stack = MIXED(CHAIN, START) },
	{ "pointers-lives", "chain-pointers", .lives = true, .stack = MIXED(CHAIN, START) },
	{ "neither", "chain-no-way", .stack = { "dwarf", CODE_MISSING, { WRITE, { "leaf" } } } },
	{ "lines", "chain-debug", .stack = DWARF(CHAIN_LINES, { "main" }, START) },
	/* dispatch() jumped to reply() (a tail call), so it has no frame. */
	{ "inlined", "inlined",
	  .stack = DWARF({ "encode", .file = "/inlined.c", .line = 17, .is_inlined = true },
			 { "reply", .file = "/inlined.c", .line = 24 },
			 { "serve", .file = "/inlined.c", .line = 35 }, { "main" }, START) },
	{ "static", "chain-static", .stack = CHAIN_STACK },
	{ "static-pie", "chain-static-pie", .stack = CHAIN_STACK },
	{ "static-pie-lives", "chain-static-pie", .lives = true, .stack = CHAIN_STACK },
	{ "separate", "chain-separate", .stack = CHAIN_STACK },
	{ "static-separate", "chain-static-separate", .stack = CHAIN_STACK },
	{ "lld", "chain-lld", .stack = CHAIN_STACK },

	/* Stripped programs, with debug information in different places. */
	{ "stripped", "chain-stripped",
	  .stack = DWARF({ "?", .module = "/chain-stripped" }, { "?" }, { "?" },
			 { "?", .module = "/chain-stripped" }, { "..." }, { "__libc_start_main" },
			 { "?", .module = "/chain-stripped" }) },
	{ "exports", "chain-exported-stripped", .stack = CHAIN_STACK },
	{ "debug-by-id", "chain-by-id", .place = PLACE_DEBUG_BY_ID,
	  .stack = DWARF(CHAIN_LINES, { "main" }, START) },
	{ "debug-by-link", "chain-by-link", .place = PLACE_DEBUG_BY_LINK,
	  .stack = DWARF(CHAIN_LINES, { "main" }, START) },
	{ "debug-by-link-lives", "chain-by-link", .place = PLACE_DEBUG_BY_LINK, .lives = true,
	  .stack = DWARF(CHAIN_LINES, { "main" }, START) },
	{ "minidebug", "chain-minidebug", .stack = CHAIN_STACK },

	/* Threads, signals, depth. */
	{ "thread", "thread", .stack = DWARF({ "step" }, { "work" }, { "..." }) },
	{ "thread-lives", "thread", .lives = true,
	  .stack = DWARF({ "step" }, { "work" }, { "..." }) },
	{ "handler", "handler",
	  .stack = DWARF({ "on_signal" }, SIGNAL, { "..." }, { "raise" }, { "interrupted" },
			 { "main" }, START) },
	{ "handler-lives", "handler", .lives = true,
	  .stack = DWARF({ "on_signal" }, SIGNAL, { "..." }, { "raise" }, { "interrupted" },
			 { "main" }, START) },
	/* The signal interrupted another stack: only the first frame of that stack is known. */
	{ "alternate", "handler", "alternate",
	  .stack = { "dwarf",
		     STACK_MISSING,
		     { WRITE, { "on_signal" }, SIGNAL, { "*", .module = "/libc.so.6" } } } },
	{ "alternate-lives", "handler", "alternate", .lives = true,
	  .stack = { "dwarf",
		     STACK_MISSING,
		     { WRITE, { "on_signal" }, SIGNAL, { "*", .module = "/libc.so.6" } } } },
	{ "deep", "deep", "10", .stack = DWARF({ "down" }, { "..." }, { "main" }, START) },
	{ "too-deep", "deep",
	  .stack = { "dwarf",
		     "the captured part of the stack ends here; a larger --stack-size captures more",
		     { WRITE, { "down" }, { "down" }, { "down" }, { "..." } } } },

	/* Code that is generated at run time. */
	{ "jit", "jit",
	  .stack = MIXED({ "leaf" }, { "?", .module = "[anonymous]" }, { "main" }, START) },
	{ "jit-map", "jit", "map",
	  .stack = MIXED({ "leaf" }, { "made::at_run_time", .module = "[anonymous]" }, { "main" },
			 START) },
	{ "jit-map-lives", "jit", "map", .lives = true,
	  .stack = MIXED({ "leaf" }, { "made::at_run_time", .module = "[anonymous]" }, { "main" },
			 START) },
	{ "jit-shared", "jit", "shared",
	  .stack = MIXED({ "leaf" }, { "?", .module = "/dev/zero (deleted)" }, { "main" }, START) },
	{ "jit-memfd", "jit", "memfd",
	  .stack = MIXED({ "leaf" }, { "?", .module = "/memfd:made-code (deleted)" }, { "main" },
			 START) },
	{ "jit-memfd-map", "jit", "memfd map",
	  .stack = MIXED({ "leaf" },
			 { "made::at_run_time", .module = "/memfd:made-code (deleted)" },
			 { "main" }, START) },

	/* Programs at unusual places. */
	{ "long-path", "chain", .place = PLACE_DEEP, .stack = CHAIN_STACK },
	{ "long-path-lives", "chain", .place = PLACE_DEEP, .lives = true, .stack = CHAIN_STACK },
	{ "memfd", "chain", .place = PLACE_MEMFD,
	  .stack = { "dwarf",
		     "*",
		     { WRITE, { "*", .module = "/memfd:chain (deleted)" }, { "..." } } } },
	{ "memfd-lives", "chain", .place = PLACE_MEMFD, .lives = true,
	  .stack = DWARF({ "leaf", .module = "/memfd:chain (deleted)" }, { "mid" }, { "outer" },
			 { "main" }, START) },
	{ "chroot", "chain-static", .place = PLACE_CHROOT, .stack = CHAIN_STACK },
	{ "chroot-lives", "chain-static", .place = PLACE_CHROOT, .lives = true,
	  .stack = CHAIN_STACK },
	{ "chroot-debug", "chain-static-by-link", .place = PLACE_CHROOT,
	  .stack = DWARF(CHAIN_LINES, { "main" }, START) },
	{ "chroot-debug-lives", "chain-static-by-link", .place = PLACE_CHROOT, .lives = true,
	  .stack = DWARF(CHAIN_LINES, { "main" }, START) },
	{ "chroot-jit-map", "jit-static", "map", .place = PLACE_CHROOT,
	  .stack = MIXED({ "leaf" }, { "made::at_run_time", .module = "[anonymous]" }, { "main" },
			 START) },
	{ "chroot-jit-map-lives", "jit-static", "map", .place = PLACE_CHROOT, .lives = true,
	  .stack = MIXED({ "leaf" }, { "made::at_run_time", .module = "[anonymous]" }, { "main" },
			 START) },
	{ "namespace-chroot", "chain", .place = PLACE_NAMESPACE_CHROOT, .stack = CHAIN_STACK },

	/* Programs whose file is no longer at its path. */
	{ "namespace", "chain", .place = PLACE_NAMESPACE, .stack = CHAIN_STACK },
	{ "namespace-lives", "chain", .place = PLACE_NAMESPACE, .lives = true,
	  .stack = CHAIN_STACK },
	/* The file disappears with the process. It has names only if sigpath was faster. */
	{ "deleted", "chain", .place = PLACE_DELETED,
	  .stack = { "dwarf", "*", { WRITE, IN_CHAIN(" (deleted)"), { "..." } } } },
	{ "deleted-lives", "chain", .place = PLACE_DELETED, .lives = true, .stack = CHAIN_STACK },
	{ "replaced", "chain", .place = PLACE_REPLACED,
	  .stack = { "dwarf", "*", { WRITE, IN_CHAIN(" (deleted)"), { "..." } } } },
	{ "replaced-lives", "chain", .place = PLACE_REPLACED, .lives = true, .stack = CHAIN_STACK },

	{ "i386", "chain-i386",
	  .stack = { "dwarf", .frames = { { "__kernel_vsyscall", .module = "[vdso]" },
					  WRITE,
					  CHAIN_LINES,
					  { "main" },
					  START } } },
	{ "i386-static", "chain-i386-static",
	  .stack = { "dwarf", .frames = { { "__kernel_vsyscall", .module = "[vdso]" },
					  WRITE,
					  CHAIN_LINES,
					  { "main" },
					  START } } },
	{ "i386-lives", "chain-i386", .lives = true,
	  .stack = { "dwarf", .frames = { { "__kernel_vsyscall", .module = "[vdso]" },
					  WRITE,
					  CHAIN_LINES,
					  { "main" },
					  START } } },
	{ "i386-handler", "handler-i386",
	  .stack = { "dwarf", .frames = { { "__kernel_vsyscall" },
					  WRITE,
					  { "on_signal" },
					  SIGNAL,
					  { "..." },
					  { "raise" },
					  { "interrupted" },
					  { "main" },
					  START } } },
};

const size_t stack_case_count = sizeof(stack_cases) / sizeof(stack_cases[0]);
