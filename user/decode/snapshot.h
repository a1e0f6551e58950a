/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel side stored of a thread's stack at the incident: registers, the bytes above the
 * stack pointer and the executable mappings. All of it is hostile.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "missing.h"

#define SNAPSHOT_MODULES_MAX 512
#define SNAPSHOT_KERNEL_FRAMES_MAX 32

/* One executable mapping. */
struct snapshot_module {
	uint64_t start, end; /* addresses; end is one after the last byte */
	uint64_t offset;     /* of start in the file, in bytes */
	uint64_t inode, dev; /* kernel dev_t: major << 20 | minor; 0 for anonymous memory */
	uint32_t fs;	     /* s_magic of its file system; 0: not recorded */
	bool deleted;	     /* the file was deleted */
	bool path_truncated; /* the part at the root of the path is missing */
	/* From the root of its mount namespace; "[vdso]", "" for anonymous memory. The last member.
	 */
	char path[EV_PATH_MAX + 2];
};

struct snapshot {
	bool have;		    /* registers and stack */
	enum missing_reason reason; /* why not */
	enum ev_abi abi;
	/* By DWARF numbers of the ABI: x86_64 0..16 (16 is the pc); aarch64 0..30, 31 sp, 32 pc;
	 * i386 0..8; riscv64 0..31, 32 pc. */
	uint64_t registers[33];
	uint64_t pc, sp;
	const unsigned char *stack; /* the bytes from sp upwards; points into the record */
	size_t stack_size;
	bool stack_truncated; /* the stack has more bytes above */
	bool have_modules;
	bool modules_truncated;
	size_t module_count;
	struct snapshot_module modules[SNAPSHOT_MODULES_MAX]; /* sorted by address */
	size_t kernel_count;
	uint64_t kernel[SNAPSHOT_KERNEL_FRAMES_MAX]; /* return addresses, innermost first */
};
