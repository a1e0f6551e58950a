// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find the debug file of a stripped file. libdw can search too, but it opens any kind of file, and
 * opening a FIFO would block for ever.
 */
#include "debug_file.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "debuginfod.h"
#include "regular_file.h"

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
	for (; size; size -= (uint64_t)got) {
		got = read(fd, buffer, size < sizeof(buffer) ? size : sizeof(buffer));
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

static bool has_checksum(int handle, uint64_t size, const struct deadline *deadline,
			 uint32_t wanted)
{
	cleanup(cleanup_close) int fd = -1;
	uint32_t crc;

	return !regular_file_open(handle, &fd) && !checksum(fd, size, deadline, &crc) &&
	       crc == wanted;
}

/* Opens PATH if it is the debug file of ID. If there is no ID, it must have the checksum CRC. */
static int try_path(const struct file_root *root, const char *path,
		    const struct debug_search *search, const struct build_id *id,
		    const uint32_t *crc, struct elf_file *ret_debug)
{
	cleanup(cleanup_close) int handle = -1;
	struct elf_file debug;
	struct stat stat;

	if (regular_file_find(root, path, &handle, &stat))
		return -ENOENT;
	if (!id->length && !has_checksum(handle, (uint64_t)stat.st_size, search->deadline, *crc))
		return -ENOENT;
	if (elf_file_open(handle, &stat, search->map_all, &debug))
		return -ENOENT;
	if (id->length && !is_same_id(&debug, id)) {
		elf_file_close(&debug);
		return -ENOENT;
	}
	*ret_debug = debug;
	return 0;
}

/* /usr/lib/debug/.build-id/93/ac1f....debug */
static int find_by_id(const struct debug_search *search, const struct build_id *id,
		      struct elf_file *ret_debug)
{
	char path[PATH_MAX];
	int at;

	if (id->length < 2)
		return -ENOENT;
	at = snprintf(path, sizeof(path) - 2 * ELF_FILE_BUILD_ID_MAX - 8, "%s/.build-id/%02x/",
		      search->debug_dir, id->bytes[0]);
	if (at < 0 || (size_t)at >= sizeof(path) - 2 * ELF_FILE_BUILD_ID_MAX - 8)
		return -ENOENT;
	for (size_t i = 1; i < id->length; i++)
		at += sprintf(path + at, "%02x", id->bytes[i]);
	strcpy(path + at, ".debug");
	return try_path(search->own, path, search, id, NULL, ret_debug);
}

/*
 * The name and the checksum in .gnu_debuglink. A name with a slash is refused: no tool writes one.
 */
static int read_link(const struct elf_file *file, const char **ret_name, uint32_t *ret_crc)
{
	Elf_Data *data = elf_file_section_data(file, ".gnu_debuglink");
	const char *name = data ? data->d_buf : NULL;
	size_t length, at;

	if (!name)
		return -ENOENT;
	length = strnlen(name, data->d_size);
	at = (length + 4) & ~(size_t)3;
	if (!length || length > NAME_MAX || memchr(name, '/', length) || at > data->d_size ||
	    data->d_size - at < sizeof(*ret_crc))
		return -ENOENT;
	memcpy(ret_crc, name + at, sizeof(*ret_crc));
	*ret_name = name;
	return 0;
}

/* Beside the file, in .debug beside it, and at its path below the debug directory. */
static int find_by_link(const struct elf_file *file, const struct debug_search *search,
			const struct build_id *id, struct elf_file *ret_debug)
{
	char path[PATH_MAX];
	const char *name, *slash = search->path ? strrchr(search->path, '/') : NULL;
	uint32_t crc;
	int dir;

	if (!slash || slash - search->path > PATH_MAX || read_link(file, &name, &crc))
		return -ENOENT;
	dir = (int)(slash - search->path);
	for (unsigned int i = 0; i < 3; i++) {
		int length;

		if (i < 2)
			length = snprintf(path, sizeof(path), "%.*s%s/%s", dir, search->path,
					  i ? "/.debug" : "", name);
		else
			length = snprintf(path, sizeof(path), "%s%.*s/%s", search->debug_dir, dir,
					  search->path, name);
		if (length > 0 && (size_t)length < sizeof(path) &&
		    !try_path(i < 2 ? search->root : search->own, path, search, id, &crc,
			      ret_debug))
			return 0;
	}
	return -ENOENT;
}

static int find_on_servers(const struct debug_search *search, const struct build_id *id,
			   struct elf_file *ret_debug)
{
	cleanup(cleanup_close) int fd = -1;
	struct elf_file debug;
	struct stat stat;

	if (!id->length || debuginfod_fetch(id->bytes, id->length, search->deadline, &fd) ||
	    fstat(fd, &stat) || !S_ISREG(stat.st_mode) || stat.st_size > REGULAR_FILE_BYTES_MAX)
		return -ENOENT;
	if (elf_file_open(fd, &stat, search->map_all, &debug))
		return -ENOENT;
	if (!is_same_id(&debug, id)) {
		elf_file_close(&debug);
		return -ENOENT;
	}
	*ret_debug = debug;
	return 0;
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
	/* On Debian this is an absolute path in /usr/lib/debug/.dwz. */
	if (name[0] != '/')
		return -ENOENT;
	return try_path(search->own, name, search, &id, NULL, ret_shared);
}
