/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the engine gets files from: from its own process, or from the opener, whom it asks over a
 * socket. It never has the name of a file.
 */
#pragma once

#include "finder.h"

struct files {
	struct finder *finder; /* NULL: the opener is asked */
	int socket;
	bool abandoned; /* the opener has refused a file, so another reader will be asked */
};

/* As of finder.h. */
int files_maps(struct files *files, struct maps *ret_maps);
int files_module(struct files *files, uint32_t module, struct found_file *ret_file);
int files_debug_by_id(struct files *files, const unsigned char *id, size_t length,
		      struct found_file *ret_file);
int files_debug_by_link(struct files *files, uint32_t module, unsigned int place, const char *name,
			struct found_file *ret_file);
int files_debug_by_path(struct files *files, const char *path, struct found_file *ret_file);
int files_debug_from_servers(struct files *files, const unsigned char *id, size_t length,
			     struct found_file *ret_file);
int files_perf_map(struct files *files, struct found_file *ret_file);
