// SPDX-License-Identifier: GPL-2.0-or-later
#include "c_library.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "c_library_key.h"
#include "cleanup.h"
#include "units.h"

#define VARIABLE "__abort_msg"

/* Debian's name of the directory. */
#if defined(__x86_64__)
#define TRIPLET "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define TRIPLET "aarch64-linux-gnu"
#else
#define TRIPLET "riscv64-linux-gnu"
#endif

/* "libc.so.6", and before glibc 2.34 the file that this is a link to: "libc-2.31.so". */
static bool is_c_library(const char *path)
{
	const char *leaf = strrchr(path, '/');

	return leaf && (!strcmp(leaf, "/libc.so.6") || !strncmp(leaf, "/libc-2.", 8));
}

/* The path of the C library that the process PROC ("/proc/1") has mapped, below its root. */
static int find_path(const char *proc, char *ret_path, size_t size)
{
	char name[64], line[PATH_MAX + 128];
	FILE *maps;
	int error = -ENOENT;

	snprintf(name, sizeof(name), "%s/maps", proc);
	maps = fopen(name, "re");
	if (!maps)
		return -errno;
	while (error && fgets(line, sizeof(line), maps)) {
		char *path = strchr(line, '/');

		line[strcspn(line, "\n")] = '\0';
		if (!path || !is_c_library(path))
			continue;
		if ((size_t)snprintf(ret_path, size, "%s/root%s", proc, path) < size)
			error = 0;
	}
	fclose(maps);
	return error;
}

/* Addresses of the file minus offsets in it, for its code. 0 or -ENOENT. */
static int find_code(Elf *elf, uint64_t *ret_difference)
{
	GElf_Phdr segment;
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return -ENOENT;
	for (size_t i = 0; i < count && gelf_getphdr(elf, (int)i, &segment); i++)
		if (segment.p_type == PT_LOAD && segment.p_flags & PF_X) {
			*ret_difference = segment.p_vaddr - segment.p_offset;
			return 0;
		}
	return -ENOENT;
}

static int find_in_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, uint64_t *ret_value)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;

	for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);

		if (name && !strcmp(name, VARIABLE) && symbol.st_size == sizeof(uint64_t)) {
			*ret_value = symbol.st_value;
			return 0;
		}
	}
	return -ENOENT;
}

static int find_variable(Elf *elf, uint64_t *ret_value)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_DYNSYM)
			return find_in_table(elf, section, &header, ret_value);
	return -ENOENT;
}

/* From where the code's mapping has offset 0 in the file to the variable. */
static int read_file(int fd, uint64_t *ret_variable)
{
	uint64_t value, difference;
	Elf *elf;
	int error;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return -ENOTSUP;
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return -ENOEXEC;
	error = find_code(elf, &difference);
	if (!error)
		error = find_variable(elf, &value);
	elf_end(elf);
	if (!error)
		*ret_variable = value - difference;
	return error;
}

static void add(int map, const char *path)
{
	int fd cleanup(cleanup_close) = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct c_library_key key = { 0 };
	struct stat status;
	uint64_t variable;

	if (fd < 0 || fstat(fd, &status) || !S_ISREG(status.st_mode) || status.st_uid ||
	    status.st_mode & (S_IWGRP | S_IWOTH))
		return;
	key.inode = status.st_ino;
	key.size = (uint64_t)status.st_size;
	if (bpf_map_lookup_elem(map, &key, &variable) && !read_file(fd, &variable))
		bpf_map_update_elem(map, &key, &variable, BPF_ANY);
}

static void add_of_process(int map, const char *proc)
{
	char path[PATH_MAX + 64];

	if (!find_path(proc, path, sizeof(path)))
		add(map, path);
}

void c_libraries_find(int map)
{
	/*
	 * Both processes may be linked statically, and nobody may be allowed to see the root
	 * directory of the first one.
	 */
	static const char *const usual[] = { "/lib/" TRIPLET "/libc.so.6", "/lib64/libc.so.6",
					     "/usr/lib/libc.so.6" };
	char path[64];

	add_of_process(map, "/proc/1");
	add_of_process(map, "/proc/self");
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++) {
		snprintf(path, sizeof(path), "/proc/1/root%s", usual[i]);
		add(map, path);
		add(map, usual[i]);
	}
}
