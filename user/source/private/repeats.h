/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Repeats: what the kernel side counted and did not send (bpf/core/limit.bpf.h), as records. */
#pragma once

#include <stdbool.h>

#include "live.h"

struct sigpath_bpf;
struct repeats;

/* HZ: the kernel's tick rate. WINDOW_NS: of --burst. 0 or -errno. */
int repeats_new(struct sigpath_bpf *skeleton, uint32_t hz, uint64_t window_ns,
		struct repeats **ret_repeats);
void repeats_free(struct repeats *repeats);

/*
 * Passes a struct ev_repeat to FN for each group that was counted since the last call, and deletes
 * groups that are over. If one owner has many groups, some of them wait for the next calls. Cheap
 * if there is nothing new. FINAL: the programs are detached, so everything is reported. 0, -errno,
 * or FN's first result other than 0.
 */
int repeats_read(struct repeats *repeats, bool final, live_record_fn fn, void *context);

/* True if the next repeats_read() would look, or may have to soon. */
bool repeats_may_come(const struct repeats *repeats);
