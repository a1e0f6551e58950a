// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find the debug file of a stripped file. libdw can search too, but it opens any kind of file, and
 * opening a FIFO would block for ever.
 */
#include "debug_file.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

struct build_id {
	unsigned char bytes[ELF_FILE_BUILD_ID_MAX];
	size_t length;
};

static bool is_same_id(const struct elf_file *file, const struct build_id *id)
{
	struct build_id its;

	its.length = elf_file_build_id(file, its.bytes, sizeof(its.bytes));
	return its.length && its.length == id->length && !memcmp(its.bytes, id->bytes, id->length);
}

/* The CRC-32 of zlib over SIZE bytes, as in .gnu_debuglink. 0, -ETIME or -EIO. */
static int checksum(int fd, uint64_t size, const struct deadline *deadline, uint32_t *ret_crc)
{
	static uint32_t table[256];
	unsigned char buffer[65536];
	uint32_t crc = 0xffffffff;
	ssize_t got;

	for (uint32_t i = 0; !table[255] && i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	for (uint64_t at = 0; at < size; at += (uint64_t)got) {
		got = pread(fd, buffer, size - at < sizeof(buffer) ? size - at : sizeof(buffer),
			    (off_t)at);
		if (got <= 0)
			return -EIO;
		if (deadline_is_over(deadline))
			return -ETIME;
		for (ssize_t i = 0; i < got; i++)
			crc = crc >> 8 ^ table[(crc ^ buffer[i]) & 0xff];
	}
	*ret_crc = ~crc;
	return 0;
}

static bool has_checksum(const struct found_file *file, const struct deadline *deadline,
			 uint32_t wanted)
{
	uint32_t crc;

	return !checksum(file->fd, (uint64_t)file->stat.st_size, deadline, &crc) && crc == wanted;
}

/*
 * Reads FILE, which is closed, if it is the debug file of ID. If there is no ID, it must have the
 * checksum CRC.
 */
static int try_file(const struct found_file *file, const struct debug_search *search,
		    const struct build_id *id, const uint32_t *crc, struct elf_file *ret_debug)
{
	struct elf_file debug;

	if (!id->length && !(crc && has_checksum(file, search->deadline, *crc))) {
		close(file->fd);
		return -ENOENT;
	}
	if (elf_file_open(file->fd, &file->stat, search->map_all, &debug))
		return -ENOENT;
	if (id->length && !is_same_id(&debug, id)) {
		elf_file_close(&debug);
		return -ENOENT;
	}
	*ret_debug = debug;
	return 0;
}

static int find_by_id(const struct debug_search *search, const struct build_id *id,
		      struct elf_file *ret_debug)
{
	struct found_file file;

	if (!id->length || files_debug_by_id(search->files, id->bytes, id->length, &file))
		return -ENOENT;
	return try_file(&file, search, id, NULL, ret_debug);
}

/* The name and the checksum in .gnu_debuglink. */
static int read_link(const struct elf_file *file, char *ret_name, uint32_t *ret_crc)
{
	Elf_Data *data = elf_file_section_data(file, ".gnu_debuglink");
	const char *name = data ? data->d_buf : NULL;
	size_t length, at;

	if (!name)
		return -ENOENT;
	length = strnlen(name, data->d_size);
	at = (length + 4) & ~(size_t)3;
	if (!length || length > NAME_MAX || at > data->d_size ||
	    data->d_size - at < sizeof(*ret_crc))
		return -ENOENT;
	memcpy(ret_crc, name + at, sizeof(*ret_crc));
	memcpy(ret_name, name, length);
	ret_name[length] = '\0';
	return 0;
}

static int find_by_link(const struct elf_file *file, const struct debug_search *search,
			const struct build_id *id, struct elf_file *ret_debug)
{
	char name[NAME_MAX + 1];
	struct found_file found;
	uint32_t crc;

	if (read_link(file, name, &crc))
		return -ENOENT;
	for (unsigned int place = 0; place < FINDER_LINK_PLACES; place++)
		if (!files_debug_by_link(search->files, search->module, place, name, &found) &&
		    !try_file(&found, search, id, &crc, ret_debug))
			return 0;
	return -ENOENT;
}

static int find_on_servers(const struct debug_search *search, const struct build_id *id,
			   struct elf_file *ret_debug)
{
	struct found_file file;

	if (!id->length || files_debug_from_servers(search->files, id->bytes, id->length, &file))
		return -ENOENT;
	return try_file(&file, search, id, NULL, ret_debug);
}

int debug_file_find(const struct elf_file *file, const struct debug_search *search,
		    struct elf_file *ret_debug)
{
	struct build_id id;

	id.length = elf_file_build_id(file, id.bytes, sizeof(id.bytes));
	if (!find_by_id(search, &id, ret_debug) || !find_by_link(file, search, &id, ret_debug) ||
	    !find_on_servers(search, &id, ret_debug))
		return 0;
	return -ENOENT;
}

int debug_file_find_shared(Dwarf *dwarf, const struct debug_search *search,
			   struct elf_file *ret_shared)
{
	struct found_file file;
	struct build_id id;
	const char *name;
	const void *bytes;
	ssize_t length = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &bytes);

	if (length == 0)
		return 0;
	if (length < 0 || (size_t)length > sizeof(id.bytes))
		return -ENOENT;
	id.length = (size_t)length;
	memcpy(id.bytes, bytes, id.length);
	if (!find_by_id(search, &id, ret_shared))
		return 0;
	if (files_debug_by_path(search->files, name, &file))
		return -ENOENT;
	return try_file(&file, search, &id, NULL, ret_shared);
}
