/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executable mappings of a process that still lives. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "snapshot.h"

struct maps {
	size_t count;
	bool truncated;
	struct snapshot_module modules[SNAPSHOT_MODULES_MAX];
};

/* DIR: the process's directory in /proc. 0, or -errno. */
int maps_read(int dir, struct maps *ret_maps);
/* One line of it, without its end; false if it is no executable mapping. */
bool maps_parse_line(const char *line, struct snapshot_module *ret_module);
/* The module that holds ADDRESS, or NULL. */
const struct snapshot_module *maps_find(const struct snapshot_module *modules, size_t count,
					uint64_t address);
