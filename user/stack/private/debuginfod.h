/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug information from servers, only if the user names them in $DEBUGINFOD_URLS. A process of its
 * own asks them: it needs the network and a directory for its cache, and no capability.
 */
#pragma once

#include <stddef.h>

#include "deadline.h"

/* Starts that process, if servers are named. debuginfod_fetch() does this, too. */
void debuginfod_start(void);
/* A descriptor of the debug file for a build id. 0, or -ENOENT: not asked for, or not there. */
int debuginfod_fetch(const unsigned char *id, size_t length, const struct deadline *deadline,
		     int *ret_fd);
