/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One ELF file opened for reading by libelf, after a look at its header that keeps libelf from
 * reserving memory for what a corrupt header claims.
 */
#pragma once

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define ELF_FILE_BUILD_ID_MAX 64 /* bytes; real ones have 8 to 32 */

struct elf_file {
	Elf *elf;
	int fd;	     /* -1: nothing is read from it any more */
	void *bytes; /* of a file that is in memory, freed with it */
	uint64_t size;
};

/*
 * Opens the file of the descriptor FD, which is closed in any case, and whose state is STAT.
 * MAP_ALL: the caller survives SIGBUS, which a mapped file raises when it shrinks; without it only
 * files that root alone can write are mapped, and others are read piece by piece. 0; -ENOEXEC;
 * -errno.
 */
int elf_file_open(int fd, const struct stat *stat, bool map_all, struct elf_file *ret_file);
/* Takes ownership of BYTES (from malloc()), also on failure. 0; -ENOEXEC; -errno. */
int elf_file_from_memory(void *bytes, size_t size, struct elf_file *ret_file);
void elf_file_close(struct elf_file *file);

/*
 * The address in the file's own space at which an executable mapping starts: SIZE bytes of the file
 * from OFFSET on, rounded to pages of any size. 0 or -ENOENT.
 */
int elf_file_find_address(const struct elf_file *file, uint64_t offset, uint64_t size,
			  uint64_t *ret_address);
/* Reads code as the file has it: how many of the SIZE bytes at ADDRESS there are. */
size_t elf_file_read_code(const struct elf_file *file, uint64_t address, void *buffer, size_t size);
bool elf_file_is_code(const struct elf_file *file, uint64_t address);
/* What its compressed sections claim to hold: libelf unpacks them once they are asked for. */
uint64_t elf_file_unpacked_bytes(const struct elf_file *file);
/* False: they claim more than any real debug information, so they must not be unpacked. */
bool elf_file_unpacks_modestly(const struct elf_file *file);
/* Length of the build id, 0 if there is none. */
size_t elf_file_build_id(const struct elf_file *file, unsigned char *buffer, size_t size);
/* The section NAME, or NULL. */
Elf_Scn *elf_file_find_section(const struct elf_file *file, const char *name, GElf_Shdr *ret_shdr);
/* Its bytes as they are in the file; NULL if it has none there. */
Elf_Data *elf_file_section_data(const struct elf_file *file, const char *name);
