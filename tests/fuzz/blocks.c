// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is one record, block by block. Its header and its table are always valid, so any bytes
 * reach the decoding of each block.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check_record.h"
#include "units.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In front of the bytes of each block. */
struct part {
	uint8_t block;
	uint8_t flags;	/* EV_SPAN_* */
	uint8_t stride; /* of the items of a list */
	uint8_t pad;
	uint16_t length;
};

static size_t add_block(struct ev_incident *record, size_t used, const uint8_t *data, size_t size)
{
	struct part part;
	size_t length;

	memcpy(&part, data, sizeof(part));
	size -= sizeof(part);
	length = part.length < size ? part.length : size;
	memcpy((uint8_t *)record + used, data + sizeof(part), length);
	record->block[part.block % EV_BLOCKS] = (struct ev_span){
		.offset = (uint32_t)used,
		.length = (uint32_t)length,
		.flags = part.flags,
		.stride = part.stride,
	};
	return length;
}

static size_t put_blocks(struct ev_incident *record, const uint8_t *data, size_t size)
{
	size_t used = sizeof(*record), length;

	record->block_count = EV_BLOCKS;
	while (size >= sizeof(struct part)) {
		length = add_block(record, used, data, size);
		used += length;
		data += sizeof(struct part) + length;
		size -= sizeof(struct part) + length;
	}
	return used;
}

/* The kinds that have no table: the bytes behind the header are theirs. */
static size_t put_bytes(struct ev_header *header, const uint8_t *data, size_t size)
{
	memcpy(header + 1, data, size);
	return sizeof(*header) + size;
}

/* In memory of just its size. */
static void check(const struct ev_session *clocks, const void *record, size_t size)
{
	struct ev_session session = *clocks;
	void *copy = malloc(size);

	memcpy(copy, record, size);
	check_record(&session, copy, size);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static union {
		struct ev_incident incident;
		uint8_t bytes[EV_RECORD_MAX];
	} record;
	const struct ev_session session = { .hz = 250, .realtime_offset_ns = NSEC_PER_SEC };
	struct ev_header *header = &record.incident.header;

	if (size < 3 || size > sizeof(record) - sizeof(record.incident))
		return 0;
	memset(&record.incident, 0, sizeof(record.incident));
	*header = (struct ev_header){
		.kind = data[0] % 7,
		.version = EV_VERSION,
		.time_ns = 1000 * NSEC_PER_SEC,
	};
	record.incident.subject = data[1];
	record.incident.flags = data[2];
	if (header->kind == EV_KIND_INCIDENT)
		size = put_blocks(&record.incident, data + 3, size - 3);
	else
		size = put_bytes(header, data + 3, size - 3);
	header->size = (uint32_t)size;
	check(&session, &record, size);
	return 0;
}
