// SPDX-License-Identifier: GPL-2.0-or-later
/* Parse /proc/PID/maps. */
#include "maps.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

#define DELETED " (deleted)"

/* show_map_vma() escapes a newline in a name as \012, and escapes nothing else. */
static void copy_path(const char *text, struct snapshot_module *module)
{
	size_t length = strlen(text), at = 0;

	if (length >= strlen(DELETED) && !strcmp(text + length - strlen(DELETED), DELETED)) {
		module->deleted = module->inode;
		if (module->deleted)
			length -= strlen(DELETED);
	}
	if (length >= sizeof(module->path)) {
		module->path_truncated = true;
		text += length - sizeof(module->path) + 1;
		length = sizeof(module->path) - 1;
	}
	for (size_t i = 0; i < length; i++) {
		if (!strncmp(text + i, "\\012", 4)) {
			module->path[at++] = '\n';
			i += 3;
		} else {
			module->path[at++] = text[i];
		}
	}
	module->path[at] = '\0';
}

/* 7f39bd3c7000-7f39bd51c000 r-xp 00026000 fd:01 131 /usr/lib/x86_64-linux-gnu/libc.so.6 */
bool maps_parse_line(const char *line, struct snapshot_module *ret_module)
{
	struct snapshot_module module = {};
	unsigned int major, minor;
	char rights[5];
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n",
		   &module.start, &module.end, rights, &module.offset, &major, &minor,
		   &module.inode, &path) != 7)
		return false;
	if (rights[2] != 'x' || module.start >= module.end)
		return false;
	module.dev = (uint64_t)major << 20 | minor;
	if (path)
		copy_path(line + path, &module);
	*ret_module = module;
	return true;
}

int maps_read(int dir, struct maps *ret_maps)
{
	cleanup(cleanup_fclose) FILE *file = NULL;
	cleanup(cleanup_free) char *line = NULL;
	size_t capacity = 0;
	int fd = openat(dir, "maps", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	file = fdopen(fd, "re");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	ret_maps->count = 0;
	ret_maps->truncated = false;
	while (getline(&line, &capacity, file) > 0) {
		if (ret_maps->count == SNAPSHOT_MODULES_MAX) {
			ret_maps->truncated = true;
			break;
		}
		line[strcspn(line, "\n")] = '\0';
		if (maps_parse_line(line, &ret_maps->modules[ret_maps->count]))
			ret_maps->count++;
	}
	/* The list of an exited process is empty. */
	return ret_maps->count ? 0 : -ESRCH;
}

const struct snapshot_module *maps_find(const struct snapshot_module *modules, size_t count,
					uint64_t address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (address < modules[middle].start)
			high = middle;
		else if (address >= modules[middle].end)
			low = middle + 1;
		else
			return &modules[middle];
	}
	return NULL;
}
