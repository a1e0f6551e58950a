/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The executable mappings of the process. Without them the addresses of its stack have no names,
 * and /proc/PID/maps of a dead process does not exist. The walk takes no lock: the mappings of a
 * process rarely change, and the walk stops if a value looks wrong.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/path.bpf.h"

#define MAPLE_STEPS 128 /* steps of one round of the walk, slots and nodes; the number of rounds: */
#define MAPLE_GOS 64
#define VMA_LIST_MAX 1024     /* most mappings that are checked before 6.1 */
#define MAPLE_NODE_MASK 255UL /* include/linux/maple_tree.h */
#define MAPLE_RANGE_64 2
#define MAPLE_ARANGE_64 3

static __always_inline void module_fill(struct ev_module *module, const struct vm_area_struct *vma,
					const struct file *file)
{
	struct inode *inode;

	module->start = BPF_CORE_READ(vma, vm_start);
	module->end = BPF_CORE_READ(vma, vm_end);
	if (!file) {
		if ((u64)BPF_CORE_READ(vma, vm_mm, context.vdso) == module->start)
			module->flags |= EV_MODULE_VDSO;
		return;
	}
	inode = BPF_CORE_READ(file, f_inode);
	module->offset = (u64)BPF_CORE_READ(vma, vm_pgoff) << config.machine.page_shift;
	module->inode = BPF_CORE_READ(inode, i_ino);
	module->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	module->fs = BPF_CORE_READ(inode, i_sb, s_magic);
	if (!BPF_CORE_READ(inode, i_nlink))
		module->flags |= EV_MODULE_DELETED;
}

/*
 * Appends one mapping if it is executable. Not 0 if there is no space for more. Global: see
 * path_append().
 */
__noinline __weak int module_append(u32 slot, u64 vma_address)
{
	const struct vm_area_struct *vma = (const void *)vma_address;
	struct scratch *scratch = scratch_get(slot);
	struct ev_module module = {};
	struct file *file;
	u64 used;

	if (!scratch)
		return 1;
	if (!(BPF_CORE_READ(vma, vm_flags) & VM_EXEC))
		return 0;
	used = scratch->blob_used;
	if (scratch->module_count >= EV_MODULES_MAX ||
	    used > EV_BLOB_MAX - sizeof(module) - EV_PATH_MAX)
		return 1;
	used = bounded(used, EV_BLOB_MAX - sizeof(module) - EV_PATH_MAX);
	file = BPF_CORE_READ(vma, vm_file);
	module_fill(&module, vma, file);
	scratch->blob_used = used + sizeof(module);
	if (file) {
		if (path_append(slot, (u64)BPF_CORE_READ(file, f_path.dentry),
				(u64)BPF_CORE_READ(file, f_path.mnt)))
			module.flags |= EV_MODULE_PATH_TRUNCATED;
		module.path_length = scratch->blob_used - used - sizeof(module);
	}
	bpf_probe_read_kernel(&scratch->blob[used], sizeof(module), &module);
	scratch->module_count++;
	return 0;
}

/*
 * The last used slot of a node, as ma_data_end() in lib/maple_tree.c finds it. The slots after it
 * are stale.
 */
static __always_inline u32 maple_last_slot(u64 node, u32 type)
{
	const struct maple_arange_64 *arange = (const void *)node;
	const struct maple_range_64 *range = (const void *)node;
	u64 pivot;

	if (type == MAPLE_ARANGE_64)
		return BPF_CORE_READ(arange, meta.end);
	bpf_core_read(&pivot, sizeof(pivot), &range->pivot[14]);
	return pivot ? 15 : BPF_CORE_READ(range, meta.end);
}

static __always_inline u64 maple_slot(u64 node, u32 type, u32 index)
{
	u64 slots = node + (type == MAPLE_ARANGE_64
				    ? bpf_core_field_offset(struct maple_arange_64, slot)
				    : bpf_core_field_offset(struct maple_range_64, slot));
	u64 entry = 0;

	bpf_probe_read_kernel(&entry, sizeof(entry), (void *)(slots + index * 8));
	return entry;
}

static __always_inline void maple_push(struct maple_walk *walk, u64 entry)
{
	u32 depth = walk->depth;
	struct maple_level *level;

	if (depth >= MAPLE_DEPTH_MAX) {
		walk->flags = EV_SPAN_TRUNCATED;
		return;
	}
	level = &walk->level[bounded(depth, MAPLE_DEPTH_MAX - 1)];
	level->node = entry & ~MAPLE_NODE_MASK;
	level->type = (entry >> 3) & 15;
	level->next = 0;
	level->last = maple_last_slot(level->node, level->type);
	walk->depth = depth + 1;
}

