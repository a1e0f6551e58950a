/* SPDX-License-Identifier: GPL-2.0-only */
/* -f: the children of traced processes join them, and who has ended leaves. */
#pragma once

#include "core/config.bpf.h"
#include "core/maps.bpf.h"

/* Traced processes that live; user space ends the run when it falls to 0. */
__s64 followed_alive __weak = 0;
/* Children that the map had no room for. */
__u64 follow_overflow __weak = 0;

static __always_inline void follow_join(u32 parent, u32 child)
{
	u8 yes = 1;

	if (!bpf_map_lookup_elem(&wanted_pids, &parent))
		return;
	if (bpf_map_update_elem(&wanted_pids, &child, &yes, BPF_ANY))
		__sync_fetch_and_add(&follow_overflow, 1);
	else
		__sync_fetch_and_add(&followed_alive, 1);
}

/* With the last thread of its group: the number may soon be another process's. */
static __always_inline void follow_leave(u32 pid)
{
	if (config.filter_pids && !bpf_map_delete_elem(&wanted_pids, &pid))
		__sync_fetch_and_add(&followed_alive, -1);
}
