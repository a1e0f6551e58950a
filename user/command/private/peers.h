/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "exits.h"
#include "work.h"

/*
 * Adds to the incident of WORK and to its record what the process at the other end is or was, and
 * how it ended. A living one is read from PROC_ROOT.
 */
void peers_complete(const struct exits *exits, const char *proc_root, struct work *work);
