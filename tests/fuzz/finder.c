// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is what a reader that a file has taken over asks the opener for. It must get regular
 * files, for reading, and as debug files nothing but ELF that is no core file.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "finder.h"
#include "opener.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct finder finder;
static struct target target = { .uid = 1000 };
static struct snapshot_module modules[3];

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const unsigned char elf[64] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2";
	static const unsigned char core[64] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4";
	static struct stack_options options = { .proc_root = "/proc", .time_limit_ms = 1000 };
	char path[128];

	tree_make();
	tree_make_directory(".debug");
	tree_make_directory(".build-id");
	tree_make_directory(".build-id/12");
	tree_put("app", elf, sizeof(elf));
	tree_put("app.debug", elf, sizeof(elf));
	tree_put(".debug/core", core, sizeof(core));
	tree_put(".debug/text", "text", 4);
	tree_put(".build-id/12/3456.debug", elf, sizeof(elf));
	tree_put(".build-id/12/34.debug", "text", 4);
	tree_path("link", path);
	if (symlink("/etc/shadow", path))
		abort();
	options.debug_dir = tree_root();
	if (finder_open(&finder, &options))
		abort();
	tree_path("app", path);
	tree_module(path, &modules[0]);
	tree_module("/bin/true", &modules[1]);
	tree_module("/nowhere", &modules[2]);
	target.program = modules[0];
	return 0;
}

static void check(struct found_file *file, bool is_debug)
{
	unsigned char bytes[18];
	struct stat status;

	if (file->fd < 0 || fstat(file->fd, &status) || !S_ISREG(status.st_mode) ||
	    (fcntl(file->fd, F_GETFL) & O_ACCMODE) != O_RDONLY)
		__builtin_trap();
	if (is_debug && (pread(file->fd, bytes, sizeof(bytes), 0) != sizeof(bytes) ||
			 memcmp(bytes, "\177ELF", 4) != 0 || bytes[16] == 4))
		__builtin_trap();
	close(file->fd);
}

/* As the opener calls it. Returns 0 with a file. */
static int ask(const struct opener_request *request, const char *text, struct found_file *file)
{
	const unsigned char *id = (const unsigned char *)text;

	switch (request->what % 5) {
	case 0:
		return finder_module(&finder, request->module, file);
	case 1:
		return finder_debug_by_id(&finder, id, request->length, file);
	case 2:
		return finder_debug_by_link(&finder, request->module, request->place, text, file);
	case 3:
		return finder_debug_by_path(&finder, text, file);
	default:
		return finder_perf_map(&finder, file);
	}
}

/* Often a path below the debug directory. */
static void take_text(struct opener_request *request, const uint8_t *data, size_t size, bool below)
{
	size_t start =
		below ? (size_t)snprintf(request->text, sizeof(request->text), "%s/", tree_root())
		      : 0;

	if (size > sizeof(request->text) - 1 - start)
		size = sizeof(request->text) - 1 - start;
	memcpy(request->text + start, data, size);
	request->length = (uint32_t)(start + size);
	request->text[request->length] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct finder_question question = { .target = &target,
						  .modules = modules,
						  .module_count = 3,
						  .steady_only = size && data[0] & 0x80 };
	static struct opener_request request;

	finder_begin(&finder, &question);
	while (size >= 4) {
		size_t length = data[3] < size - 4 ? data[3] : size - 4;
		struct found_file file = { .fd = -1 };

		request = (struct opener_request){ .what = data[0] & 0x3f,
						   .module = data[1] % 5,
						   .place = data[2] % 4 };
		take_text(&request, data + 4, length, data[0] & 0x40);
		if (request.module == 4)
			request.module = FINDER_PROGRAM;
		if (!ask(&request, request.text, &file))
			check(&file, request.what % 5 && request.what % 5 < 4);
		data += 4 + length;
		size -= 4 + length;
	}
	finder_end(&finder);
	return 0;
}
