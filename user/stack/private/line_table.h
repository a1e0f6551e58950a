/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source files, lines and inlined calls of an address, by DWARF. */
#pragma once

#include <elfutils/libdw.h>
#include <stdbool.h>

#include "deadline.h"

#define LINE_TABLE_INLINED_MAX 16

struct line_table;

/* One function at an address: the innermost inlined first, the one with code of its own last. */
struct line_level {
	const char *name; /* mangled if the DWARF has that; NULL: unknown */
	uint64_t start;	  /* of its code; 0: unknown */
	const char *file; /* NULL: unknown */
	uint32_t line;
};

/*
 * DWARF must outlive it. WITH_NAMES false: functions are ignored, because part of them is in a file
 * that is missing. 0 or -ENOMEM.
 */
int line_table_new(Dwarf *dwarf, bool with_names, struct line_table **ret_table);
void line_table_free(struct line_table *table);
/* Memory of everything read so far, including libdw's copies (estimated). */
size_t line_table_bytes(const struct line_table *table);

/* Levels at ADDRESS: at least one. 0; -ENOENT: DWARF does not know the address; -ETIME. */
int line_table_find(struct line_table *table, uint64_t address, const struct deadline *deadline,
		    struct line_level levels[LINE_TABLE_INLINED_MAX + 1], size_t *ret_count);
