// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find the Go function and the source line of an address. The format is defined in
 * src/internal/abi/symtab.go and src/debug/gosym/pclntab.go of Go 1.2, 1.16, 1.18 and 1.20. Every
 * offset in it is hostile.
 */
#include "gopclntab.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum version {
	VERSION_1_2,
	VERSION_1_16,
	VERSION_1_18,
	VERSION_1_20,
};

#define NAME_MAX_BYTES 4096
#define PAIRS_MAX 65536 /* steps of one function's line table */

static bool read_number(const struct gopclntab *table, uint64_t offset, size_t size,
			uint64_t *ret_value)
{
	uint64_t value = 0;

	if (offset > table->size || table->size - offset < size)
		return false;
	memcpy(&value, table->bytes + offset, size);
	*ret_value = le64toh(value);
	return true;
}

/* A string that ends within the table, or NULL. */
static const char *read_text(const struct gopclntab *table, uint64_t offset)
{
	size_t room;

	if (offset >= table->size)
		return NULL;
	room = table->size - offset < NAME_MAX_BYTES ? table->size - offset : NAME_MAX_BYTES;
	if (!memchr(table->bytes + offset, '\0', room))
		return NULL;
	return (const char *)table->bytes + offset;
}

/* The words that follow the first eight bytes. */
static int read_header(struct gopclntab *table, uint64_t text_start)
{
	uint64_t words[8] = {};
	size_t count = table->version >= VERSION_1_18 ? 8 : table->version == VERSION_1_16 ? 7 : 1;

	for (size_t i = 0; i < count; i++)
		if (!read_number(table, 8 + i * table->pointer_bytes, table->pointer_bytes,
				 &words[i]))
			return -EBADMSG;
	table->function_count = words[0];
	if (table->version == VERSION_1_2) {
		table->functions = 8 + table->pointer_bytes;
	} else {
		size_t parts = table->version >= VERSION_1_18 ? 3 : 2;

		for (size_t i = parts; i < count; i++)
			if (words[i] > table->size)
				return -EBADMSG;
		table->names = words[parts];
		table->cus = words[parts + 1];
		table->files = words[parts + 2];
		table->pctab = words[parts + 3];
		table->functions = words[parts + 4];
	}
	if (table->version >= VERSION_1_18)
		table->text_start = words[2] ? words[2] : text_start;
	return 0;
}

static size_t entry_bytes(const struct gopclntab *table)
{
	return table->version >= VERSION_1_18 ? 4 : table->pointer_bytes;
}

int gopclntab_open(const void *bytes, size_t size, uint64_t text_start, struct gopclntab *ret_table)
{
	struct gopclntab table = { .bytes = bytes, .size = size };
	uint64_t magic;
	int error;

	if (size < 8 || !read_number(&table, 0, 4, &magic))
		return -EBADMSG;
	switch (magic) {
	case 0xfffffffb:
		table.version = VERSION_1_2;
		break;
	case 0xfffffffa:
		table.version = VERSION_1_16;
		break;
	case 0xfffffff0:
		table.version = VERSION_1_18;
		break;
	case 0xfffffff1:
		table.version = VERSION_1_20;
		break;
	default:
		return -EBADMSG;
	}
	table.quantum = table.bytes[6];
	table.pointer_bytes = table.bytes[7];
	if ((table.quantum != 1 && table.quantum != 4) ||
	    (table.pointer_bytes != 4 && table.pointer_bytes != 8))
		return -EBADMSG;
	error = read_header(&table, text_start);
	if (error)
		return error;
	/* Pairs of entry and offset, and the end of the last function. */
	if (table.function_count >= (size - table.functions) / (2 * entry_bytes(&table)))
		return -EBADMSG;
	*ret_table = table;
	return 0;
}

static uint64_t function_word(const struct gopclntab *table, uint64_t index, unsigned int which)
{
	size_t bytes = entry_bytes(table);
	uint64_t value = 0;

	read_number(table, table->functions + (2 * index + which) * bytes, bytes, &value);
	return value;
}

static uint64_t function_entry(const struct gopclntab *table, uint64_t index)
{
	return table->text_start + function_word(table, index, 0);
}

