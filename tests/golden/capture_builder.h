/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts capture files together record by record, from values that sigpath really saw. Built from
 * event.h, so a change of the record's layout changes these files with it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "event.h"
#include "session.h"

/* The machine had been up for 1000 s at 2026-11-21T14:03:22.117004518Z. */
#define BUILDER_EVENT_NS UINT64_C(1000117004518)
#define BUILDER_CLOCK_OFFSET_NS (INT64_C(1795269802117004518) - (int64_t)BUILDER_EVENT_NS)

/*
 * A record under construction: its table, the blocks of fixed size, then the variable bytes. The
 * table says which blocks it has.
 */
struct builder_fixed {
	struct ev_incident head;
	struct ev_signal signal;
	struct ev_process process;
	struct ev_thread thread;
	struct ev_syscall call;
	struct ev_object object;
	struct ev_history evidence;
	struct ev_sender sender;
};

struct builder {
	union {
		struct builder_fixed fixed;
		unsigned char bytes[EV_RECORD_MAX];
	};
	size_t size;
};

/*
 * A write of a server that was killed by it: pid 812, tid 815, at 2026-11-21T14:03:22.117Z. No hook
 * watched the object, and no stack was asked for.
 */
void builder_begin(struct builder *builder);
/* Whether the record has BLOCK, one of fixed size. */
void builder_have(struct builder *builder, enum ev_block block, bool have);
/* BLOCK is SIZE bytes at BYTES, behind all others. */
void builder_set_bytes(struct builder *builder, enum ev_block block, const void *bytes,
		       size_t size);
/* PATH is a usual path from the root; NULL: the kernel could not read it. */
void builder_set_path(struct builder *builder, enum ev_block block, const char *path);
/* ARGS: arguments with their NULs, SIZE bytes in all. */
void builder_set_cmdline(struct builder *builder, const char *args, size_t size);
void builder_write(struct builder *builder, FILE *file);

void capture_write_session(FILE *file);

/* text_capture.c: incidents that are hard to read on a terminal. */
void terminal_case(struct builder *builder, FILE *file);
