// SPDX-License-Identifier: GPL-2.0-or-later
/* Names out of the symbol tables of this program and of the C library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>

#include "plt.h"
#include "own_root.h"
#include "symbols.h"

static const struct deadline never = { .at_ns = UINT64_MAX };

static void open_file(const char *path, struct elf_file *file)
{
	struct stat stat;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_equal(fstat(fd, &stat), 0);
	assert_int_equal(elf_file_open(fd, &stat, false, file), 0);
}

/* Address in the file of something in this process, and the file's path. */
static uint64_t address_of(const void *thing, char *path)
{
	struct link_map *map;
	Dl_info info;

	assert_true(dladdr1(thing, &info, (void **)&map, RTLD_DL_LINKMAP));
	strcpy(path, map->l_name[0] ? map->l_name : own_path());
	return (uintptr_t)thing - map->l_addr;
}

static void functions_and_what_is_between(void **state)
{
	const struct elf_file *files[1];
	struct elf_file file;
	struct symbols *symbols;
	struct symbols_hit hit;
	char path[4096];
	uint64_t address = address_of((void *)functions_and_what_is_between, path);

	open_file(path, &file);
	files[0] = &file;
	assert_int_equal(symbols_new(files, 1, &never, &symbols), 0);
	assert_true(symbols_bytes(symbols) > 1000);
	assert_int_equal(symbols_find(symbols, address, &hit), 0);
	assert_string_equal(hit.name, "functions_and_what_is_between");
	assert_int_equal(symbols_find(symbols, address + 5, &hit), 0);
	assert_int_equal(hit.start, address);
	assert_int_equal(symbols_find(symbols, 1, &hit), -ENOENT);
	assert_int_equal(symbols_find(symbols, UINT64_MAX, &hit), -ENOENT);
	symbols_free(symbols);
	elf_file_close(&file);
}

static void exported_alone(void **state)
{
	const struct elf_file *files[1];
	struct elf_file file;
	struct symbols *symbols;
	struct symbols_hit hit;
	char path[4096];
	uint64_t address = address_of(dlsym(RTLD_DEFAULT, "pread"), path);

	open_file(path, &file);
	files[0] = &file;
	assert_int_equal(symbols_new(files, 1, &never, &symbols), 0);
	assert_int_equal(symbols_find(symbols, address + 3, &hit), 0);
	assert_non_null(strstr(hit.name, "pread"));
	assert_int_equal(hit.start, address);
	symbols_free(symbols);
	elf_file_close(&file);
}

static void no_time(void **state)
{
	const struct deadline over = { 0 };
	const struct elf_file *files[1];
	struct symbols *symbols = NULL;
	struct elf_file file;
	char path[4096];
	int error;

	address_of(dlsym(RTLD_DEFAULT, "pread"), path);
	open_file(path, &file);
	files[0] = &file;
	error = symbols_new(files, 1, &over, &symbols);
	/* A short table is read before time is looked at. */
	assert_true(error == -ETIME || error == 0);
	if (!error)
		symbols_free(symbols);
	else
		assert_null(symbols);
	elf_file_close(&file);
}

static void linkage_table(void **state)
{
	struct elf_file file;
	const char *name;
	unsigned int found = 0;
	GElf_Shdr plt;
	uint64_t start;

	open_file(own_path(), &file);
	if (elf_file_find_section(&file, ".plt.sec", &plt) ||
	    elf_file_find_section(&file, ".plt", &plt))
		for (uint64_t at = 0; at < plt.sh_size; at += 8)
			if (!plt_find(&file, plt.sh_addr + at, &name, &start))
				found += !strncmp(name, "symbols_", 8) || strlen(name) > 0;
	assert_true(found > 0 || !plt.sh_size);
	assert_int_equal(plt_find(&file, 1, &name, &start), -ENOENT);
	assert_int_equal(plt_find(&file, UINT64_MAX, &name, &start), -ENOENT);
	elf_file_close(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_and_what_is_between),
		cmocka_unit_test(exported_alone),
		cmocka_unit_test(no_time),
		cmocka_unit_test(linkage_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
