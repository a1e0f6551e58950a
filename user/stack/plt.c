// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find the function that an entry of .plt calls. The relocations are in the order of the entries.
 */
#include "plt.h"

#include <errno.h>

#define ENTRY_BYTES 16

/* Bytes of .plt before the first entry: the call of the resolver. */
static uint64_t header_bytes(const struct elf_file *file)
{
	GElf_Ehdr header;

	if (!gelf_getehdr(file->elf, &header))
		return 16;
	return header.e_machine == EM_AARCH64 || header.e_machine == EM_RISCV ? 32 : 16;
}

static int index_of(const struct elf_file *file, uint64_t address, size_t *ret_index,
		    uint64_t *ret_start)
{
	GElf_Shdr shdr;
	uint64_t skip = 0;

	/* With IBT the code calls .plt.sec, which has no header. */
	if (!elf_file_find_section(file, ".plt.sec", &shdr) || address < shdr.sh_addr ||
	    address - shdr.sh_addr >= shdr.sh_size) {
		if (!elf_file_find_section(file, ".plt", &shdr))
			return -ENOENT;
		skip = header_bytes(file);
	}
	if (address < shdr.sh_addr || address - shdr.sh_addr >= shdr.sh_size ||
	    address - shdr.sh_addr < skip)
		return -ENOENT;
	*ret_index = (address - shdr.sh_addr - skip) / ENTRY_BYTES;
	*ret_start = shdr.sh_addr + skip + *ret_index * ENTRY_BYTES;
	return 0;
}

static bool relocation_symbol(Elf_Data *data, const GElf_Shdr *shdr, size_t index,
			      uint64_t *ret_symbol)
{
	GElf_Rela rela;
	GElf_Rel rel;

	if (index > INT32_MAX)
		return false;
	if (shdr->sh_type == SHT_RELA && gelf_getrela(data, (int)index, &rela))
		*ret_symbol = GELF_R_SYM(rela.r_info);
	else if (shdr->sh_type == SHT_REL && gelf_getrel(data, (int)index, &rel))
		*ret_symbol = GELF_R_SYM(rel.r_info);
	else
		return false;
	return true;
}

int plt_find(const struct elf_file *file, uint64_t address, const char **ret_name,
	     uint64_t *ret_start)
{
	GElf_Shdr relocations, symbols;
	Elf_Scn *section, *symbol_section;
	Elf_Data *data;
	const char *name;
	uint64_t symbol, start;
	size_t index;
	GElf_Sym sym;

	if (index_of(file, address, &index, &start))
		return -ENOENT;
	section = elf_file_find_section(file, ".rela.plt", &relocations);
	if (!section)
		section = elf_file_find_section(file, ".rel.plt", &relocations);
	data = section ? elf_getdata(section, NULL) : NULL;
	if (!data || !relocation_symbol(data, &relocations, index, &symbol) || symbol > INT32_MAX)
		return -ENOENT;
	symbol_section = elf_getscn(file->elf, relocations.sh_link);
	data = symbol_section ? elf_getdata(symbol_section, NULL) : NULL;
	if (!data || !gelf_getshdr(symbol_section, &symbols) ||
	    !gelf_getsym(data, (int)symbol, &sym))
		return -ENOENT;
	name = elf_strptr(file->elf, symbols.sh_link, sym.st_name);
	if (!name || !name[0])
		return -ENOENT;
	*ret_name = name;
	*ret_start = start;
	return 0;
}
