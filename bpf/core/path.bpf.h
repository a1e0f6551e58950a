/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths of files and cgroups. The kernel side reads them, because a dead process has no /proc and
 * systemd removes the cgroup of a service that has exited. bpf_d_path() is not allowed in
 * signal_generate. The components are stored from the leaf to the root, in the order of the walk
 * (event.h).
 */
#pragma once

#include "core/emit.bpf.h"
#include "core/kernel_compat.bpf.h"

/*
 * Appends the path of DENTRY on MNT (kernel addresses) up to the root of the mount namespace, like
 * prepend_path() in fs/d_path.c. Returns span flags. The function is global and has scalar
 * arguments, so that the verifier checks it only once (5.10 accepts no other arguments in a global
 * function).
 */
__noinline __weak int path_append(u32 slot, u64 dentry_address, u64 mnt_address)
{
	struct scratch *scratch = scratch_get(slot);
	struct dentry *dentry = (struct dentry *)dentry_address;
	struct mount *mount;

	if (!scratch)
		return EV_SPAN_UNREAD;
	mount = (struct mount *)(mnt_address - bpf_core_field_offset(struct mount, mnt));
	for (int i = 0; i < EV_PATH_DEPTH; i++) {
		struct dentry *parent;

		if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);

			if (above == mount || !above)
				return 0;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = above;
			continue;
		}
		parent = BPF_CORE_READ(dentry, d_parent);
		/*
		 * Only a file that never had a path is not below the root of its mount: of
		 * memfd_create(), or memory that is shared without a file. Its name is shown as in
		 * /proc/PID/maps (simple_dname() in fs/d_path.c).
		 */
		if (parent == dentry || !parent) {
			if (i || !blob_add_name(scratch, BPF_CORE_READ(dentry, d_name.name)))
				return 0;
			return EV_SPAN_TRUNCATED;
		}
		if (blob_add_name(scratch, BPF_CORE_READ(dentry, d_name.name)))
			return EV_SPAN_TRUNCATED;
		dentry = parent;
	}
	return EV_SPAN_TRUNCATED;
}

__noinline __weak int cgroup_path_append(u32 slot, u64 node_address)
{
	struct scratch *scratch = scratch_get(slot);
	struct kernfs_node *node = (struct kernfs_node *)node_address;

	if (!scratch)
		return EV_SPAN_UNREAD;
	for (int i = 0; i < EV_PATH_DEPTH; i++) {
		struct kernfs_node *parent = kernfs_parent(node);

		if (!parent)
			return 0;
		if (blob_add_name(scratch, BPF_CORE_READ(node, name)))
			return EV_SPAN_TRUNCATED;
		node = parent;
	}
	return EV_SPAN_TRUNCATED;
}

static __always_inline void path_capture(struct scratch *scratch, enum ev_block block,
					 const struct path *path)
{
	u32 flags;

	block_begin(scratch, block);
	flags = path_append(scratch->slot, (u64)BPF_CORE_READ(path, dentry),
			    (u64)BPF_CORE_READ(path, mnt));
	block_end(scratch, block, flags);
}

static __always_inline void file_path_capture(struct scratch *scratch, enum ev_block block,
					      const struct file *file)
{
	path_capture(scratch, block, &file->f_path);
}
