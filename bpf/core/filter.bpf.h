/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which signals of which tasks become incidents: the options -p -t -u --comm --cgroup -s --object
 * --outcome. Numbers of processes and threads are those of sigpath's own PID namespace.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/maps.bpf.h"
#include "core/pid_here.bpf.h"

#define CGROUP_DEPTH_MAX 32

/* The options want no other signal: the verifier removes what only others need. */
static __always_inline bool only_sigpipe(void)
{
	return !config.fatal && config.signals == 1ULL << (SIGPIPE - 1);
}

/* A name as words. What the kernel keeps behind its NUL may be the end of an earlier name. */
struct filter_name {
	u64 words[EV_COMM_LEN / sizeof(u64)];
};

static __always_inline bool name_is_listed(const struct filter_name *name)
{
	for (u32 i = 0; i < CONFIG_COMMS_MAX && i < config.comms.count; i++) {
		if (name->words[0] == config.comms.list[i][0] &&
		    name->words[1] == config.comms.list[i][1])
			return true;
	}
	return false;
}

/* The name of the thread or that of its process is in the list. */
static __always_inline bool comm_is_listed(struct task_struct *task)
{
	struct filter_name thread = {}, process = {};

	bpf_core_read_str(&thread, sizeof(thread), &task->comm);
	if (name_is_listed(&thread))
		return true;
	BPF_CORE_READ_STR_INTO(&process, task, group_leader, comm);
	return name_is_listed(&process);
}

/* True if the task is in the wanted cgroup or below it. */
static __always_inline bool cgroup_is_wanted(struct task_struct *task)
{
	struct kernfs_node *node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);

	for (int i = 0; i < CGROUP_DEPTH_MAX && node; i++) {
		if (BPF_CORE_READ(node, id) == config.cgroup_id)
			return true;
		node = kernfs_parent(node);
	}
	return false;
}

static __always_inline bool filter_signal(int signal)
{
	return signal >= 1 && signal <= 64 && (config.signals & (1ULL << (signal - 1)));
}

/* TGID and FLAGS belong to TASK. The caller can read them in a cheaper way. */
static __always_inline bool filter_task(struct task_struct *task, u32 tgid, u32 flags)
{
	u32 here = process_here(task, tgid);

	if (here == config.machine.own_pid || flags & PF_KTHREAD)
		return false;
	if (config.filter_pids && !bpf_map_lookup_elem(&wanted_pids, &here))
		return false;
	if (config.tid && thread_here(task, BPF_CORE_READ(task, pid)) != config.tid)
		return false;
	if (config.have_uid && BPF_CORE_READ(task, cred, uid.val) != config.uid)
		return false;
	if (config.comms.count && comm_is_listed(task) == config.comms.excluded)
		return false;
	if (config.cgroup_id && !cgroup_is_wanted(task))
		return false;
	return true;
}

static __always_inline bool filter_outcome(u8 outcome)
{
	return !config.outcomes || (outcome < 32 && config.outcomes & (1u << outcome));
}

static __always_inline bool filter_object(u8 type)
{
	return !config.objects || (type < 32 && config.objects & (1u << type));
}
