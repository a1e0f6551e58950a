// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is a program, and the file with its debug information: 4 bytes with the length of the
 * program, then both. They are found by the build id of the program, by its link, and as the file
 * that others share.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct finder finder;
/* Its time is later than any file: a file that was written to since is not used. */
static struct target target = { .time.tv_sec = INT32_MAX };
static struct snapshot_module module;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct stack_options options = { .proc_root = "/proc", .time_limit_ms = 1000 };

	tree_make();
	tree_make_directory(".build-id");
	tree_make_directory(".dwz");
	options.debug_dir = tree_root();
	if (finder_open(&finder, &options))
		abort();
	return 0;
}

/* Where a build id leads to. */
static void put_by_id(const uint8_t *program, size_t program_size, const uint8_t *debug,
		      size_t debug_size)
{
	unsigned char id[ELF_FILE_BUILD_ID_MAX];
	void *copy = malloc(program_size ?: 1);
	struct elf_file file;
	char name[128];
	size_t length, at;

	memcpy(copy, program, program_size);
	if (elf_file_from_memory(copy, program_size, &file))
		return;
	length = elf_file_build_id(&file, id, sizeof(id));
	elf_file_close(&file);
	/* A directory of its own for each would fill the file system. */
	if (length < 2 || length > 32 || id[0] > 1)
		return;
	at = (size_t)sprintf(name, ".build-id/%02x", id[0]);
	tree_make_directory(name);
	name[at++] = '/';
	for (size_t i = 1; i < length; i++)
		at += (size_t)sprintf(name + at, "%02x", id[i]);
	strcpy(name + at, ".debug");
	tree_put(name, debug, debug_size);
}

static void look(const struct found_file *file)
{
	const struct deadline deadline = deadline_in_ms(500);
	struct files files = { .finder = &finder };
	const struct debug_search search = { .files = &files, .deadline = &deadline };
	const struct image_names *names;
	struct image *image;
	GElf_Ehdr header;

	if (image_open(file, &search, &image))
		return;
	if (gelf_getehdr(image_elf(image)->elf, &header)) {
		names = image_find_names(image, header.e_entry, &deadline);
		for (size_t i = 0; i < names->count; i++)
			if (names->levels[i].symbol && !strlen(names->levels[i].symbol))
				image_is_plt(image, names->levels[i].start);
	}
	image_left_out(image);
	image_free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct finder_question question = { .target = &target,
						  .modules = &module,
						  .module_count = 1 };
	struct found_file file;
	uint32_t length;
	char path[128];

	if (size < sizeof(length) || size > 65536)
		return 0;
	memcpy(&length, data, sizeof(length));
	data += sizeof(length);
	size -= sizeof(length);
	length = length < size ? length : (uint32_t)size;
	tree_put("app", data, length);
	tree_put("app.debug", data + length, size - length);
	tree_put(".dwz/shared", data + length, size - length);
	put_by_id(data, length, data + length, size - length);
	tree_path("app", path);
	tree_module(path, &module);
	finder_begin(&finder, &question);
	if (!finder_module(&finder, 0, &file))
		look(&file);
	finder_end(&finder);
	return 0;
}
