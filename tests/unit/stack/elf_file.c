// SPDX-License-Identifier: GPL-2.0-or-later
/* From a mapping to the segment that it is of, whatever the page size of the kernel that made it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "elf_file.h"

struct image {
	Elf64_Ehdr header;
	Elf64_Phdr segments[2];
};

/* As lld lays out a program for arm64: offsets and addresses agree modulo 64 KiB. */
static const struct image arm64 = {
	.segments = {
		{ .p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = 0x66f40, .p_memsz = 0x66f40 },
		{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 0x66f40,
		  .p_vaddr = 0x76f40, .p_filesz = 0x21000, .p_memsz = 0x21000 },
	},
};

/* Two segments with code, whose bytes share the page at 0x1000. */
static const struct image two = {
	.segments = {
		{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = 0x1f00,
		  .p_memsz = 0x1f00 },
		{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 0x1f00,
		  .p_vaddr = 0x2f00, .p_filesz = 0x1100, .p_memsz = 0x1100 },
	},
};

static struct elf_file open_image(const struct image *from)
{
	struct image *image = malloc(sizeof(*image));
	struct elf_file file;

	assert_non_null(image);
	*image = *from;
	image->header = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_AARCH64,
		.e_version = EV_CURRENT,
		.e_phoff = offsetof(struct image, segments),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2,
	};
	assert_int_equal(elf_file_from_memory(image, sizeof(*image), &file), 0);
	return file;
}

static void expect_address(const struct image *image, uint64_t offset, uint64_t size,
			   uint64_t expected)
{
	struct elf_file file = open_image(image);
	uint64_t address = 0;

	assert_int_equal(elf_file_find_address(&file, offset, size, &address), 0);
	assert_int_equal(address, expected);
	elf_file_close(&file);
}

/* The mapping of the code as kernels with pages of 4, 16 and 64 KiB make it. */
static void any_page_size(void **state)
{
	expect_address(&arm64, 0x66000, 0x22000, 0x76000);
	expect_address(&arm64, 0x64000, 0x24000, 0x74000);
	expect_address(&arm64, 0x60000, 0x30000, 0x70000);
}

/* What mprotect() has cut off starts anywhere in the segment. */
static void part_of_a_segment(void **state)
{
	expect_address(&arm64, 0x70000, 0x10000, 0x80000);
	expect_address(&arm64, 0x87000, 0x1000, 0x97000);
}

static void most_bytes_decide(void **state)
{
	expect_address(&two, 0, 0x2000, 0);
	expect_address(&two, 0x1000, 0x2000, 0x2000);
}

static void no_segment(void **state)
{
	struct elf_file file = open_image(&arm64);
	uint64_t address;

	assert_int_equal(elf_file_find_address(&file, 0, 0x60000, &address), -ENOENT);
	assert_int_equal(elf_file_find_address(&file, 0x90000, 0x10000, &address), -ENOENT);
	assert_int_equal(elf_file_find_address(&file, 0x66f40, 0, &address), -ENOENT);
	assert_int_equal(elf_file_find_address(&file, UINT64_MAX, UINT64_MAX, &address), -ENOENT);
	assert_int_equal(elf_file_find_address(&file, 0, UINT64_MAX, &address), 0);
	assert_int_equal(address, 0x10000);
	elf_file_close(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_page_size),
		cmocka_unit_test(part_of_a_segment),
		cmocka_unit_test(most_bytes_decide),
		cmocka_unit_test(no_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
