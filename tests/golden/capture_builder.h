/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts capture files together record by record, from values that sigpath really saw. Built from
 * event.h, so a change of the record's layout changes these files with it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "event.h"

/* A record under construction: the fixed part, then the variable bytes. */
struct builder {
	union {
		struct ev_incident fixed;
		unsigned char bytes[EV_RECORD_MAX];
	};
	size_t size;
};

/* An incident of a server that was killed in write(): pid 812, tid 815, at
 * 2026-11-21T14:03:22.117Z. */
void builder_begin(struct builder *builder);
/* PATH is a usual path from the root; NULL: the kernel could not read it. */
void builder_set_path(struct builder *builder, struct ev_span *span, const char *path);
/* ARGS: arguments with their NULs, SIZE bytes in all. */
void builder_set_cmdline(struct builder *builder, const char *args, size_t size);
void builder_write(struct builder *builder, FILE *file);

void capture_write_session(FILE *file);
