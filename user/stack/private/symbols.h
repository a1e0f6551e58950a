/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of an ELF file by address, from whatever symbol tables there are. */
#pragma once

#include <stdint.h>

#include "deadline.h"
#include "elf_file.h"

struct symbols;

struct symbols_hit {
	const char *name; /* as the file has it; lives as long as the ELF files */
	uint64_t start;
};

/*
 * FILES: those whose .symtab and .dynsym are taken (the program's, its debug file, the one out of
 * .gnu_debugdata); they must outlive the table. 0; -ETIME; -ENOMEM.
 */
int symbols_new(const struct elf_file *const *files, size_t count, const struct deadline *deadline,
		struct symbols **ret_symbols);
void symbols_free(struct symbols *symbols);
size_t symbols_bytes(const struct symbols *symbols);

/* 0 or -ENOENT. */
int symbols_find(const struct symbols *symbols, uint64_t address, struct symbols_hit *ret_hit);
