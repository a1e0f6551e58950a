// SPDX-License-Identifier: GPL-2.0-or-later
/* Read an ELF file that may be hostile. */
#include "elf_file.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

#define SEGMENTS_MAX 512
#define CLAIM_MAX (UINT64_C(1) << 40)
/*
 * Of all compressed sections of a file. Debug information packs at 3 to 10 to 1; zlib can reach
 * 1,000 to 1 for what holds nothing.
 */
#define UNPACKED_MAX (UINT64_C(512) << 20)
#define RATIO_MAX 64
#define RATIO_FREE_BYTES (UINT64_C(16) << 20)

/*
 * libelf allocates memory for every section that the header claims, limited only by the file's
 * size: gigabytes for a sparse file. A section count of 0 means more than 16 bits can hold. Only
 * object files have so many, so it is refused.
 */
static bool header_is_modest(const unsigned char *bytes, size_t size)
{
	uint16_t sections, segments;

	if (size < sizeof(Elf32_Ehdr) || memcmp(bytes, ELFMAG, SELFMAG) ||
	    bytes[EI_DATA] != ELFDATA2LSB)
		return false;
	if (bytes[EI_CLASS] == ELFCLASS64) {
		Elf64_Ehdr header;

		if (size < sizeof(header))
			return false;
		memcpy(&header, bytes, sizeof(header));
		sections = header.e_shoff ? header.e_shnum : 1;
		segments = header.e_phnum;
	} else if (bytes[EI_CLASS] == ELFCLASS32) {
		Elf32_Ehdr header;

		memcpy(&header, bytes, sizeof(header));
		sections = header.e_shoff ? header.e_shnum : 1;
		segments = header.e_phnum;
	} else {
		return false;
	}
	return sections && segments <= SEGMENTS_MAX;
}

static int begin(struct elf_file *file, Elf *elf)
{
	if (!elf)
		return -ENOEXEC;
	file->elf = elf;
	if (elf_kind(elf) != ELF_K_ELF) {
		elf_file_close(file);
		return -ENOEXEC;
	}
	return 0;
}

/* Only root can write to it, so nobody else can shrink it while it is mapped. */
static bool is_steady(const struct stat *stat)
{
	return stat->st_uid == 0 && !(stat->st_mode & (S_IWGRP | S_IWOTH));
}

int elf_file_open(int fd, const struct stat *stat, bool map_all, struct elf_file *ret_file)
{
	struct elf_file file = { .fd = -1, .size = (uint64_t)stat->st_size };
	cleanup(cleanup_close) int owned = fd;
	unsigned char header[sizeof(Elf64_Ehdr)];
	bool mapped = map_all || is_steady(stat);
	ssize_t got;
	int error;

	elf_version(EV_CURRENT);
	got = pread(owned, header, sizeof(header), 0);
	if (got < 0)
		return -errno;
	if (!header_is_modest(header, (size_t)got))
		return -ENOEXEC;
	error = begin(&file, elf_begin(owned, mapped ? ELF_C_READ_MMAP : ELF_C_READ, NULL));
	if (error)
		return error;
	/* If mmap() failed, libelf reads instead and needs the descriptor. */
	if (mapped && elf_rawfile(file.elf, NULL) && !elf_cntl(file.elf, ELF_C_FDDONE))
		close(take_fd(&owned));
	file.fd = take_fd(&owned);
	*ret_file = file;
	return 0;
}

int elf_file_from_memory(void *bytes, size_t size, struct elf_file *ret_file)
{
	struct elf_file file = { .fd = -1, .bytes = bytes, .size = size };
	int error;

	elf_version(EV_CURRENT);
	error = header_is_modest(bytes, size) ? begin(&file, elf_memory(bytes, size)) : -ENOEXEC;
	if (error) {
		free(file.bytes);
		return error;
	}
	*ret_file = file;
	return 0;
}

void elf_file_close(struct elf_file *file)
{
	if (file->elf)
		elf_end(file->elf);
	cleanup_close(&file->fd);
	free(file->bytes);
	*file = (struct elf_file){ .fd = -1 };
}

/* Loadable segment INDEX, if it has code. */
static bool get_code(const struct elf_file *file, size_t index, GElf_Phdr *ret_phdr)
{
	return gelf_getphdr(file->elf, (int)index, ret_phdr) && ret_phdr->p_type == PT_LOAD &&
	       (ret_phdr->p_flags & PF_X);
}

static size_t count_segments(const struct elf_file *file)
{
	size_t count;

	if (elf_getphdrnum(file->elf, &count))
		return 0;
	return count < SEGMENTS_MAX ? count : SEGMENTS_MAX;
}

/* The loadable segment with the code at ADDRESS; false: none. */
static bool find_code(const struct elf_file *file, uint64_t address, GElf_Phdr *ret_phdr)
{
	size_t count = count_segments(file);

	for (size_t i = 0; i < count; i++)
		if (get_code(file, i, ret_phdr) && address >= ret_phdr->p_vaddr &&
		    address - ret_phdr->p_vaddr < ret_phdr->p_memsz)
			return true;
	return false;
}

/* How many bytes the ranges from A and from B have in common. */
static uint64_t overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	uint64_t start = a > b ? a : b;
	uint64_t a_left = start - a < a_size ? a_size - (start - a) : 0;
	uint64_t b_left = start - b < b_size ? b_size - (start - b) : 0;

	return a_left < b_left ? a_left : b_left;
}

/*
 * The kernel rounds both ends of a mapping to its page size. That may be 4, 16 or 64 KiB, and it is
 * unknown here, because the capture may come from another machine. So take the segment that has the
 * most bytes in common with the mapping.
 */
