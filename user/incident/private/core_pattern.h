/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core.h"
#include "incident.h"

/*
 * The file that the kernel makes of PATTERN, which has no program and no socket. False: it is not
 * known.
 */
bool core_file(const char *pattern, bool uses_pid, const struct incident *incident, char *ret_path,
	       size_t size);
