/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting: for records, for signals, for the end of what is traced. */
#pragma once

#include "child.h"
#include "live.h"
#include "options.h"
#include "pipeline.h"

/* Before anything is opened: signals come through the loop from here on, and SIGPIPE not at all. */
void loop_block_signals(void);

/*
 * Runs until it is over: ^C, --count, -d, the last traced process or the command has ended, or the
 * reader of the output has gone. On return the programs are detached and the ring buffer is drained
 * into PIPELINE; CHILD, if there is one, has ended. PIDFDS: one for each of options->pids, the
 * caller's. 0 or -errno.
 */
int loop_run(const struct options *options, const int *pidfds, struct live *live,
	     struct child *child, struct pipeline *pipeline);
