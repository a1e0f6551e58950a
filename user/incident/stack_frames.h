/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A user stack, as the stages after the unwinder (user/stack) see it. Its names are hostile. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STACK_FRAMES_MAX 128
#define STACK_TEXT_BYTES 65536	      /* size of all names of one stack */
#define STACK_ANONYMOUS "[anonymous]" /* the module of code without a file */

/* Captures contain the values. */
enum stack_method {
	STACK_METHOD_NONE = 0,
	STACK_METHOD_DWARF = 1,		/* call frame information for every frame */
	STACK_METHOD_FRAME_POINTER = 2, /* no call frame information for the first frame */
	STACK_METHOD_MIXED = 3,
};

/* Strings are inside `text` of the stack, or NULL where unknown; unescaped. */
struct stack_frame {
	uint64_t address;   /* the pc of the innermost frame; the return address of the others */
	const char *symbol; /* demangled */
	uint64_t symbol_offset;
	const char *module; /* path, "[vdso]", "[anonymous]", ... */
	/*
	 * The address in the file (ELF virtual address). If the file cannot be read, the offset in
	 * the file.
	 */
	uint64_t module_offset;
	const char *build_id; /* hex */
	const char *file;
	uint32_t line;	     /* 0: unknown */
	bool is_inlined;     /* into the next frame, with the same address */
	bool module_changed; /* the file has changed since then, so no name was taken from it */
};

/* The code has no file. A JIT compiler made it, unless it is a program that runs from a memfd. */
bool stack_frame_is_made(const struct stack_frame *frame);

/* Of the C library or the loader. Such frames are in every program. */
bool stack_frame_is_libc(const struct stack_frame *frame);

struct stack {
	enum stack_method method;
	bool complete;		 /* it reaches the outermost frame */
	const char *reason;	 /* why it is not complete, or why there is none; static */
	const char *reason_code; /* the same for programs: "no_module"; static */
	size_t count;
	struct stack_frame frames[STACK_FRAMES_MAX];
	size_t text_used;
	char text[STACK_TEXT_BYTES];
};
