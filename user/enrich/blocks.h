/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to enrich: the blocks that enrich() fills, one file for each. */
#pragma once

#include "enrich.h"
#include "snapshot.h"

struct kallsyms;

/* Command line and executable, if the record lacks them. Reads /proc only when live. */
void process_enrich(struct incident *incident, const char *proc_root);
/* Unit, container and pod, from the cgroup path alone. */
void container_enrich(struct incident *incident);
/*
 * Adds one candidate: the process that the kernel recorded for the other end. Reads /proc when
 * live.
 */
void peer_enrich(struct incident *incident, const struct enrich_options *options);
/* Do the parent and the other threads ignore or block the signal? Reads /proc only when live. */
void signal_sets_enrich(struct incident *incident, const char *proc_root);
/* The kernel part of the stack, and signal.site. KALLSYMS is NULL in a replay. */
void kernel_enrich(struct incident *incident, const struct snapshot *snapshot,
		   struct kallsyms *kallsyms);
