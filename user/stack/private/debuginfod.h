/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug information from servers, only if the user names them in $DEBUGINFOD_URLS. A process of its
 * own asks them: it needs the network and a directory for its cache, and no capability.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* debuginfod_find_debuginfo(3) */
#define DEBUGINFOD_URLS "DEBUGINFOD_URLS"
#define DEBUGINFOD_CACHE "DEBUGINFOD_CACHE_PATH"

/* The library can be loaded, which is tried in another process: here it is not needed. */
bool debuginfod_is_installed(void);
/*
 * Starts that process, if servers are named and it was not started before. It can write below
 * $DEBUGINFOD_CACHE_PATH only, where there is landlock. debuginfod_fetch() does this, too.
 */
void debuginfod_start(void);
/*
 * A descriptor of the debug file for a build id. END_NS: CLOCK_MONOTONIC. 0; -ENOENT: not asked
 * for, or not there; -ETIME: the servers have not answered until then.
 */
int debuginfod_fetch(const unsigned char *id, size_t length, uint64_t end_ns, int *ret_fd);
