/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Without -f: processes that were started by a traced one, are not traced themselves, and died of
 * SIGPIPE. The user may take silence for success. Only deaths by this signal cost more than a test.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/filter.bpf.h"
#include "core/maps.bpf.h"
#include "core/process.bpf.h"

#define ANCESTORS_MAX 8

__u64 unfollowed_died __weak = 0;
/* When the last one did, as in its entry of the list of exits. */
__u64 unfollowed_last_ns __weak = 0;

/* One of the ancestors of TASK, which is not traced, is traced. */
static __always_inline bool ancestor_is_wanted(struct task_struct *task)
{
	for (int i = 0; i < ANCESTORS_MAX; i++) {
		u32 tgid, here;

		task = BPF_CORE_READ(task, real_parent);
		tgid = BPF_CORE_READ(task, tgid);
		if (tgid <= 1)
			return false;
		here = process_here(task, tgid);
		if (bpf_map_lookup_elem(&wanted_pids, &here))
			return true;
	}
	return false;
}

/* TASK, the last thread of its process, exits at NOW_NS. HERE: its number here. */
static __always_inline void unfollowed_note(struct task_struct *task, u32 here, u64 now_ns)
{
	if (!config.filter_pids || config.follow || !filter_signal(SIGPIPE))
		return;
	if ((exit_status(task) & 0x7f) != SIGPIPE || bpf_map_lookup_elem(&wanted_pids, &here) ||
	    !ancestor_is_wanted(task))
		return;
	__sync_fetch_and_add(&unfollowed_died, 1);
	unfollowed_last_ns = now_ns;
}
