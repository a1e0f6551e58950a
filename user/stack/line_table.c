// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find source lines and inlined functions of an address. libdw reads the tables. The walk through
 * the tree of functions is our own, because libdw limits neither its depth nor a tree whose
 * siblings form a loop.
 */
#include "line_table.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"

#define RANGES_MAX (1u << 20)
#define UNITS_MAX (1u << 18)
#define ENTRIES_MAX (1u << 20) /* looked at for one address */
#define DEPTH_MAX 64
#define OVERLAP_MAX 8 /* ranges before an address that may hold it */
/* Approximate memory that libdw needs for one row of a line table and for one unit. */
#define LINE_BYTES 64
#define UNIT_BYTES 512

struct unit_range {
	uint64_t start, end;
	Dwarf_Off unit;	    /* offset of its entry */
	bool lines_counted; /* libdw keeps a line table from the first question on */
};

struct line_table {
	Dwarf *dwarf;
	bool with_names;
	struct unit_range *ranges; /* by start */
	size_t count, capacity;
	Dwarf_CU *unit_read; /* the last one whose ranges are in */
	unsigned int units;
	bool complete;
	size_t line_bytes;
};

int line_table_new(Dwarf *dwarf, bool with_names, struct line_table **ret_table)
{
	struct line_table *table = calloc(1, sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->dwarf = dwarf;
	table->with_names = with_names;
	*ret_table = table;
	return 0;
}

void line_table_free(struct line_table *table)
{
	if (!table)
		return;
	free(table->ranges);
	free(table);
}

size_t line_table_bytes(const struct line_table *table)
{
	return sizeof(*table) + table->capacity * sizeof(*table->ranges) + table->line_bytes +
	       table->units * UNIT_BYTES;
}

static int add_range(struct line_table *table, uint64_t start, uint64_t end, Dwarf_Off unit)
{
	if (start >= end || table->count == RANGES_MAX)
		return 0;
	if (table->count == table->capacity) {
		size_t capacity = table->capacity ? table->capacity * 2 : 64;
		struct unit_range *ranges = realloc(table->ranges, capacity * sizeof(*ranges));

		if (!ranges)
			return -ENOMEM;
		table->ranges = ranges;
		table->capacity = capacity;
	}
	table->ranges[table->count++] = (struct unit_range){ start, end, unit, false };
	return 0;
}

static int compare(const void *left_, const void *right_)
{
	const struct unit_range *left = left_, *right = right_;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return (left->end > right->end) - (left->end < right->end);
}

static int add_unit(struct line_table *table, Dwarf_Die *unit)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(unit, at, &base, &start, &end)) > 0) {
		int error = add_range(table, start, end, dwarf_dieoffset(unit));

		if (error || table->count == RANGES_MAX)
			return error;
	}
	return 0;
}

/*
 * Does not use .debug_aranges, which clang and rustc do not write. Continues where the time limit
 * of the last question stopped it.
 */
static int read_units(struct line_table *table, const struct deadline *deadline)
{
	Dwarf_CU *next;
	Dwarf_Die unit;

	while (!table->complete && table->units < UNITS_MAX) {
		/*
		 * The unit of a .dwo file is not requested: libdw would open a path that the
		 * program chose.
		 */
		if (dwarf_get_units(table->dwarf, table->unit_read, &next, NULL, NULL, &unit, NULL))
			break;
		table->unit_read = next;
		table->units++;
		if (add_unit(table, &unit))
			return -ENOMEM;
		if (table->units % 64 == 0 && deadline_is_over(deadline))
			return -ETIME;
	}
	if (!table->complete && table->count)
		qsort(table->ranges, table->count, sizeof(*table->ranges), compare);
	table->complete = true;
	return 0;
}

static struct unit_range *find_range(const struct line_table *table, uint64_t address)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->ranges[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i > 0 && low - i < OVERLAP_MAX; i--)
		if (address < table->ranges[i - 1].end)
			return &table->ranges[i - 1];
	return NULL;
}

/* The functions around an address, outermost first. */
struct walk {
	uint64_t address;
	const struct deadline *deadline;
	unsigned int entries;
	bool late;
	Dwarf_Die found[LINE_TABLE_INLINED_MAX + 1];
	size_t count;
};

enum entry {
	ENTRY_OTHER,
	ENTRY_FUNCTION, /* has a name of its own */
	ENTRY_BLOCK,	/* may hold functions and has an address range */
	ENTRY_SPACE,	/* may hold functions and has no addresses */
};

static enum entry entry_of(Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
		return ENTRY_FUNCTION;
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		return ENTRY_BLOCK;
	case DW_TAG_namespace:
	case DW_TAG_module:
		return ENTRY_SPACE;
	}
	return ENTRY_OTHER;
}

static bool may_go_on(struct walk *walk)
{
	if (++walk->entries % 1024 == 0 && deadline_is_over(walk->deadline))
		walk->late = true;
	return !walk->late && walk->entries < ENTRIES_MAX;
}

