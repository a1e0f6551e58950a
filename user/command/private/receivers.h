/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receivers of --to: opened first of all, and handed to their sinks when those start. */
#pragma once

#include <stdbool.h>

#include "options.h"

struct sinks;

/*
 * Opens the receivers, and starts the processes that connect to them, while this process has all
 * of its rights, one thread, and nothing in its memory that they should not see. 0; or -errno,
 * which it has said. The caller calls receivers_close().
 */
int receivers_open(const struct options *options);
/* Before receivers_add(): the directory of journald's socket; -1: no --to journal. */
int receivers_journal_directory(void);
/*
 * Adds a sink for each receiver. THIS_BOOT: the incidents are of this host and boot, so journald
 * may put them under units. 0; or -errno, which it has said.
 */
int receivers_add(struct sinks *sinks, bool this_boot);
/* Closes those that have no sink. */
void receivers_close(void);
