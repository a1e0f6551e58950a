/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scratch record of this CPU, its variable bytes, and how it is sent through the ring buffer.
 */
#pragma once

#include "core/config.bpf.h"
#include "core/maps.bpf.h"
#include "core/places.bpf.h"

#define BLOB_OFFSET __builtin_offsetof(struct scratch, blob)

/* Reads LVALUE from memory, although its value may be in a register. */
#define AGAIN(lvalue) (*(const volatile typeof(lvalue) *)&(lvalue))

/*
 * Limits VALUE to MAX in a form that the verifier understands: one instruction on one register.
 * Compilers reload a spilled value for the test and again for the use, and before 6.8 the verifier
 * does not know that both are the same.
 */
static __always_inline u64 bounded(u64 value, const u64 max)
{
	asm volatile("if %[value] <= %[max] goto +1\n\t%[value] = %[max]"
		     : [value] "+r"(value)
		     : [max] "i"(max));
	return value;
}

/*
 * A pointer of the kernel as a number, which a global function takes. Read from memory: the
 * verifier knows what a variable points to.
 */
static __always_inline u64 as_number(const void *pointer)
{
	u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &pointer);
	return number;
}

/*
 * Incidents that were dropped because the ring buffer was full. Exact; user space reads it, and
 * nothing resets it.
 */
__u64 lost_records __weak = 0;

/*
 * Incidents on CPUs that came after the start. At most: some of them may not pass the filters that
 * need a record.
 */
__u64 late_records __weak = 0;

static __always_inline struct scratch *scratch_get(u32 slot)
{
	u32 index = cpu_place(slot);

	return bpf_map_lookup_elem(&scratches, &index);
}

/*
 * The record of this CPU for the hook of SLOT, with its header filled in. NULL: the CPU has no
 * memory.
 */
static __always_inline struct scratch *record_begin(u32 slot)
{
	struct scratch *scratch = scratch_get(slot);
	struct ev_header *header;

	if (!scratch) {
		__sync_fetch_and_add(&late_records, 1);
		return NULL;
	}
	header = &scratch->incident.header;
	scratch->slot = slot;

	header->kind = EV_KIND_INCIDENT;
	header->version = EV_VERSION;
	header->cpu = bpf_get_smp_processor_id();
	header->pad0 = 0;
	header->time_ns = bpf_ktime_get_ns();
	scratch->blob_used = 0;
	scratch->incident.block_count = EV_BLOCKS;
	scratch->incident.flags = 0;
	__builtin_memset(scratch->incident.pad0, 0, sizeof(scratch->incident.pad0));
	__builtin_memset(scratch->incident.block, 0, sizeof(scratch->incident.block));
	if (config.machine.pid_namespace)
		__builtin_memset(&scratch->numbers, 0, sizeof(scratch->numbers));
	return scratch;
}

/* Adds BLOCK to the table: it is the member MEMBER of SCRATCH. */
#define block_have(scratch, id, member)                                \
	((scratch)->incident.block[id] = (struct ev_span){             \
		 .offset = __builtin_offsetof(struct scratch, member), \
		 .length = sizeof((scratch)->member),                  \
	 })

/* Begins and ends a block of variable size: the bytes that are added to the blob in between. */
static __always_inline void block_begin(struct scratch *scratch, enum ev_block id)
{
	struct ev_span *span = &scratch->incident.block[id];

	span->offset = BLOB_OFFSET + scratch->blob_used;
	span->length = 0;
	span->flags = 0;
}

static __always_inline void block_end(struct scratch *scratch, enum ev_block id, u32 flags)
{
	struct ev_span *span = &scratch->incident.block[id];

	span->length = BLOB_OFFSET + scratch->blob_used - span->offset;
	span->flags = flags;
}

/* Adds SIZE bytes, at most EV_REASON_MAX, as the block ID. */
static __always_inline void block_append(struct scratch *scratch, enum ev_block id,
					 const void *bytes, u64 size)
{
	u64 used = scratch->blob_used;

	if (used > EV_BLOB_MAX - EV_REASON_MAX)
		return;
	used = bounded(used, EV_BLOB_MAX - EV_REASON_MAX);
	size = bounded(size, EV_REASON_MAX);
	block_begin(scratch, id);
	if (bpf_probe_read_kernel(&scratch->blob[used], size, bytes))
		size = 0;
	scratch->blob_used = used + size;
	block_end(scratch, id, 0);
}

/* Appends a kernel string with its NUL, at most EV_NAME_MAX bytes. */
static __always_inline long blob_add_name(struct scratch *scratch, const void *name)
{
	u64 used = scratch->blob_used;
	long length;

	if (used > EV_BLOB_MAX - EV_NAME_MAX)
		return -1;
	used = bounded(used, EV_BLOB_MAX - EV_NAME_MAX);
	length = bpf_probe_read_kernel_str(&scratch->blob[used], EV_NAME_MAX, name);
	if (length < 0)
		return length;
	scratch->blob_used = used + length;
	return 0;
}

/*
 * User memory is read in pieces that do not cross a multiple of this size. No page is smaller, so
 * each piece is within one page, whatever the page size of the kernel. A read that meets a page
 * that is not resident fails as a whole.
 */
#define CHUNK_BYTES 4096

/* From ADDRESS to the end of its chunk. */
static __always_inline u64 chunk_rest(u64 address)
{
	return CHUNK_BYTES - (address & (CHUNK_BYTES - 1));
}

/* Appends SIZE bytes (at most CHUNK_BYTES) of user memory. Global: see path_append(). */
__noinline __weak int blob_add_user(u32 slot, u64 address, u64 size)
{
	struct scratch *scratch = scratch_get(slot);
	long error;
	u64 used;

	if (!scratch)
		return -1;
	used = scratch->blob_used;
	if (used > EV_BLOB_MAX - CHUNK_BYTES || size > CHUNK_BYTES)
		return -1;
	used = bounded(used, EV_BLOB_MAX - CHUNK_BYTES);
	size = bounded(size, CHUNK_BYTES);
	error = bpf_probe_read_user(&scratch->blob[used], size, (const void *)address);
	if (error)
		return -1;
	scratch->blob_used = used + size;
	return 0;
}

/* Whether a record wakes the reader. */
enum wake {
	WAKE_NOT = BPF_RB_NO_WAKEUP, /* no: it polls */
	WAKE_IDLE = 0,		     /* only if it has read all records before this one */
	WAKE_NOW = BPF_RB_FORCE_WAKEUP,
};

/* False: the ring buffer is full. */
static __always_inline bool record_send(struct scratch *scratch, enum wake wake)
{
	u64 size = bounded(scratch->blob_used, EV_BLOB_MAX);

	size += BLOB_OFFSET;
	scratch->incident.header.size = size;
	return !bpf_ringbuf_output(&events, scratch, size, wake);
}
