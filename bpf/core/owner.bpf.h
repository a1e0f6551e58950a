/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose an incident is, and the few facts by which a person finds its process. */
#pragma once

#include "core/cgroup.bpf.h"
#include "core/kernel_compat.bpf.h"
#include "core/pid_here.bpf.h"
#include "group.h"

#define USER_NAMESPACES_MAX 33 /* 32 below that of the host: create_user_ns() */

/* The outermost user namespace around the process; NULL: there is only that of the host. */
static __always_inline struct user_namespace *outermost_namespace(struct user_namespace *ns)
{
	struct user_namespace *parent, *outermost = NULL;

	for (int i = 0; i < USER_NAMESPACES_MAX; i++) {
		parent = BPF_CORE_READ(ns, parent);
		if (!parent)
			break;
		outermost = ns;
		ns = parent;
	}
	return outermost;
}

/*
 * Without a user namespace only root can make a PID namespace. What is inside of it is a container
 * of root's, whatever namespaces it makes.
 */
static __always_inline bool is_in_container(struct task_struct *task)
{
	const struct pid *pid = BPF_CORE_READ(task, thread_pid);
	const struct upid *upid;

	if (!BPF_CORE_READ(pid, level))
		return false;
	upid = pid_number_at(pid, 1);
	return !BPF_CORE_READ(upid, ns, user_ns, parent);
}

/*
 * /etc/subuid gives a user 65536 uids, by useradd(8) from 100000 on. By a program of such a uid
 * with the bit S_ISUID its real uid outside of all namespaces becomes any of them. So uids from
 * there on are one owner for each block of this size.
 */
#define SUBUID_FIRST 100000u
#define SUBUID_MASK 0xffffu

static __always_inline u64 owner_of_uid(u32 uid)
{
	if (uid >= SUBUID_FIRST)
		uid -= (uid - SUBUID_FIRST) & SUBUID_MASK;
	return EV_OWNER_USER | uid;
}

/* Kubernetes: a pod. systemd: a service, or a session. */
#define CGROUP_LEVEL_MAX 3
#define CGROUP_LEVELS 32

/* Those below belong to a service or a container, which may have made them. */
static __always_inline u64 owner_of_cgroup(const struct cgroup *cgroup)
{
	struct kernfs_node *node = BPF_CORE_READ(cgroup, kn);
	int level = BPF_CORE_READ(cgroup, level);

	for (int i = 0; i < CGROUP_LEVELS && level > CGROUP_LEVEL_MAX && node; i++, level--)
		node = kernfs_parent(node);
	return EV_OWNER_CGROUP | BPF_CORE_READ(node, id);
}

/*
 * EV_OWNER_* of the task at ADDRESS. Nobody but root can choose any of these numbers. Root's
 * services and containers have a share each, but a user has one share, whatever cgroups and
 * namespaces it makes. Global: see path_append().
 */
__noinline __weak u64 owner_of(u64 address)
{
	struct task_struct *task = (struct task_struct *)address;
	const struct cred *cred = BPF_CORE_READ(task, cred);
	u32 uid = BPF_CORE_READ(cred, uid.val), maker;
	struct user_namespace *outermost;

	if (is_in_container(task))
		return owner_of_cgroup(BPF_CORE_READ(task, cgroups, dfl_cgrp));
	outermost = outermost_namespace(BPF_CORE_READ(cred, user_ns));
	if (outermost) {
		maker = BPF_CORE_READ(outermost, owner.val);
		return maker ? owner_of_uid(maker)
			     : EV_OWNER_NAMESPACE | BPF_CORE_READ(outermost, ns.inum);
	}
	return uid ? owner_of_uid(uid) : owner_of_cgroup(BPF_CORE_READ(task, cgroups, dfl_cgrp));
}

static __always_inline void named_capture(struct ev_named *named, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct kernfs_node *node = named_cgroup(task);
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);

	named->exe_inode = BPF_CORE_READ(inode, i_ino);
	named->exe_dev = BPF_CORE_READ(inode, i_sb, s_dev);
	named->cgroup_id = BPF_CORE_READ(node, id);
	named->pid = BPF_CORE_READ(task, tgid);
	named->uid = BPF_CORE_READ(task, cred, uid.val);
	named->pid_here = process_here(task, named->pid);
	bpf_core_read(named->comm, sizeof(named->comm), &leader->comm);
	if (bpf_probe_read_kernel_str(named->cgroup, sizeof(named->cgroup),
				      BPF_CORE_READ(node, name)) < 0)
		named->cgroup[0] = '\0';
}
