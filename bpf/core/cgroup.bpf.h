/* SPDX-License-Identifier: GPL-2.0-only */
/* The cgroup by which a person knows a process: its unit, its container. */
#pragma once

#include "core/kernel_compat.bpf.h"

/*
 * That of version 2. Where a host still has its controllers in version 1 (Amazon Linux 2), runtimes
 * that make cgroups themselves leave their processes in the root of version 2, or of a host without
 * systemd all are there. Then it is that of the controller `pids`: systemd and all runtimes use it.
 */
static __always_inline struct kernfs_node *named_cgroup(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct kernfs_node *node = BPF_CORE_READ(set, dfl_cgrp, kn);
	struct cgroup_subsys_state *state = NULL;

	if (kernfs_parent(node) || !bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
		return node;
	bpf_probe_read_kernel(
		&state, sizeof(state),
		(void *)((u64)set + bpf_core_field_offset(struct css_set, subsys) +
			 bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id) * sizeof(state)));
	return BPF_CORE_READ(state, cgroup, kn) ?: node;
}
