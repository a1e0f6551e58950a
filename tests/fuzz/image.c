// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an ELF file: its symbols, lines, frame layouts and Go table, at addresses that its
 * own headers name. */
#include <stdint.h>
#include <string.h>

#include "cfi.h"
#include "image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void step(struct image *image, uint64_t address)
{
	unsigned char bytes[256];
	struct machine machine = {
		.abi = machine_find_abi(image_machine(image) == EM_386 ? EV_ABI_I386
								       : EV_ABI_X86_64),
		.memory = { 0x1000, bytes, sizeof(bytes) },
	};
	struct registers caller;
	struct cfi_step how;
	Dwarf_CFI *cfi;

	memset(bytes, 0x41, sizeof(bytes));
	for (unsigned int i = 0; i < machine.abi->register_count; i++)
		registers_set(&machine.registers, i, 0x1000 + 8 * i);
	for (unsigned int i = 0; (cfi = image_cfi(image, i)); i++)
		cfi_step(cfi, address, &machine, &caller, &how);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct deadline deadline = { .at_ns = clock_now_ns() + 500000000u };
	const struct image_names *names;
	struct image *image;
	uint64_t address;
	GElf_Ehdr header;

	if (size > 65536 || image_from_memory(data, size, &image))
		return 0;
	if (gelf_getehdr(image_elf(image)->elf, &header)) {
		for (unsigned int i = 0; i < 64; i += 7) {
			step(image, header.e_entry + i);
			names = image_find_names(image, header.e_entry + i, &deadline);
			for (size_t j = 0; j < names->count; j++)
				if (names->levels[j].symbol && !strlen(names->levels[j].symbol))
					step(image, names->levels[j].start);
		}
	}
	if (!elf_file_find_address(image_elf(image), 4096, 4096, &address))
		image_find_names(image, address, &deadline);
	image_program_marks(image);
	image_bytes(image);
	image_free(image);
	return 0;
}