/*
 * A slot of a leaf: a mapping of this process, above the last one. Otherwise the tree has changed
 * during the walk.
 */
static __always_inline bool maple_leaf(struct maple_walk *walk, u64 entry)
{
	const struct vm_area_struct *vma = (const void *)entry;
	u64 start;

	if (entry & 3 || entry < 4096)
		return true;
	start = BPF_CORE_READ(vma, vm_start);
	if ((u64)BPF_CORE_READ(vma, vm_mm) != walk->mm ||
	    (walk->last_start && start <= walk->last_start))
		return false;
	walk->last_start = start;
	return !module_append(walk->slot, entry);
}

/*
 * One slot of the walk; 1 ends it. Global: see path_append(). bpf_loop() cannot be used: 5.10
 * refuses a program that contains the address of a function, even in dead code.
 */
__noinline __weak int maple_step(u32 slot)
{
	struct scratch *scratch = scratch_get(slot);
	struct maple_level *level;
	struct maple_walk *walk;
	u64 entry;
	u32 depth;

	/* The verifier checks a global function even if no program calls it. */
	if (!scratch || !bpf_core_type_exists(struct maple_arange_64))
		return 1;
	walk = &scratch->walk;
	depth = walk->depth;
	if (!depth || depth > MAPLE_DEPTH_MAX)
		return 1;
	level = &walk->level[bounded(depth - 1, MAPLE_DEPTH_MAX - 1)];
	if (level->next > level->last || level->next > 15) {
		walk->depth = depth - 1;
		return 0;
	}
	entry = maple_slot(level->node, level->type, level->next);
	level->next++;
	if (!entry)
		return 0;
	if (level->type >= MAPLE_RANGE_64) {
		maple_push(walk, entry);
		return 0;
	}
	if (maple_leaf(walk, entry))
		return 0;
	walk->flags = EV_SPAN_TRUNCATED;
	return 1;
}

/* One round is a function of its own, so the verifier checks each of the two loops once. */
__noinline __weak int maple_go(u32 slot)
{
	for (int i = 0; i < MAPLE_STEPS; i++) {
		if (maple_step(slot))
			return 1;
	}
	return 0;
}

static __always_inline u32 modules_walk_tree(struct scratch *scratch, const struct mm_struct *mm)
{
	const struct mm_struct___maple *tree = (const void *)mm;
	struct maple_walk *walk = &scratch->walk;
	u64 root = (u64)BPF_CORE_READ(tree, mm_mt.ma_root);
	u32 slot = scratch->slot;

	walk->mm = (u64)mm;
	walk->last_start = 0;
	walk->depth = 0;
	walk->flags = 0;
	walk->slot = slot;
	/*
	 * xa_is_node(). Otherwise the tree has one entry or none; no running process has such a
	 * tree.
	 */
	if ((root & 3) != 2 || root < 4096)
		return EV_SPAN_UNREAD;
	maple_push(walk, root);
	for (int i = 0; i < MAPLE_GOS; i++) {
		if (maple_go(slot))
			return walk->flags;
	}
	return EV_SPAN_TRUNCATED;
}

static __always_inline u32 modules_walk_list(struct scratch *scratch, const struct mm_struct *mm)
{
	const struct mm_struct___list *list = (const void *)mm;
	const struct vm_area_struct *vma = BPF_CORE_READ(list, mmap);

	for (int i = 0; i < VMA_LIST_MAX; i++) {
		if (!vma)
			return 0;
		if (module_append(scratch->slot, (u64)vma))
			break;
		vma = BPF_CORE_READ((const struct vm_area_struct___list *)vma, vm_next);
	}
	return EV_SPAN_TRUNCATED;
}

/* The last block that is added: if there are many mappings, only this block is truncated. */
static __always_inline void modules_capture(struct scratch *scratch, struct task_struct *task)
{
	const struct mm_struct *mm = BPF_CORE_READ(task, mm);
	const struct mm_struct___list *list = (const void *)mm;
	u32 flags;

	/* They give names to the addresses of the stack. */
	if (!mm || !scratch->incident.block[EV_BLOCK_STACK].offset)
		return;
	block_begin(scratch, EV_BLOCK_MODULES);
	scratch->module_count = 0;
	if (bpf_core_field_exists(list->mmap))
		flags = modules_walk_list(scratch, mm);
	else
		flags = modules_walk_tree(scratch, mm);
	block_end(scratch, EV_BLOCK_MODULES, flags);
	scratch->incident.block[EV_BLOCK_MODULES].stride = sizeof(struct ev_module);
}
