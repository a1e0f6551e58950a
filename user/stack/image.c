// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names and frame layouts from one ELF file and its debug file. Each table is read when it is first
 * needed.
 */
#include "image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "demangle.h"
#include "gopclntab.h"
#include "minidebug.h"
#include "plt.h"
#include "program.h"
#include "line_table.h"
#include "symbols.h"
#include "units.h"

/* Attempts to read the symbols within one stack's time. */
#define SYMBOLS_TRIES 3
#define NAME_BYTES 1024
#define FIXED_BYTES 16384 /* of libelf's and libdw's own structs, about */

struct image {
	struct elf_file file, debug, shared, minidebug;
	uint16_t machine;
	uint32_t program_marks;
	bool have_program_marks;
	struct file_id id;	 /* inode 0: it is no file */
	uint64_t question;	 /* the last one, by number, */
	uint64_t question_ns;	 /* and its cost, in CPU time */
	enum reason left_out;	 /* why its debug information is not used */
	uint64_t unpacked_bytes; /* of compressed debug information */
	char build_id[2 * ELF_FILE_BUILD_ID_MAX + 1];

	Dwarf_CFI *eh_cfi;
	bool eh_tried;
	Dwarf *own_dwarf, *debug_dwarf, *shared_dwarf;

	struct symbols *symbols;
	unsigned int symbols_tries;
	struct gopclntab go;
	bool have_go;
	struct line_table *lines;
	struct name_cache *cache;
	struct image_names uncached;		 /* the last answer that was not cached */
	char text[IMAGE_LEVELS_MAX][NAME_BYTES]; /* its symbols */
};

/* The name of an address in the file's own tables. */
struct function {
	const char *name; /* as it is there */
	bool is_plt;
	uint64_t start;
	const char *file; /* Go tells it, too */
	uint32_t line;
};

static void set_build_id(struct image *image)
{
	unsigned char id[ELF_FILE_BUILD_ID_MAX];
	size_t length = elf_file_build_id(&image->file, id, sizeof(id));

	for (size_t i = 0; i < length; i++)
		sprintf(image->build_id + 2 * i, "%02x", id[i]);
}

/* NULL: it has none, or what it has must not be unpacked. */
static Dwarf *begin_dwarf(struct image *image, const struct elf_file *file)
{
	if (!file->elf)
		return NULL;
	if (!elf_file_unpacks_modestly(file)) {
		image->left_out = REASON_DEBUG_TOO_LARGE;
		return NULL;
	}
	/* The headers of compressed sections are gone after libdw has unpacked them. */
	image->unpacked_bytes += elf_file_unpacked_bytes(file);
	return dwarf_begin_elf(file->elf, DWARF_C_READ, NULL);
}

/* DWARF of the file itself, or of its debug file; either may hold .debug_frame. */
static int open_dwarf(struct image *image, const struct debug_search *search)
{
	Dwarf *dwarf;
	bool with_names = true;

	image->own_dwarf = begin_dwarf(image, &image->file);
	image->debug_dwarf = begin_dwarf(image, &image->debug);
	dwarf = image->debug_dwarf ? image->debug_dwarf : image->own_dwarf;
	if (!dwarf)
		return 0;
	if (search) {
		if (debug_file_find_shared(dwarf, search, &image->shared))
			with_names = false;
		else if (image->shared.elf)
			image->shared_dwarf = begin_dwarf(image, &image->shared);
		if (image->shared_dwarf)
			dwarf_setalt(dwarf, image->shared_dwarf);
		else if (image->shared.elf)
			with_names = false;
	}
	return line_table_new(dwarf, with_names, &image->lines);
}

/* The start of the code, for a table that does not hold it. */
static uint64_t find_text_start(const struct elf_file *file, const GElf_Shdr *table)
{
	GElf_Shdr shdr;
	Elf_Scn *section = elf_file_find_section(file, ".rela.dyn", &shdr);
	Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
	GElf_Rela rela;

	/* Position-independent: a relocation fills in the third word. */
	for (int i = 0; data && i < 1 << 20 && gelf_getrela(data, i, &rela); i++)
		if (rela.r_offset == table->sh_addr + 24)
			return (uint64_t)rela.r_addend;
	return elf_file_find_section(file, ".text", &shdr) ? shdr.sh_addr : 0;
}

static void open_go(struct image *image)
{
	static const char *const names[] = { ".gopclntab", ".data.rel.ro.gopclntab" };

	for (size_t i = 0; i < ARRAY_SIZE(names) && !image->have_go; i++) {
		Elf_Data *data = elf_file_section_data(&image->file, names[i]);
		GElf_Shdr shdr;

		if (!data || !data->d_buf || !elf_file_find_section(&image->file, names[i], &shdr))
			continue;
		image->have_go = !gopclntab_open(data->d_buf, data->d_size,
						 find_text_start(&image->file, &shdr), &image->go);
	}
}

