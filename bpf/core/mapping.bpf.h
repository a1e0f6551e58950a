/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mapping at an address, and the next ones below and above it. The search takes no lock: the
 * mappings of a process rarely change, and each one that is found is compared with the process.
 */
#pragma once

#include "core/modules.bpf.h"

#define TREE_DEPTH 64 /* most steps in the tree of before 6.1, which is balanced */
#define MAPLE_RANGE_PIVOTS 15
#define MAPLE_ARANGE_PIVOTS 9

/*
 * One node of the maple tree: goes on with the slot that has the address. 1 ends the search.
 * Global: see path_append().
 */
__noinline __weak int mapping_step(u32 slot)
{
	struct scratch *scratch = scratch_get(slot);
	struct mapping_search *search;
	u64 pivots[MAPLE_RANGE_PIVOTS] = {};
	u64 node, pivots_at;
	u32 type, index, count;

	/* The verifier checks a global function even if no program calls it. */
	if (!scratch || !bpf_core_type_exists(struct maple_arange_64))
		return 1;
	search = &scratch->search;
	node = search->entry & ~MAPLE_NODE_MASK;
	type = (search->entry >> 3) & 15;
	if (type == MAPLE_ARANGE_64) {
		count = MAPLE_ARANGE_PIVOTS;
		pivots_at = node + bpf_core_field_offset(struct maple_arange_64, pivot);
		bpf_probe_read_kernel(pivots, MAPLE_ARANGE_PIVOTS * 8, (void *)pivots_at);
	} else {
		count = MAPLE_RANGE_PIVOTS;
		pivots_at = node + bpf_core_field_offset(struct maple_range_64, pivot);
		bpf_probe_read_kernel(pivots, sizeof(pivots), (void *)pivots_at);
	}
#pragma unroll
	for (index = 0; index < MAPLE_RANGE_PIVOTS; index++) {
		u64 pivot = pivots[index];

		/* The last slot goes to the end of the node's range, and its pivot may be 0. */
		if (index >= count || (!pivot && index))
			break;
		if (search->address <= pivot) {
			if (pivot < search->last)
				search->last = pivot;
			break;
		}
		search->first = pivot + 1;
	}
	search->entry = maple_slot(node, type, index);
	return type < MAPLE_RANGE_64 || search->entry < 4096;
}

/* The range of ADDRESS in the tree, into `search`, and its mapping, if any. Global likewise. */
__noinline __weak int mapping_find(u32 slot, u64 address)
{
	struct scratch *scratch = scratch_get(slot);
	const struct mm_struct___maple *tree;
	const struct vm_area_struct *vma;
	struct mapping_search *search;

	if (!scratch || !bpf_core_type_exists(struct maple_arange_64))
		return 0;
	search = &scratch->search;
	tree = (const void *)search->mm;
	search->address = address;
	search->first = 0;
	search->last = ~0ULL;
	search->entry = (u64)BPF_CORE_READ(tree, mm_mt.ma_root);
	if ((search->entry & 3) != 2 || search->entry < 4096) {
		search->entry = 0;
		return 0;
	}
	for (int i = 0; i < MAPLE_DEPTH_MAX; i++) {
		if (mapping_step(slot))
			break;
	}
	vma = (const void *)search->entry;
	if (search->entry & 3 || (u64)BPF_CORE_READ(vma, vm_mm) != search->mm)
		search->entry = 0;
	return 0;
}

/* Unmapped ranges are one entry each, so the next mapping is one or two ranges away. */
static __always_inline void mappings_find_in_tree(struct scratch *scratch, u64 address)
{
	struct mapping_search *search = &scratch->search;
	u32 slot = scratch->slot;
	u64 first, last;

	mapping_find(slot, address);
	search->at = AGAIN(search->entry);
	first = AGAIN(search->first);
	last = AGAIN(search->last);
	for (int i = 0; i < 2 && first && !search->below; i++) {
		mapping_find(slot, first - 1);
		search->below = AGAIN(search->entry);
		first = AGAIN(search->first);
	}
	for (int i = 0; i < 2 && last != ~0ULL && !search->above; i++) {
		mapping_find(slot, last + 1);
		search->above = AGAIN(search->entry);
		last = AGAIN(search->last);
	}
}

/* Before 6.1. Global: see path_append(). */
__noinline __weak int mappings_find_in_list(u32 slot, u64 address)
{
	struct scratch *scratch = scratch_get(slot);
	const struct vm_area_struct___list *linked;
	const struct mm_struct___list *mm = NULL;
	struct mapping_search *search;
	struct rb_node *node;

	if (!scratch || !bpf_core_field_exists(mm->mmap))
		return 0;
	search = &scratch->search;
	mm = (const void *)search->mm;
	node = BPF_CORE_READ(mm, mm_rb.rb_node);
	for (int i = 0; i < TREE_DEPTH && node; i++) {
		const struct vm_area_struct *vma =
			(const void *)node -
			bpf_core_field_offset(struct vm_area_struct___list, vm_rb);

		linked = (const void *)vma;
		if (address >= BPF_CORE_READ(vma, vm_end)) {
			search->below = (u64)vma;
			node = BPF_CORE_READ(node, rb_right);
			continue;
		}
		if (address < BPF_CORE_READ(vma, vm_start)) {
			search->above = (u64)vma;
			node = BPF_CORE_READ(node, rb_left);
			continue;
		}
		search->at = (u64)vma;
		search->below = (u64)BPF_CORE_READ(linked, vm_prev);
		search->above = (u64)BPF_CORE_READ(linked, vm_next);
		break;
	}
	return 0;
}

/* The file of VMA, into MAPPING. */
static __always_inline void mapping_file_fill(struct ev_mapping *mapping,
					      const struct vm_area_struct *vma)
{
	const struct file *file = BPF_CORE_READ(vma, vm_file);
	struct inode *inode;

	if (!file)
		return;
	inode = BPF_CORE_READ(file, f_inode);
	mapping->offset = (u64)BPF_CORE_READ(vma, vm_pgoff) << config.machine.page_shift;
	mapping->inode = BPF_CORE_READ(inode, i_ino);
	mapping->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	mapping->file_size = BPF_CORE_READ(inode, i_size);
	mapping->fs = BPF_CORE_READ(inode, i_sb, s_magic);
}

/* VMA: 0: there is none. */
static __always_inline void mapping_fill(struct ev_mapping *mapping, u64 mm, u64 address)
{
	const struct vm_area_struct *vma = (const void *)address;

	__builtin_memset(mapping, 0, sizeof(*mapping));
	if (!vma || (u64)BPF_CORE_READ(vma, vm_mm) != mm)
		return;
	mapping->start = BPF_CORE_READ(vma, vm_start);
	mapping->end = BPF_CORE_READ(vma, vm_end);
	mapping->flags = BPF_CORE_READ(vma, vm_flags);
	mapping_file_fill(mapping, vma);
}

/* The mappings at ADDRESS and next to it: kernel addresses, into scratch->search. */
static __always_inline void mappings_find(struct scratch *scratch, struct mm_struct *mm,
					  u64 address)
{
	const struct mm_struct___list *list = (const void *)mm;
	struct mapping_search *search = &scratch->search;

	search->mm = (u64)mm;
	search->at = 0;
	search->below = 0;
	search->above = 0;
	if (bpf_core_field_exists(list->mmap))
		mappings_find_in_list(scratch->slot, address);
	else
		mappings_find_in_tree(scratch, address);
}
