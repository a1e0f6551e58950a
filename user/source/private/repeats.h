/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repeats: what the kernel side counted and did not send (bpf/core/limit.bpf.h), as records. */
#pragma once

#include <stdbool.h>

#include "live.h"

struct sigpath_bpf;
struct repeats;

/* HZ: the kernel's tick rate. 0 or -ENOMEM. */
int repeats_new(struct sigpath_bpf *skeleton, uint32_t hz, struct repeats **ret_repeats);
void repeats_free(struct repeats *repeats);

/*
 * Passes one struct ev_repeat to FN for each group that was counted since the last call. Cheap if
 * there is nothing new. FORCE: the programs are detached, so look in any case. 0, -errno, or FN's
 * first result other than 0.
 */
int repeats_read(struct repeats *repeats, bool force, live_record_fn fn, void *context);

/* True if the next repeats_read() would look, or may have to soon. */
bool repeats_may_come(const struct repeats *repeats);