int elf_file_find_address(const struct elf_file *file, uint64_t offset, uint64_t size,
			  uint64_t *ret_address)
{
	size_t count = count_segments(file);
	uint64_t most = 0;
	GElf_Phdr phdr;

	for (size_t i = 0; i < count; i++) {
		uint64_t common;

		if (!get_code(file, i, &phdr))
			continue;
		common = overlap(offset, size, phdr.p_offset, phdr.p_filesz);
		if (common <= most)
			continue;
		most = common;
		*ret_address = phdr.p_vaddr + (offset - phdr.p_offset);
	}
	return most ? 0 : -ENOENT;
}

bool elf_file_is_code(const struct elf_file *file, uint64_t address)
{
	GElf_Phdr phdr;

	return find_code(file, address, &phdr);
}

size_t elf_file_read_code(const struct elf_file *file, uint64_t address, void *buffer, size_t size)
{
	const char *bytes;
	GElf_Phdr phdr;
	uint64_t skip;
	size_t total;
	ssize_t got;

	if (!find_code(file, address, &phdr))
		return 0;
	skip = address - phdr.p_vaddr;
	if (skip >= phdr.p_filesz || phdr.p_offset > file->size ||
	    skip >= file->size - phdr.p_offset)
		return 0;
	if (size > phdr.p_filesz - skip)
		size = phdr.p_filesz - skip;
	if (size > file->size - phdr.p_offset - skip)
		size = file->size - phdr.p_offset - skip;
	if (file->fd >= 0) {
		got = pread(file->fd, buffer, size, (off_t)(phdr.p_offset + skip));
		return got < 0 ? 0 : (size_t)got;
	}
	bytes = elf_rawfile(file->elf, &total);
	if (!bytes || phdr.p_offset + skip + size > total)
		return 0;
	memcpy(buffer, bytes + phdr.p_offset + skip, size);
	return size;
}

/* The old form: a section .zdebug_NAME that begins with "ZLIB" and the size, big-endian. */
static uint64_t old_unpacked_bytes(const struct elf_file *file, Elf_Scn *section,
				   const GElf_Shdr *shdr, size_t names)
{
	const char *name = elf_strptr(file->elf, names, shdr->sh_name);
	const unsigned char *bytes;
	Elf_Data *data;
	uint64_t size = 0;

	if (!name || strncmp(name, ".zdebug", strlen(".zdebug")) != 0)
		return 0;
	data = elf_rawdata(section, NULL);
	bytes = data ? data->d_buf : NULL;
	if (!bytes || data->d_size < 12 || memcmp(bytes, "ZLIB", 4) != 0)
		return 0;
	for (size_t i = 4; i < 12; i++)
		size = size << 8 | bytes[i];
	return size;
}

/* PACKED_BYTES: of the same sections in the file. */
static uint64_t claimed_bytes(const struct elf_file *file, uint64_t *ret_packed_bytes)
{
	uint64_t bytes = 0, packed = 0;
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(file->elf, &names))
		names = 0;
	while ((section = elf_nextscn(file->elf, section))) {
		uint64_t claimed = 0;
		GElf_Shdr shdr;
		GElf_Chdr chdr;

		if (!gelf_getshdr(section, &shdr))
			continue;
		if (!(shdr.sh_flags & SHF_COMPRESSED))
			claimed = old_unpacked_bytes(file, section, &shdr, names);
		else if (gelf_getchdr(section, &chdr))
			claimed = chdr.ch_size;
		if (claimed)
			packed += shdr.sh_size;
		bytes = claimed > CLAIM_MAX - bytes ? CLAIM_MAX : bytes + claimed;
	}
	*ret_packed_bytes = packed;
	return bytes;
}

uint64_t elf_file_unpacked_bytes(const struct elf_file *file)
{
	uint64_t packed;

	return claimed_bytes(file, &packed);
}

bool elf_file_unpacks_modestly(const struct elf_file *file)
{
	uint64_t packed, bytes = claimed_bytes(file, &packed);

	return bytes <= UNPACKED_MAX && (bytes <= RATIO_FREE_BYTES || bytes / RATIO_MAX <= packed);
}

size_t elf_file_build_id(const struct elf_file *file, unsigned char *buffer, size_t size)
{
	const void *bytes;
	ssize_t length = dwelf_elf_gnu_build_id(file->elf, &bytes);

	if (length <= 0 || (size_t)length > size)
		return 0;
	memcpy(buffer, bytes, (size_t)length);
	return (size_t)length;
}

Elf_Scn *elf_file_find_section(const struct elf_file *file, const char *name, GElf_Shdr *ret_shdr)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(file->elf, &names))
		return NULL;
	while ((section = elf_nextscn(file->elf, section))) {
		const char *its_name;
		GElf_Shdr shdr;

		if (!gelf_getshdr(section, &shdr))
			continue;
		its_name = elf_strptr(file->elf, names, shdr.sh_name);
		if (!its_name || strcmp(its_name, name) != 0)
			continue;
		if (ret_shdr)
			*ret_shdr = shdr;
		return section;
	}
	return NULL;
}

Elf_Data *elf_file_section_data(const struct elf_file *file, const char *name)
{
	GElf_Shdr shdr;
	Elf_Scn *section = elf_file_find_section(file, name, &shdr);

	if (!section || shdr.sh_type == SHT_NOBITS || (shdr.sh_flags & SHF_COMPRESSED))
		return NULL;
	return elf_rawdata(section, NULL);
}