static int set_up(struct image *image, const struct debug_search *search)
{
	GElf_Ehdr header;
	int error;

	if (!gelf_getehdr(image->file.elf, &header) ||
	    (header.e_type != ET_DYN && header.e_type != ET_EXEC))
		return -ENOEXEC;
	image->machine = header.e_machine;
	set_build_id(image);
	open_go(image);
	if (search && search->ban >= BAN_DEBUG) {
		image->left_out = REASON_DEBUG_COSTLY;
		return name_cache_new(&image->cache);
	}
	if (search)
		debug_file_find(&image->file, search, &image->debug);
	minidebug_open(&image->file, &image->minidebug);
	error = open_dwarf(image, search);
	return error ? error : name_cache_new(&image->cache);
}

static struct image *image_new(void)
{
	struct image *image = calloc(1, sizeof(*image));

	if (image)
		image->file.fd = image->debug.fd = image->shared.fd = image->minidebug.fd = -1;
	return image;
}

int image_open(const struct found_file *file, const struct debug_search *search,
	       struct image **ret_image)
{
	struct image *image = image_new();
	int error;

	if (!image) {
		close(file->fd);
		return -ENOMEM;
	}
	image->id = file_id_of(&file->stat);
	error = elf_file_open(file->fd, &file->stat, search->map_all, &image->file);
	if (!error)
		error = set_up(image, search);
	if (error) {
		image_free(image);
		return error;
	}
	*ret_image = image;
	return 0;
}

int image_from_memory(const void *bytes, size_t size, struct image **ret_image)
{
	struct image *image = image_new();
	void *copy = malloc(size ? size : 1);
	int error;

	if (!image || !copy) {
		free(image);
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, bytes, size);
	error = elf_file_from_memory(copy, size, &image->file);
	if (!error)
		error = set_up(image, NULL);
	if (error) {
		image_free(image);
		return error;
	}
	*ret_image = image;
	return 0;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	name_cache_free(image->cache);
	line_table_free(image->lines);
	symbols_free(image->symbols);
	if (image->eh_cfi)
		dwarf_cfi_end(image->eh_cfi);
	dwarf_end(image->own_dwarf);
	dwarf_end(image->debug_dwarf);
	dwarf_end(image->shared_dwarf);
	elf_file_close(&image->minidebug);
	elf_file_close(&image->shared);
	elf_file_close(&image->debug);
	elf_file_close(&image->file);
	free(image);
}

const struct elf_file *image_elf(const struct image *image)
{
	return &image->file;
}

const struct file_id *image_id(const struct image *image)
{
	return &image->id;
}

uint64_t image_charge(struct image *image, uint64_t question, uint64_t cpu_ns)
{
	if (image->question != question)
		image->question_ns = 0;
	image->question = question;
	image->question_ns += cpu_ns;
	return image->question_ns;
}

enum reason image_left_out(const struct image *image)
{
	return image->left_out;
}

uint16_t image_machine(const struct image *image)
{
	return image->machine;
}

uint32_t image_program_marks(struct image *image)
{
	if (!image->have_program_marks)
		image->program_marks = program_marks_of_file(&image->file);
	image->have_program_marks = true;
	return image->program_marks;
}

const char *image_build_id(const struct image *image)
{
	return image->build_id[0] ? image->build_id : NULL;
}

size_t image_bytes(const struct image *image)
{
	size_t bytes = sizeof(*image) + FIXED_BYTES + name_cache_bytes(image->cache);

	bytes += image->unpacked_bytes;
	bytes += image->file.size + image->debug.size + image->shared.size + image->minidebug.size;
	if (image->symbols)
		bytes += symbols_bytes(image->symbols);
	if (image->lines)
		bytes += line_table_bytes(image->lines);
	return bytes;
}

Dwarf_CFI *image_cfi(struct image *image, unsigned int which)
{
	if (!image->eh_tried) {
		image->eh_tried = true;
		image->eh_cfi = dwarf_getcfi_elf(image->file.elf);
	}
	/* Counts only the tables that exist. */
	if (image->eh_cfi && which-- == 0)
		return image->eh_cfi;
	for (unsigned int i = 0; i < 2; i++) {
		Dwarf *dwarf = i ? image->debug_dwarf : image->own_dwarf;
		Dwarf_CFI *cfi = dwarf ? dwarf_getcfi(dwarf) : NULL;

		if (cfi && which-- == 0)
			return cfi;
	}
	return NULL;
}

