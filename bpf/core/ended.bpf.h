/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process was, kept beyond its end: executable, command line, user, cgroup. Read while its
 * memory still exists. User space maps this map, for a process that closed the other end of an
 * object and has ended since.
 */
#pragma once

#include "core/task.bpf.h"
#include "exit_entry.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, EV_ENDED);
	__type(key, u32);
	__type(value, struct ev_ended_entry);
} ended SEC(".maps") __weak;

/* Copies BLOCK, as far as it fits. Returns the number of bytes. */
static __always_inline u32 ended_copy(u8 *to, const struct scratch *scratch, enum ev_block block,
				      u32 truncated, u32 *flags)
{
	const struct ev_span *span = &scratch->incident.block[block];
	u64 at = AGAIN(span->offset), length = AGAIN(span->length);

	if (length > EV_PEER_TEXT_MAX || AGAIN(span->flags) & EV_SPAN_TRUNCATED)
		*flags |= truncated;
	length = bounded(length, EV_PEER_TEXT_MAX);
	at = bounded(at - BLOB_OFFSET, EV_BLOB_MAX - EV_PEER_TEXT_MAX);
	if (bpf_probe_read_kernel(to, length, &scratch->blob[at]))
		return 0;
	return length;
}

/* TASK is current and exits. */
static __always_inline void ended_note(struct task_struct *task)
{
	struct scratch *scratch = scratch_get(SCRATCH_EXIT);
	u32 pid = BPF_CORE_READ(task, tgid), slot = pid & (EV_ENDED - 1);
	struct ev_ended_entry *entry = bpf_map_lookup_elem(&ended, &slot);
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct ev_peer *peer;
	u32 flags = 0;

	if (!scratch || !entry || !BPF_CORE_READ(task, mm))
		return;
	scratch->slot = SCRATCH_EXIT;
	scratch->blob_used = 0;
	task_capture_paths(scratch, task);
	task_capture_cmdline(scratch, task, EV_PEER_TEXT_MAX);
	peer = &entry->peer;
	peer->pid = pid;
	peer->start_boot_ns = BPF_CORE_READ(leader, start_boottime);
	peer->uid = BPF_CORE_READ(task, cred, uid.val);
	bpf_core_read(peer->comm, sizeof(peer->comm), &leader->comm);
	peer->exe_length =
		ended_copy(peer->exe, scratch, EV_BLOCK_EXE, EV_PEER_EXE_TRUNCATED, &flags);
	peer->cmdline_length = ended_copy(peer->cmdline, scratch, EV_BLOCK_CMDLINE,
					  EV_PEER_CMDLINE_TRUNCATED, &flags);
	peer->cgroup_length = ended_copy(peer->cgroup, scratch, EV_BLOCK_CGROUP,
					 EV_PEER_CGROUP_TRUNCATED, &flags);
	peer->flags = flags;
	entry->check = ev_ended_check(peer);
}
