/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The separate file with the debug information of a program or a library. */
#pragma once

#include <elfutils/libdw.h>

#include "bad_files.h"
#include "deadline.h"
#include "elf_file.h"
#include "files.h"

struct debug_search {
	struct files *files;
	uint32_t module;   /* that is debugged, as of files_module() */
	bool map_all;	   /* as of elf_file_open */
	enum file_ban ban; /* of the file that is debugged, for image_open() */
	const struct deadline *deadline;
};

/* By build id, then by .gnu_debuglink, then from the servers of $DEBUGINFOD_URLS if the user has
 * set that. 0, or -ENOENT. */
int debug_file_find(const struct elf_file *file, const struct debug_search *search,
		    struct elf_file *ret_debug);

/*
 * The file that DWARF shares with other files (dwz). Searches where libdw would, but opens regular
 * files only. 0, also if DWARF needs none; -ENOENT: DWARF needs a file that is missing, and must
 * not be used for names.
 */
int debug_file_find_shared(Dwarf *dwarf, const struct debug_search *search,
			   struct elf_file *ret_shared);
