/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source files, lines and inlined calls of an address, by DWARF. */
#pragma once

#include <elfutils/libdw.h>
#include <stdbool.h>

#include "deadline.h"

#define SOURCE_INLINED_MAX 16

struct source;

/* One function at an address: the innermost inlined first, the one with code of its own last. */
struct source_level {
	const char *name; /* mangled if the DWARF has that; NULL: unknown */
	uint64_t start;	  /* of its code; 0: unknown */
	const char *file; /* NULL: unknown */
	uint32_t line;
};

/* DWARF must outlive it. WITH_NAMES false: its functions are not looked at, for they are partly in
 * a file that is not there. 0 or -ENOMEM. */
int source_new(Dwarf *dwarf, bool with_names, struct source **ret_source);
void source_free(struct source *source);
/* Of what was read so far, libdw's copies included (estimated). */
size_t source_bytes(const struct source *source);

/* Levels at ADDRESS: at least one. 0; -ENOENT: DWARF does not know the address; -ETIME. */
int source_find(struct source *source, uint64_t address, const struct deadline *deadline,
		struct source_level levels[SOURCE_INLINED_MAX + 1], size_t *ret_count);
