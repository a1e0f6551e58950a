/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory for a target that needs files. It goes with the process. Every error aborts. */
#pragma once

#include <stddef.h>

#include "snapshot.h"

void tree_make(void);
const char *tree_root(void);
void tree_path(const char *name, char ret_path[128]);
/* One that exists is kept. */
void tree_make_directory(const char *name);
/* Replaces a file that exists. */
void tree_put(const char *name, const void *bytes, size_t size);
/* Replaces a symbolic link that exists. TARGET: not empty, shorter than PATH_MAX. */
void tree_link(const char *name, const char *target);
/* A mapping of the file at PATH; of none if there is no such file. */
void tree_module(const char *path, struct snapshot_module *ret_module);