static bool get_number(Dwarf_Die *die, unsigned int name, Dwarf_Word *ret_number)
{
	Dwarf_Attribute attribute;

	return dwarf_attr_integrate(die, name, &attribute) &&
	       !dwarf_formudata(&attribute, ret_number);
}

static bool get_origin(Dwarf_Die *die, Dwarf_Die *ret_origin)
{
	Dwarf_Attribute attribute;

	return dwarf_attr(die, DW_AT_abstract_origin, &attribute) &&
	       dwarf_formref_die(&attribute, ret_origin);
}

/*
 * GCC can split a function to inline only its beginning (-fpartial-inlining). DWARF then shows the
 * rest as inlined into the function itself, "called" from the line where it is declared; glibc's
 * write() is an example. The program has no such call.
 */
static bool is_rest_of(Dwarf_Die *function, Dwarf_Die *call)
{
	Dwarf_Word declared, called;
	Dwarf_Die origin, itself;

	return dwarf_tag(call) == DW_TAG_inlined_subroutine && get_origin(call, &origin) &&
	       get_origin(function, &itself) && origin.addr == itself.addr &&
	       get_number(function, DW_AT_decl_line, &declared) &&
	       get_number(call, DW_AT_call_line, &called) && called == declared;
}

/* True if the address was found below PARENT; then no other entry can hold it. */
static bool descend(struct walk *walk, Dwarf_Die *parent, unsigned int depth)
{
	Dwarf_Die child;

	if (depth == DEPTH_MAX || dwarf_child(parent, &child))
		return false;
	do {
		enum entry entry = entry_of(&child);
		bool is_function = entry == ENTRY_FUNCTION;

		if (!may_go_on(walk))
			return false;
		if (entry == ENTRY_OTHER)
			continue;
		if (entry != ENTRY_SPACE && dwarf_haspc(&child, walk->address) <= 0)
			continue;
		if (is_function && walk->count <= LINE_TABLE_INLINED_MAX &&
		    !(walk->count && is_rest_of(&walk->found[walk->count - 1], &child)))
			walk->found[walk->count++] = child;
		if (descend(walk, &child, depth + 1) || is_function)
			return true;
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

static const char *name_of(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ||
	    dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute)) {
		name = dwarf_formstring(&attribute);
		if (name)
			return name;
	}
	return dwarf_attr_integrate(die, DW_AT_name, &attribute) ? dwarf_formstring(&attribute)
								 : NULL;
}

/* The line that calls the inlined function CALL. */
static void set_call_site(Dwarf_Die *unit, Dwarf_Die *call, struct line_level *level)
{
	Dwarf_Attribute attribute;
	Dwarf_Word file, line;
	Dwarf_Files *files;
	size_t count;

	if (!dwarf_attr(call, DW_AT_call_file, &attribute) || dwarf_formudata(&attribute, &file) ||
	    dwarf_getsrcfiles(unit, &files, &count) || file >= count)
		return;
	level->file = dwarf_filesrc(files, file, NULL, NULL);
	if (level->file && dwarf_attr(call, DW_AT_call_line, &attribute) &&
	    !dwarf_formudata(&attribute, &line) && line <= UINT32_MAX)
		level->line = (uint32_t)line;
}

static void set_line(struct line_table *table, struct unit_range *range, Dwarf_Die *unit,
		     uint64_t address, struct line_level *level)
{
	Dwarf_Lines *lines;
	Dwarf_Line *line;
	size_t count;
	int number;

	if (dwarf_getsrclines(unit, &lines, &count))
		return;
	if (!range->lines_counted)
		table->line_bytes += count * LINE_BYTES;
	range->lines_counted = true;
	line = dwarf_getsrc_die(unit, address);
	if (!line)
		return;
	level->file = dwarf_linesrc(line, NULL, NULL);
	if (level->file && !dwarf_lineno(line, &number) && number > 0)
		level->line = (uint32_t)number;
}

int line_table_find(struct line_table *table, uint64_t address, const struct deadline *deadline,
		    struct line_level levels[LINE_TABLE_INLINED_MAX + 1], size_t *ret_count)
{
	struct walk walk = { .address = address, .deadline = deadline };
	struct unit_range *range;
	Dwarf_Die unit;
	int error;

	error = read_units(table, deadline);
	if (error)
		return error;
	range = find_range(table, address);
	if (!range || !dwarf_offdie(table->dwarf, range->unit, &unit))
		return -ENOENT;
	if (table->with_names)
		descend(&walk, &unit, 0);
	if (walk.late)
		return -ETIME;
	for (size_t i = 0; i < walk.count; i++) {
		struct line_level *level = &levels[walk.count - 1 - i];

		*level = (struct line_level){ .name = name_of(&walk.found[i]) };
		if (dwarf_entrypc(&walk.found[i], &level->start))
			level->start = 0;
		if (i + 1 < walk.count)
			set_call_site(&unit, &walk.found[i + 1], level);
	}
	if (!walk.count)
		levels[0] = (struct line_level){};
	set_line(table, range, &unit, address, &levels[0]);
	*ret_count = walk.count ? walk.count : 1;
	return 0;
}