/* A 32-bit field of a function's record; fields are counted behind its entry address. */
static bool function_field(const struct gopclntab *table, uint64_t record, unsigned int field,
			   uint32_t *ret_value)
{
	uint64_t value;

	if (!read_number(table, record + entry_bytes(table) + 4 * field, 4, &value))
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

static bool read_varint(const struct gopclntab *table, uint64_t *at, uint32_t *ret_value)
{
	uint32_t value = 0;

	for (unsigned int shift = 0; shift < 35; shift += 7) {
		unsigned char byte;

		if (*at >= table->size)
			return false;
		byte = table->bytes[(*at)++];
		value |= shift < 32 ? (uint32_t)(byte & 0x7f) << shift : 0;
		if (!(byte & 0x80)) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

/* Runs of pairs: zigzag difference of the value, difference of the pc. */
static bool pc_value(const struct gopclntab *table, uint32_t offset, uint64_t entry,
		     uint64_t address, int32_t *ret_value)
{
	uint64_t at = table->pctab + (uint64_t)offset, pc = entry;
	uint32_t value = (uint32_t)-1;

	if (!offset)
		return false;
	for (unsigned int pairs = 0; pairs < PAIRS_MAX; pairs++) {
		uint32_t difference, distance;

		if (!read_varint(table, &at, &difference) || (!difference && pairs) ||
		    !read_varint(table, &at, &distance))
			return false;
		value += difference & 1 ? ~(difference >> 1) : difference >> 1;
		pc += (uint64_t)distance * table->quantum;
		if (address < pc) {
			*ret_value = (int32_t)value;
			return true;
		}
	}
	return false;
}

/*
 * Fields behind the entry: name, args, deferreturn, pcsp, pcfile, pcln, npcdata, cu offset, since
 * 1.20 the first line, four bytes of flags, then npcdata offsets of tables.
 */
enum field {
	FIELD_NAME = 0,
	FIELD_PCFILE = 4,
	FIELD_PCLN = 5,
	FIELD_NPCDATA = 6,
	FIELD_CU = 7,
};

#define PCDATA_INLINE_TREE 2

/* The line would be that of the inlined function, which the table of functions does not name. */
static bool is_inlined(const struct gopclntab *table, uint64_t record, uint64_t entry,
		       uint64_t address)
{
	unsigned int first = table->version == VERSION_1_20 ? 10 : 9;
	uint32_t count, offset;
	int32_t index;

	return function_field(table, record, FIELD_NPCDATA, &count) && count > PCDATA_INLINE_TREE &&
	       function_field(table, record, first + PCDATA_INLINE_TREE, &offset) &&
	       pc_value(table, offset, entry, address, &index) && index >= 0;
}

static void find_line(const struct gopclntab *table, uint64_t record, uint64_t address,
		      struct gopclntab_hit *hit)
{
	uint32_t pcfile, pcln, cu;
	uint64_t name;
	int32_t file, line;

	if (table->version == VERSION_1_2 || is_inlined(table, record, hit->start, address) ||
	    !function_field(table, record, FIELD_PCFILE, &pcfile) ||
	    !function_field(table, record, FIELD_PCLN, &pcln) ||
	    !function_field(table, record, FIELD_CU, &cu))
		return;
	if (!pc_value(table, pcfile, hit->start, address, &file) || file < 0 ||
	    !pc_value(table, pcln, hit->start, address, &line) || line <= 0)
		return;
	if (!read_number(table, table->cus + ((uint64_t)cu + (uint32_t)file) * 4, 4, &name))
		return;
	hit->file = name == 0xffffffff ? NULL : read_text(table, table->files + name);
	hit->line = hit->file ? (uint32_t)line : 0;
}

int gopclntab_find(const struct gopclntab *table, uint64_t address, struct gopclntab_hit *ret_hit)
{
	struct gopclntab_hit hit = {};
	uint64_t low = 0, high = table->function_count, record;
	uint32_t name;

	/* The last entry's partner is the end of the code. */
	if (!high || address < function_entry(table, 0) || address >= function_entry(table, high))
		return -ENOENT;
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (function_entry(table, middle) <= address)
			low = middle;
		else
			high = middle;
	}
	hit.start = function_entry(table, low);
	record = function_word(table, low, 1);
	if (table->version != VERSION_1_2)
		record += table->functions;
	if (hit.start > address || !function_field(table, record, FIELD_NAME, &name))
		return -ENOENT;
	hit.name = read_text(table, table->names + (uint64_t)name);
	if (!hit.name || !hit.name[0])
		return -ENOENT;
	find_line(table, record, address, &hit);
	*ret_hit = hit;
	return 0;
}
