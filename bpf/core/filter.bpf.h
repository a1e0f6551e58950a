/* SPDX-License-Identifier: GPL-2.0-only */
/* Which signals of which tasks become incidents: the options -p -t -u --comm --cgroup -s --object
 * --outcome. */
#pragma once

#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"

#define CGROUP_DEPTH_MAX 32

/* Written by user/source/load.c before the object is loaded. */
const volatile __u64 wanted_signals __weak = 1ULL << 12; /* bit N-1 for signal N: SIGPIPE */
const volatile __u32 own_tgid __weak = 0;
const volatile bool have_wanted_pids __weak = false;
const volatile __u32 wanted_tid __weak = 0;
const volatile bool have_wanted_uid __weak = false;
const volatile __u32 wanted_uid __weak = 0;
const volatile bool have_wanted_comm __weak = false;
const volatile char wanted_comm[EV_COMM_LEN] __weak = {};
const volatile __u64 wanted_cgroup __weak = 0;
const volatile __u32 wanted_objects __weak = 0;	 /* bit enum ev_object_type; 0: all */
const volatile __u32 wanted_outcomes __weak = 0; /* bit enum ev_outcome; 0: all */

/* sk_stream_error() is hooked, so each signal of a stream socket leaves an entry in
 * failing_sockets. */
const volatile bool stream_errors_seen __weak = true;

/* --epipe all: a hook behind every send is attached. */
const volatile bool every_silent_epipe __weak = false;
/* That hook sees TCP too, so sk_stream_error() need not report it. */
const volatile bool every_send_is_seen __weak = false;
const volatile bool report_suppressed __weak = true;

/* Bytes of user stack to copy: a multiple of 4096, 0 for none. */
const volatile __u32 stack_bytes __weak = 16384;
const volatile bool want_kernel_stack __weak = true;

static __always_inline bool comm_is_wanted(const char *comm)
{
#pragma unroll
	for (int i = 0; i < EV_COMM_LEN; i++) {
		if (comm[i] != wanted_comm[i])
			return false;
		if (!comm[i])
			break;
	}
	return true;
}

/* In the wanted cgroup or below it. */
static __always_inline bool cgroup_is_wanted(struct task_struct *task)
{
	struct kernfs_node *node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);

	for (int i = 0; i < CGROUP_DEPTH_MAX && node; i++) {
		if (BPF_CORE_READ(node, id) == wanted_cgroup)
			return true;
		node = kernfs_parent(node);
	}
	return false;
}

static __always_inline bool filter_signal(int signal)
{
	return signal >= 1 && signal <= 64 && (wanted_signals & (1ULL << (signal - 1)));
}

/* TGID and FLAGS are TASK's: the caller may read them more cheaply. */
static __always_inline bool filter_task(struct task_struct *task, u32 tgid, u32 flags)
{
	if (tgid == own_tgid || flags & PF_KTHREAD)
		return false;
	if (have_wanted_pids && !bpf_map_lookup_elem(&wanted_pids, &tgid))
		return false;
	if (wanted_tid && (u32)BPF_CORE_READ(task, pid) != wanted_tid)
		return false;
	if (have_wanted_uid && BPF_CORE_READ(task, cred, uid.val) != wanted_uid)
		return false;
	if (have_wanted_comm) {
		char comm[EV_COMM_LEN];

		bpf_core_read(comm, sizeof(comm), &task->comm);
		if (!comm_is_wanted(comm)) {
			BPF_CORE_READ_INTO(&comm, task, group_leader, comm);
			if (!comm_is_wanted(comm))
				return false;
		}
	}
	if (wanted_cgroup && !cgroup_is_wanted(task))
		return false;
	return true;
}

static __always_inline bool filter_outcome(u8 outcome)
{
	return !wanted_outcomes || (outcome < 32 && wanted_outcomes & (1u << outcome));
}

static __always_inline bool filter_object(u8 type)
{
	return !wanted_objects || (type < 32 && wanted_objects & (1u << type));
}
