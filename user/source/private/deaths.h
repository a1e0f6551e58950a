/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that a signal is about to end (-s fatal): the memory that core/death.bpf.h fills. */
#pragma once

#include <stdint.h>

#include "live.h"

struct deaths;
struct sigpath_bpf;

/* Before the programs are attached. 0 or -errno. */
int deaths_new(struct sigpath_bpf *skeleton, struct deaths **ret_deaths);
/* NULL is allowed. */
void deaths_free(struct deaths *deaths);
/*
 * Passes a record of each process to FN that was marked to die a second ago and still has not,
 * once. NOW_NS: CLOCK_MONOTONIC. Returns like live_consume().
 */
int deaths_sweep(struct deaths *deaths, uint64_t now_ns, live_record_fn fn, void *context);
