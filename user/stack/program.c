// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find marks that survive strip. Go's runtime needs its table of functions, and Rust's standard
 * library holds the text of its panics. Interpreters and virtual machines have known libraries.
 */
#include "program.h"

#include <string.h>

#include "path.h"
#include "stack.h"
#include "units.h"

/* How much of a section is searched: a fraction of a second at most, once for a file. */
#define SEARCH_BYTES_MAX (64u << 20)

static bool section_has(const struct elf_file *file, const char *name, const char *text)
{
	const Elf_Data *data = elf_file_section_data(file, name);

	if (!data || !data->d_buf)
		return false;
	return memmem(data->d_buf,
		      data->d_size < SEARCH_BYTES_MAX ? data->d_size : SEARCH_BYTES_MAX, text,
		      strlen(text));
}

static bool has_section(const struct elf_file *file, const char *name)
{
	GElf_Shdr shdr;

	return elf_file_find_section(file, name, &shdr);
}

static bool is_go(const struct elf_file *file)
{
	return has_section(file, ".go.buildinfo") || has_section(file, ".gopclntab") ||
	       has_section(file, ".data.rel.ro.gopclntab");
}

/*
 * Functions that the cgo tool generates, also for programs that use cgo only through package net.
 */
static bool has_cgo(const struct elf_file *file)
{
	return section_has(file, ".gopclntab", "_cgo_") ||
	       section_has(file, ".data.rel.ro.gopclntab", "_cgo_");
}

/* rustc writes its name into .comment since LLVM 15. The text is that of panics in std. */
static bool is_rust(const struct elf_file *file)
{
	return section_has(file, ".comment", "rustc version") ||
	       section_has(file, ".rodata", "`RUST_BACKTRACE=1`");
}

uint32_t program_marks_of_file(const struct elf_file *file)
{
	/* Without a section table none of the marks can be found. */
	if (!has_section(file, ".text"))
		return 0;
	if (is_go(file))
		return STACK_PROGRAM_SECTIONS | STACK_PROGRAM_GO |
		       (has_cgo(file) ? STACK_PROGRAM_CGO : 0);
	return STACK_PROGRAM_SECTIONS | (is_rust(file) ? STACK_PROGRAM_RUST : 0);
}

uint32_t program_marks_of_library(const char *path)
{
	static const struct {
		const char *prefix;
		uint32_t marks;
	} libraries[] = {
		{ "libcoreclr.so", STACK_PROGRAM_DOTNET }, { "libjvm.so", STACK_PROGRAM_JVM },
		{ "libnode.so", STACK_PROGRAM_NODE },	   { "libpython2.", STACK_PROGRAM_PYTHON },
		{ "libpython3.", STACK_PROGRAM_PYTHON },   { "libpypy", STACK_PROGRAM_PYTHON },
		{ "libruby", STACK_PROGRAM_RUBY },
	};
	const char *name = path_leaf(path);

	for (size_t i = 0; i < ARRAY_SIZE(libraries); i++)
		if (!strncmp(name, libraries[i].prefix, strlen(libraries[i].prefix)))
			return libraries[i].marks;
	return 0;
}
