/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Go's own table of functions, files and lines (.gopclntab). Go's runtime needs it, so strip does
 * not remove it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The bytes of the table; the caller owns them. */
struct gopclntab {
	const unsigned char *bytes;
	size_t size;
	uint8_t version; /* enum in gopclntab.c */
	uint8_t pointer_bytes, quantum;
	uint64_t text_start;
	uint64_t function_count;
	size_t functions, names, cus, files, pctab; /* offsets of its parts */
};

struct gopclntab_hit {
	const char *name;
	uint64_t start;
	const char *file; /* NULL: unknown */
	uint32_t line;
};

/* TEXT_START: used where the table has none of its own (position-independent programs, whose
 * loader fills it in). 0 or -EBADMSG. */
int gopclntab_open(const void *bytes, size_t size, uint64_t text_start,
		   struct gopclntab *ret_table);
/* 0 or -ENOENT. */
int gopclntab_find(const struct gopclntab *table, uint64_t address, struct gopclntab_hit *ret_hit);
