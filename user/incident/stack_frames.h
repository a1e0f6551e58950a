/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A user stack as the stages behind the unwinder (user/stack) see it. Its names are hostile. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STACK_FRAMES_MAX 128
#define STACK_TEXT_BYTES 65536	      /* all names of one stack together */
#define STACK_ANONYMOUS "[anonymous]" /* the module of code that is in no file */

enum stack_method {
	STACK_METHOD_NONE,
	STACK_METHOD_DWARF,	    /* CFI all the way */
	STACK_METHOD_FRAME_POINTER, /* no CFI where it began */
	STACK_METHOD_MIXED,
};

/* Strings are inside `text` of the stack, or NULL where unknown; unescaped. */
struct stack_frame {
	uint64_t address; /* pc: of the innermost frame as it is, of the others the return address */
	const char *symbol; /* demangled */
	uint64_t symbol_offset;
	const char *module; /* path, "[vdso]", "[anonymous]", ... */
	/* In the file's address space (ELF virtual address); where the file cannot be read, in the
	 * file. */
	uint64_t module_offset;
	const char *build_id; /* hex */
	const char *file;
	uint32_t line;	     /* 0: unknown */
	bool is_inlined;     /* into the next frame, with the same address */
	bool module_changed; /* the file on disk is another one by now: no name was taken from it */
};

struct stack {
	enum stack_method method;
	bool complete;		 /* up to the outermost frame */
	const char *reason;	 /* why it is not complete, or why there is none; static */
	const char *reason_code; /* the same for programs: "no_module"; static */
	size_t count;
	struct stack_frame frames[STACK_FRAMES_MAX];
	size_t text_used;
	char text[STACK_TEXT_BYTES];
};
