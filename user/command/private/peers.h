/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "enrich.h"
#include "exits.h"
#include "work.h"

/*
 * Adds to the incident of WORK and to its record what the process at the other end is or was, and
 * how it ended. A living one is read as ENRICH says.
 */
void peers_complete(const struct exits *exits, const struct enrich_options *enrich,
		    struct work *work);
