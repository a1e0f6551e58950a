/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of the procedure linkage table, which have no symbols of their own. */
#pragma once

#include "elf_file.h"

/* The name of the function that the entry at ADDRESS calls. 0 or -ENOENT. */
int plt_find(const struct elf_file *file, uint64_t address, const char **ret_name,
	     uint64_t *ret_start);
