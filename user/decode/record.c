// SPDX-License-Identifier: GPL-2.0-or-later
/* The record as a table of blocks: reads a block, and adds a block. */
#include <errno.h>
#include <string.h>

#include "decode_private.h"

#define TABLE_OFFSET offsetof(struct ev_incident, block)

uint16_t decode_kind(const void *record, size_t size)
{
	const struct ev_header *header = record;

	if (size < sizeof(*header) || header->size != size)
		return 0;
	return header->kind;
}

/* The offset of the end of RECORD's table, or 0 if RECORD is not an incident with a table. */
static size_t table_end(const void *record, size_t size)
{
	const struct ev_incident *incident = record;

	if (decode_kind(record, size) != EV_KIND_INCIDENT || size < TABLE_OFFSET ||
	    incident->header.version != EV_VERSION ||
	    incident->block_count > (size - TABLE_OFFSET) / sizeof(struct ev_span))
		return 0;
	return TABLE_OFFSET + incident->block_count * sizeof(struct ev_span);
}

static bool is_inside(const struct ev_span *span, size_t from, size_t size)
{
	return span->offset >= from && span->offset <= size && span->length <= size - span->offset;
}

int record_view_init(const struct ev_session *session, const void *record, size_t size,
		     struct record_view *ret_view)
{
	const struct ev_incident *incident = record;
	size_t end = table_end(record, size), count;

	if (!end || incident->subject < EV_SUBJECT_WRITE || incident->subject > EV_SUBJECT_LAST)
		return -EBADMSG;
	*ret_view = (struct record_view){
		.session = session,
		.bytes = record,
		.size = size,
		.cpu = incident->header.cpu,
		.time_ns = incident->header.time_ns,
		.subject = incident->subject,
		.group = incident->group,
		.flags = incident->flags,
	};
	count = incident->block_count < EV_BLOCKS ? incident->block_count : EV_BLOCKS;
	for (size_t i = 0; i < count; i++) {
		struct ev_span *span = &ret_view->block[i];

		memcpy(span, ret_view->bytes + TABLE_OFFSET + i * sizeof(*span), sizeof(*span));
		if (span->offset ? !is_inside(span, end, size) : span->length)
			return -EBADMSG;
	}
	return 0;
}

bool block_have(const struct record_view *view, enum ev_block block)
{
	return view->block[block].offset;
}

const unsigned char *block_bytes(const struct record_view *view, enum ev_block block,
				 size_t *ret_size)
{
	*ret_size = view->block[block].length;
	return view->bytes + view->block[block].offset;
}

const unsigned char *record_block(const void *record, size_t size, enum ev_block block,
				  size_t *ret_length)
{
	struct record_view view;

	if (record_view_init(NULL, record, size, &view) || !block_have(&view, block))
		return NULL;
	return block_bytes(&view, block, ret_length);
}

bool block_read(const struct record_view *view, enum ev_block block, void *to, size_t size)
{
	size_t length;
	const unsigned char *bytes = block_bytes(view, block, &length);

	memset(to, 0, size);
	memcpy(to, bytes, length < size ? length : size);
	return block_have(view, block);
}

int path_decode(const unsigned char *bytes, size_t size, uint32_t flags, struct incident_path *path)
{
	size_t at = EV_PATH_MAX + 1;

	path->have = !(flags & EV_SPAN_UNREAD);
	path->truncated = flags & EV_SPAN_TRUNCATED;
	path->text[at] = '\0';
	/* The leaf comes first, so fill from the end. A path that does not fit loses its root. */
	while (size) {
		size_t length = strnlen((const char *)bytes, size);

		if (length == size)
			return -EBADMSG;
		if (length + 1 > at) {
			path->truncated = true;
			break;
		}
		at -= length + 1;
		path->text[at] = '/';
		memcpy(path->text + at + 1, bytes, length);
		bytes += length + 1;
		size -= length + 1;
	}
	if (at == EV_PATH_MAX + 1)
		path->text[--at] = '/';
	if (path->truncated && path->text[at] == '/' && path->text[at + 1])
		at++;
	memmove(path->text, path->text + at, EV_PATH_MAX + 2 - at);
	return 0;
}

int block_path(const struct record_view *view, enum ev_block block, struct incident_path *path)
{
	uint32_t flags = block_have(view, block) ? view->block[block].flags : EV_SPAN_UNREAD;
	size_t size;
	const unsigned char *bytes = block_bytes(view, block, &size);

	return path_decode(bytes, size, flags, path);
}

int record_add_block(void *record, size_t *size, size_t capacity, enum ev_block block,
		     const void *bytes, size_t length)
{
	struct ev_incident *incident = record;

	if (!table_end(record, *size) || block >= incident->block_count)
		return -EBADMSG;
	if (length > capacity - *size)
		return -ENOSPC;
	memcpy((unsigned char *)record + *size, bytes, length);
	incident->block[block] = (struct ev_span){ .offset = *size, .length = length };
	*size += length;
	incident->header.size = *size;
	return 0;
}

void record_replace_block(void *record, size_t *size, size_t capacity, enum ev_block block,
			  const void *bytes, size_t length, uint32_t flags)
{
	struct ev_incident *incident = record;
	size_t end = table_end(record, *size);
	struct ev_span *span = &incident->block[block];

	if (!end || block >= incident->block_count || !span->length || !is_inside(span, end, *size))
		return;
	memset((unsigned char *)record + span->offset, 0, span->length);
	span->flags = flags;
	if (length > span->length && length <= capacity - *size) {
		span->offset = *size;
		*size += length;
		incident->header.size = *size;
	} else if (length > span->length) {
		length = 0;
	}
	span->length = length;
	memcpy((unsigned char *)record + span->offset, bytes, length);
}
