/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The owners' shares of what the kernel side has (bpf/core/share.bpf.h), and what was counted in
 * them because it had no place among the groups.
 */
#pragma once

#include <stdbool.h>

#include "group.h"
#include "live.h"
#include "table.h"
#include "ticks.h"

struct sigpath_bpf;

struct shares {
	struct sigpath_bpf *skeleton;
	struct table table;
	struct shared_map others;	   /* struct ev_others, one for each CPU and hook */
	uint64_t (*reported)[EV_OUTCOMES]; /* for each share */
	uint64_t *last_ns;		   /* of the last report */
};

/* 0 or -errno; then shares_close() is still needed. */
int shares_open(struct shares *shares, struct sigpath_bpf *skeleton);
void shares_close(struct shares *shares);

struct ev_share *shares_at(const struct shares *shares, uint32_t index);

/* A group of the share is deleted: its owner may have another one. */
void shares_note_gone(struct shares *shares, uint32_t index);

/*
 * Passes to FN what was counted in shares since the last call, and sets RET_NEWS if there was
 * anything. 0, or FN's first result other than 0.
 */
int shares_report(struct shares *shares, const struct ticks *ticks, bool *ret_news,
		  live_record_fn fn, void *context);

/*
 * Deletes shares without groups that nobody has used since SINCE_NS (CLOCK_MONOTONIC). GRACE: no
 * program knows any more what earlier calls deleted, so its places are freed.
 */
void shares_expire(struct shares *shares, const struct ticks *ticks, uint64_t since_ns, bool grace);

/* Some are deleted and not yet freed. */
bool shares_are_leaving(const struct shares *shares);