static const struct symbols *load_symbols(struct image *image, const struct deadline *deadline)
{
	const struct elf_file *const all[] = { &image->file, &image->debug, &image->minidebug };
	const struct elf_file *files[3];
	size_t count = 0;

	if (image->symbols || image->symbols_tries == SYMBOLS_TRIES)
		return image->symbols;
	for (size_t i = 0; i < 3; i++)
		if (all[i]->elf)
			files[count++] = all[i];
	image->symbols_tries++;
	symbols_new(files, count, deadline, &image->symbols);
	return image->symbols;
}

static int find_function(struct image *image, uint64_t address, const struct deadline *deadline,
			 struct function *ret_function)
{
	const struct symbols *symbols = load_symbols(image, deadline);
	struct function function = {};
	struct symbols_hit symbol;
	struct gopclntab_hit go;

	if (image->have_go && !gopclntab_find(&image->go, address, &go)) {
		function.name = go.name;
		function.start = go.start;
		function.file = go.file;
		function.line = go.line;
	} else if (symbols && !symbols_find(symbols, address, &symbol)) {
		function.name = symbol.name;
		function.start = symbol.start;
	} else if (!plt_find(&image->file, address, &function.name, &function.start)) {
		function.is_plt = true;
	} else {
		return -ENOENT;
	}
	*ret_function = function;
	return 0;
}

bool image_is_plt(const struct image *image, uint64_t address)
{
	const char *name;
	uint64_t start;

	return !plt_find(&image->file, address, &name, &start);
}

bool image_is_go(const struct image *image)
{
	return image->have_go;
}

int image_find_function(struct image *image, uint64_t address, const struct deadline *deadline,
			uint64_t *ret_start, const char **ret_name)
{
	struct function function;

	if (find_function(image, address, deadline, &function))
		return -ENOENT;
	*ret_start = function.start;
	*ret_name = function.name;
	return 0;
}

static const char *write_name(struct image *image, size_t level, const char *name)
{
	if (!name)
		return NULL;
	demangle(name, image->text[level], NAME_BYTES);
	return image->text[level];
}

/*
 * Linkers and LLVM fold functions with equal code into one (--icf, mergefunc). It then has several
 * symbols, and the chosen one may be wrong; DWARF names the right function. A clone has the name
 * from DWARF and a suffix.
 */
static bool is_folded(const struct function *function, const struct line_level *line)
{
	return line->name && line->start == function->start &&
	       (!strncmp(line->name, "_Z", 2) || !strncmp(line->name, "_R", 2)) &&
	       strncmp(function->name, line->name, strlen(line->name)) != 0;
}

/*
 * The outermost function gets the name of its symbol, which is more exact than DWARF (clones,
 * assembly).
 */
static void set_outermost(struct image *image, const struct function *function,
			  const struct line_level *line)
{
	struct image_names *names = &image->uncached;
	struct image_level *level;
	size_t length;

	if (is_folded(function, line))
		return;
	if (!names->count)
		names->levels[names->count++] = (struct image_level){};
	level = &names->levels[names->count - 1];
	level->symbol = write_name(image, names->count - 1, function->name);
	level->start = function->start;
	if (!level->file) {
		level->file = function->file;
		level->line = function->line;
	}
	length = strlen(level->symbol);
	if (function->is_plt && length < NAME_BYTES - sizeof("@plt"))
		strcpy(image->text[names->count - 1] + length, "@plt");
}

static int set_levels(struct image *image, uint64_t address, const struct deadline *deadline,
		      struct line_level *ret_outermost)
{
	struct line_level levels[LINE_TABLE_INLINED_MAX + 1];
	struct image_names *names = &image->uncached;
	size_t count;
	int error;

	_Static_assert(IMAGE_LEVELS_MAX == LINE_TABLE_INLINED_MAX + 1, "as many levels");
	names->count = 0;
	if (!image->lines)
		return 0;
	error = line_table_find(image->lines, address, deadline, levels, &count);
	if (error)
		return error == -ETIME ? error : 0;
	for (size_t i = 0; i < count; i++)
		names->levels[i] = (struct image_level){
			.symbol = write_name(image, i, levels[i].name),
			.start = levels[i].start,
			.file = levels[i].file,
			.line = levels[i].line,
			.is_inlined = i + 1 < count,
		};
	names->count = count;
	*ret_outermost = levels[count - 1];
	return 0;
}

const struct image_names *image_find_names(struct image *image, uint64_t address,
					   const struct deadline *deadline)
{
	const struct image_names *cached = name_cache_find(image->cache, address);
	struct line_level outermost = {};
	struct function function;
	int error;

	if (cached)
		return cached;
	error = set_levels(image, address, deadline, &outermost);
	if (!find_function(image, address, deadline, &function))
		set_outermost(image, &function, &outermost);
	if (!error && !deadline_is_over(deadline))
		cached = name_cache_add(image->cache, address, &image->uncached);
	return cached ? cached : &image->uncached;
}
