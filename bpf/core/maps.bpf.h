/* SPDX-License-Identifier: GPL-2.0-only */
/* All maps and counters. Sizes that depend on the machine or on options are set by user/source/load.c. */
#pragma once

#include "core/kernel_types.bpf.h"
#include "event.h"

/* Records on their way to user space. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 * 1024 * 1024);
} events SEC(".maps") __weak;

/*
 * Where a record is put together: too large for the 512 bytes of a BPF stack. One for each CPU;
 * signal_generate runs with interrupts off, so nothing else comes between. A plain array, because a
 * per-CPU array refuses values above 32 KiB.
 */
struct scratch {
	struct ev_incident incident;
	u8 blob[EV_BLOB_MAX];
	u32 blob_used;
	u32 pad0;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* CPUs */
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps") __weak;

/* Thread groups that -p, -f and a command ask for. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, u8);
} wanted_pids SEC(".maps") __weak;
