/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debug information from servers, only if the user names them in $DEBUGINFOD_URLS. */
#pragma once

#include <stddef.h>

#include "deadline.h"

/* A descriptor of the debug file for a build id. 0, or -ENOENT: not asked for, or not there. */
int debuginfod_fetch(const unsigned char *id, size_t length, const struct deadline *deadline,
		     int *ret_fd);
