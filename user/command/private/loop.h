/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits for records, for signals, and for the end of the traced processes. */
#pragma once

#include "child.h"
#include "live.h"
#include "options.h"
#include "pipeline.h"

/*
 * Runs until ^C, --count, -d, the end of the last traced process or of the command, or until the
 * last reader of the output has exited. On return the programs are detached, all records of the
 * ring buffer are in PIPELINE, and CHILD, if there is one, has exited. 0 or -errno.
 */
int loop_run(const struct options *options, const int *pidfds, struct live *live,
	     struct child *child, struct pipeline *pipeline);
