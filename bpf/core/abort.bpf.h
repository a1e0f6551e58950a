/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the process aborts: glibc keeps the message of assert(), of malloc() and of its own checks in
 * a mapping, and its address in __abort_msg, for debuggers. Where that variable is, user space has
 * read from the C library's file (user/source/c_library.c).
 */
#pragma once

#include "core/mapping.bpf.h"
#include "core/thread.bpf.h"

#define MESSAGE_MAX 1024
#define MESSAGE_PAGES_MAX 16

/* What abort_msg_s of glibc's include/stdlib.h begins with: its size, which is one of pages. */
static __always_inline bool is_message(u64 address)
{
	u64 page = 1ULL << config.machine.page_shift;
	u32 size = 0;

	if (!address || address & (page - 1) ||
	    bpf_probe_read_user(&size, sizeof(size), (const void *)address))
		return false;
	return size && !(size & (page - 1)) && size <= MESSAGE_PAGES_MAX * page;
}

/* Appends the text at ADDRESS. Returns span flags. Global: see path_append(). */
__noinline __weak int message_append(u32 slot, u64 address)
{
	struct scratch *scratch = scratch_get(slot);
	long length;
	u64 used;

	if (!scratch)
		return EV_SPAN_UNREAD;
	used = scratch->blob_used;
	if (used > EV_BLOB_MAX - MESSAGE_MAX)
		return EV_SPAN_UNREAD;
	used = bounded(used, EV_BLOB_MAX - MESSAGE_MAX);
	length = bpf_probe_read_user_str(&scratch->blob[used], MESSAGE_MAX, (const void *)address);
	if (length <= 1)
		return EV_SPAN_UNREAD;
	scratch->blob_used = used + bounded(length, MESSAGE_MAX);
	return length == MESSAGE_MAX ? EV_SPAN_TRUNCATED : 0;
}

/* The address of __abort_msg in the C library that VMA maps the code of; 0: not known. */
static __always_inline u64 message_variable(const struct vm_area_struct *vma)
{
	struct c_library_key key = {};
	const struct file *file;
	const u64 *variable;

	if (!vma)
		return 0;
	file = BPF_CORE_READ(vma, vm_file);
	if (!file)
		return 0;
	key.inode = BPF_CORE_READ(file, f_inode, i_ino);
	key.size = BPF_CORE_READ(file, f_inode, i_size);
	variable = bpf_map_lookup_elem(&c_libraries, &key);
	if (!variable)
		return 0;
	return BPF_CORE_READ(vma, vm_start) -
	       ((u64)BPF_CORE_READ(vma, vm_pgoff) << config.machine.page_shift) + *variable;
}

/*
 * TASK is the current task, and sends the signal to itself: the call is made by the code of the C
 * library.
 */
static __always_inline void abort_capture(struct scratch *scratch, struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	u64 variable, message = 0;
	u32 flags;

	if (!mm || !thread_is_known(scratch))
		return;
	mappings_find(scratch, mm, scratch->thread.ip);
	variable = message_variable((const void *)AGAIN(scratch->search.at));
	if (!variable || bpf_probe_read_user(&message, sizeof(message), (const void *)variable) ||
	    !is_message(message))
		return;
	block_begin(scratch, EV_BLOCK_MESSAGE);
	flags = message_append(scratch->slot, message + sizeof(u32));
	block_end(scratch, EV_BLOCK_MESSAGE, flags);
}
