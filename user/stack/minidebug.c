// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libdw can unpack it too, but without a limit: a hundred kilobytes of xz can expand to gigabytes.
 */
#include "minidebug.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>

#define UNPACKED_MAX (64u << 20)
#define DECODER_MEMORY_MAX (80u << 20) /* xz -9 needs 65 MiB */
#define FIRST_CAPACITY (256u << 10)

/* Makes room behind what is unpacked. */
static int grow(unsigned char **bytes, size_t *capacity)
{
	size_t larger = *capacity ? *capacity * 2 : FIRST_CAPACITY;
	unsigned char *grown;

	if (larger > UNPACKED_MAX)
		return -EBADMSG;
	grown = realloc(*bytes, larger);
	if (!grown)
		return -ENOMEM;
	*bytes = grown;
	*capacity = larger;
	return 0;
}

static int unpack(lzma_stream *stream, unsigned char **bytes, size_t *ret_size)
{
	size_t capacity = 0;
	lzma_ret result = LZMA_OK;

	while (result == LZMA_OK) {
		if (stream->total_out == capacity) {
			int error = grow(bytes, &capacity);

			if (error)
				return error;
		}
		stream->next_out = *bytes + stream->total_out;
		stream->avail_out = capacity - stream->total_out;
		result = lzma_code(stream, LZMA_FINISH);
	}
	if (result != LZMA_STREAM_END)
		return result == LZMA_MEM_ERROR ? -ENOMEM : -EBADMSG;
	*ret_size = stream->total_out;
	return 0;
}

/* The size that the index at the end of an xz file claims. UINT64_MAX: there is no valid index. */
static uint64_t claimed_size(const unsigned char *packed, size_t size)
{
	uint64_t memory = DECODER_MEMORY_MAX, claimed;
	lzma_stream_flags flags;
	lzma_index *index = NULL;
	size_t at = 0;

	if (size < 2 * LZMA_STREAM_HEADER_SIZE ||
	    lzma_stream_footer_decode(&flags, packed + size - LZMA_STREAM_HEADER_SIZE) != LZMA_OK ||
	    flags.backward_size > size - 2 * LZMA_STREAM_HEADER_SIZE ||
	    lzma_index_buffer_decode(&index, &memory, NULL,
				     packed + size - LZMA_STREAM_HEADER_SIZE - flags.backward_size,
				     &at, flags.backward_size) != LZMA_OK)
		return UINT64_MAX;
	claimed = lzma_index_uncompressed_size(index);
	lzma_index_end(index, NULL);
	return claimed;
}

int minidebug_open(const struct elf_file *file, struct elf_file *ret_minidebug)
{
	Elf_Data *packed = elf_file_section_data(file, ".gnu_debugdata");
	lzma_stream stream = LZMA_STREAM_INIT;
	unsigned char *bytes = NULL;
	size_t size;
	int error;

	if (!packed || !packed->d_buf || !packed->d_size)
		return -ENOENT;
	if (claimed_size(packed->d_buf, packed->d_size) > UNPACKED_MAX)
		return -EBADMSG;
	if (lzma_stream_decoder(&stream, DECODER_MEMORY_MAX, 0) != LZMA_OK)
		return -ENOMEM;
	stream.next_in = packed->d_buf;
	stream.avail_in = packed->d_size;
	error = unpack(&stream, &bytes, &size);
	lzma_end(&stream);
	if (error) {
		free(bytes);
		return error;
	}
	return elf_file_from_memory(bytes, size, ret_minidebug);
}
