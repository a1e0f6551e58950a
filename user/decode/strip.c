// SPDX-License-Identifier: GPL-2.0-or-later
/* A record for others to read: without memory of the process (--strip-memory). */
#include <errno.h>
#include <string.h>

#include "decode_private.h"

/*
 * What may hold memory, registers or kernel addresses is not copied. Whoever adds a block decides:
 * one that is not in this list is left out.
 */
static const bool is_kept[EV_BLOCKS] = {
	[EV_BLOCK_SIGNAL] = true,      [EV_BLOCK_PROCESS] = true,   [EV_BLOCK_CALL] = true,
	[EV_BLOCK_OBJECT] = true,      [EV_BLOCK_DETAIL] = true,    [EV_BLOCK_EVIDENCE] = true,
	[EV_BLOCK_SENDER] = true,      [EV_BLOCK_EXE] = true,	    [EV_BLOCK_CMDLINE] = true,
	[EV_BLOCK_CGROUP] = true,      [EV_BLOCK_PATH] = true,	    [EV_BLOCK_END] = true,
	[EV_BLOCK_READER] = true,      [EV_BLOCK_ROOT] = true,	    [EV_BLOCK_PEER] = true,
	[EV_BLOCK_NUMBERS] = true,     [EV_BLOCK_NAMES] = true,	    [EV_BLOCK_PEER_NAMES] = true,
	[EV_BLOCK_DEATH] = true,       [EV_BLOCK_FAULT] = true,	    [EV_BLOCK_FAULT_PATH] = true,
	[EV_BLOCK_LIMIT] = true,       [EV_BLOCK_MEMORY] = true,    [EV_BLOCK_SECCOMP] = true,
	[EV_BLOCK_TERMINAL] = true,    [EV_BLOCK_NAMESPACE] = true, [EV_BLOCK_CORE] = true,
	[EV_BLOCK_SENDER_PEER] = true, [EV_BLOCK_STOP] = true,
};
_Static_assert(EV_BLOCKS == 35, "decide whether the new block may hold memory");

/* Zeroes SIZE bytes at OFFSET in a block of LENGTH bytes, as far as the block has them. */
static void clear(unsigned char *bytes, size_t length, size_t offset, size_t size)
{
	if (offset < length)
		memset(bytes + offset, 0, size < length - offset ? size : length - offset);
}

/* Registers, and fields that no stage shows. The arguments are registers, also those that the call
 * does not use. */
static void clear_fields(unsigned char *bytes, size_t length, enum ev_block block)
{
	if (block == EV_BLOCK_CALL)
		clear(bytes, length, offsetof(struct ev_syscall, args),
		      sizeof(((struct ev_syscall *)0)->args));
	if (block == EV_BLOCK_SECCOMP)
		clear(bytes, length, offsetof(struct ev_seccomp, ip),
		      sizeof(((struct ev_seccomp *)0)->ip));
	if (block == EV_BLOCK_OBJECT)
		clear(bytes, length, offsetof(struct ev_object, sk),
		      sizeof(((struct ev_object *)0)->sk));
}

static int copy_block(const struct record_view *view, enum ev_block block, struct ev_incident *to,
		      size_t *size)
{
	const struct ev_span *from = &view->block[block];
	unsigned char *bytes = (unsigned char *)to + *size;

	if (!block_have(view, block))
		return 0;
	if (from->length > EV_RECORD_MAX - *size)
		return -ENOSPC;
	memcpy(bytes, view->bytes + from->offset, from->length);
	clear_fields(bytes, from->length, block);
	to->block[block] = *from;
	to->block[block].offset = *size;
	*size += from->length;
	return 0;
}

int record_strip(const void *record, size_t size, const void *frames, size_t length,
		 void *ret_record, size_t *ret_size)
{
	struct ev_incident *to = ret_record;
	struct record_view view;
	int error = record_view_init(NULL, record, size, &view);

	if (error)
		return error;
	memset(to, 0, sizeof(*to));
	memcpy(&to->header, record, sizeof(to->header));
	to->subject = view.subject;
	to->flags = view.flags;
	to->group = view.group;
	to->block_count = EV_BLOCKS;
	*ret_size = sizeof(*to);
	for (int block = 0; !error && block < EV_BLOCKS; block++)
		if (is_kept[block])
			error = copy_block(&view, (enum ev_block)block, to, ret_size);
	to->header.size = *ret_size;
	if (!error && length)
		error = record_add_block(to, ret_size, EV_RECORD_MAX, EV_BLOCK_FRAMES, frames,
					 length);
	return error;
}
