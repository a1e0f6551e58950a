// SPDX-License-Identifier: GPL-2.0-or-later
/* Find functions in .symtab and .dynsym. */
#include "symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define SYMBOLS_MAX (2u << 20)
/* How many symbols before an address are checked for one that spans it. */
#define OVERLAP_MAX 32
/* A file has one section of each type. The limit has room for more. */
#define SECTIONS_MAX 4
/* Limits comparisons of names: a hostile table may hold megabytes of equal names. */
#define NAME_COMPARED_MAX 256
/* Symbols from assembly may have no size. No function is larger than this. */
#define UNSIZED_MAX (1u << 20)

struct symbol {
	uint64_t start;
	uint64_t size;
	const char *name;
	uint8_t rank; /* of several at one address, the lowest rank is shown */
};

struct symbols {
	struct symbol *table; /* by start, then rank */
	size_t count, capacity;
};

/* Linkers differ in which hidden symbols of a static program they make local. */
static bool is_exported(const GElf_Sym *sym)
{
	unsigned int visibility = GELF_ST_VISIBILITY(sym->st_other);

	return GELF_ST_BIND(sym->st_info) != STB_LOCAL && visibility != STV_HIDDEN &&
	       visibility != STV_INTERNAL;
}

static uint8_t rank_of(const GElf_Sym *sym)
{
	uint8_t rank = !is_exported(sym);

	if (GELF_ST_TYPE(sym->st_info) == STT_NOTYPE)
		rank += 2;
	return sym->st_size ? rank : rank + 4;
}

static bool is_function(const GElf_Sym *sym, bool is_dynamic)
{
	unsigned int type = GELF_ST_TYPE(sym->st_info);

	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_ABS || !sym->st_value)
		return false;
	if (type == STT_FUNC || type == STT_GNU_IFUNC)
		return true;
	return type == STT_NOTYPE && !is_dynamic;
}

/* Marks of the assembler: $x and $d of AArch64, .L of everybody. */
static bool is_mark(const char *name)
{
	return !name[0] || name[0] == '$' || !strncmp(name, ".L", 2);
}

static int add(struct symbols *symbols, const GElf_Sym *sym, const char *name)
{
	if (symbols->count == symbols->capacity) {
		size_t capacity = symbols->capacity ? symbols->capacity * 2 : 256;
		struct symbol *table = realloc(symbols->table, capacity * sizeof(*table));

		if (!table)
			return -ENOMEM;
		symbols->table = table;
		symbols->capacity = capacity;
	}
	symbols->table[symbols->count++] = (struct symbol){
		.start = sym->st_value,
		.size = sym->st_size,
		.name = name,
		.rank = rank_of(sym),
	};
	return 0;
}

static int add_section(struct symbols *symbols, Elf *elf, Elf_Scn *section, const GElf_Shdr *shdr,
		       const struct deadline *deadline)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym sym;

	for (int i = 0; data && symbols->count < SYMBOLS_MAX && gelf_getsym(data, i, &sym); i++) {
		const char *name;
		int error;

		if (i % 4096 == 4095 && deadline_is_over(deadline))
			return -ETIME;
		if (!is_function(&sym, shdr->sh_type == SHT_DYNSYM))
			continue;
		name = elf_strptr(elf, shdr->sh_link, sym.st_name);
		if (!name || is_mark(name))
			continue;
		error = add(symbols, &sym, name);
		if (error)
			return error;
	}
	return 0;
}

static int add_file(struct symbols *symbols, const struct elf_file *file,
		    const struct deadline *deadline)
{
	Elf_Scn *section = NULL;
	unsigned int sections = 0;

	while (sections < SECTIONS_MAX && (section = elf_nextscn(file->elf, section))) {
		GElf_Shdr shdr;
		int error;

		if (!gelf_getshdr(section, &shdr) ||
		    (shdr.sh_type != SHT_SYMTAB && shdr.sh_type != SHT_DYNSYM))
			continue;
		sections++;
		error = add_section(symbols, file->elf, section, &shdr, deadline);
		if (error)
			return error;
	}
	return 0;
}

static int compare(const void *left_, const void *right_)
{
	const struct symbol *left = left_, *right = right_;
	size_t left_length, right_length, left_marks, right_marks;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	if (left->rank != right->rank)
		return left->rank - right->rank;
	/* In C libraries the public name is the weak symbol: write, not __libc_write. */
	left_marks = strspn(left->name, "_");
	right_marks = strspn(right->name, "_");
	if (left_marks != right_marks)
		return left_marks < right_marks ? -1 : 1;
	left_length = strnlen(left->name, NAME_COMPARED_MAX);
	right_length = strnlen(right->name, NAME_COMPARED_MAX);
	if (left_length != right_length)
		return left_length < right_length ? -1 : 1;
	return strncmp(left->name, right->name, NAME_COMPARED_MAX);
}

static void drop_doubles(struct symbols *symbols)
{
	size_t kept = 0;

	for (size_t i = 0; i < symbols->count; i++) {
		const struct symbol *last = kept ? &symbols->table[kept - 1] : NULL;

		if (last && last->start == symbols->table[i].start &&
		    (last->size || !symbols->table[i].size))
			continue;
		symbols->table[kept++] = symbols->table[i];
	}
	symbols->count = kept;
}

int symbols_new(const struct elf_file *const *files, size_t count, const struct deadline *deadline,
		struct symbols **ret_symbols)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));
	struct symbol *shrunk;
	int error = symbols ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !error; i++)
		error = add_file(symbols, files[i], deadline);
	if (error) {
		symbols_free(symbols);
		return error;
	}
	if (symbols->count) {
		qsort(symbols->table, symbols->count, sizeof(*symbols->table), compare);
		drop_doubles(symbols);
		shrunk = realloc(symbols->table, symbols->count * sizeof(*shrunk));
		if (shrunk) {
			symbols->table = shrunk;
			symbols->capacity = symbols->count;
		}
	}
	*ret_symbols = symbols;
	return 0;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->table);
	free(symbols);
}

size_t symbols_bytes(const struct symbols *symbols)
{
	return sizeof(*symbols) + symbols->capacity * sizeof(*symbols->table);
}

static bool spans(const struct symbol *symbol, uint64_t address)
{
	return address - symbol->start < symbol->size;
}

int symbols_find(const struct symbols *symbols, uint64_t address, struct symbols_hit *ret_hit)
{
	const struct symbol *found = NULL;
	size_t low = 0, high = symbols->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->table[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i > 0 && low - i < OVERLAP_MAX && !found; i--)
		if (spans(&symbols->table[i - 1], address))
			found = &symbols->table[i - 1];
	if (!found && low && !symbols->table[low - 1].size &&
	    address - symbols->table[low - 1].start < UNSIZED_MAX)
		found = &symbols->table[low - 1];
	if (!found)
		return -ENOENT;
	ret_hit->name = found->name;
	ret_hit->start = found->start;
	return 0;
}
