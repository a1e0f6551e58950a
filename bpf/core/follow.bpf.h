/* SPDX-License-Identifier: GPL-2.0-only */
/* -f: children of traced processes are added, and processes that have exited are removed. */
#pragma once

#include "core/config.bpf.h"
#include "core/maps.bpf.h"
#include "core/pid_here.bpf.h"

/* The number of traced processes that still run. User space ends the run when it reaches 0. */
__s64 followed_alive __weak = 0;
/* The number of children for which the map had no space. */
__u64 follow_overflow __weak = 0;

/* Numbers here. */
static __always_inline void follow_join(u32 parent, u32 child)
{
	u8 yes = 1;

	if (!bpf_map_lookup_elem(&wanted_pids, &parent))
		return;
	if (!child || bpf_map_update_elem(&wanted_pids, &child, &yes, BPF_ANY))
		__sync_fetch_and_add(&follow_overflow, 1);
	else
		__sync_fetch_and_add(&followed_alive, 1);
}

/* When the last thread of its group exits, because another process may soon get the PID. PID: here.
 */
static __always_inline void follow_leave(u32 pid)
{
	if (config.filter_pids && !bpf_map_delete_elem(&wanted_pids, &pid))
		__sync_fetch_and_add(&followed_alive, -1);
}
