/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run tells of itself. */
#pragma once

#include "incident.h"
#include "options.h"

/*
 * The command line of sigpath itself, without COMMAND, and then what the file of --config adds to
 * it, as words of a command line. Redacted as OPTIONS say.
 */
void own_cmdline(const struct options *options, struct incident_cmdline *ret_cmdline);
