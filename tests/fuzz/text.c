// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is a line of /proc/PID/maps, a perf map, the kernel's list of symbols, and a symbol. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "demangle.h"
#include "kallsyms.h"
#include "maps.h"
#include "perf_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(const uint8_t *data, size_t size)
{
	static const uint64_t addresses[] = { 0x1000, UINT64_C(0xffffffffc04f3010), UINT64_MAX };
	const char *names[3] = { 0 };
	uint64_t offsets[3];
	struct kallsyms *kallsyms;
	char path[64];
	int fd = memfd_create("kallsyms", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (kallsyms_new(path, &kallsyms))
		abort();
	/* Again, from what was kept. */
	for (int i = 0; i < 2; i++)
		if (!kallsyms_lookup(kallsyms, addresses, 3, names, offsets) && names[2] &&
		    strpbrk(names[2], "\t\n "))
			__builtin_trap();
	kallsyms_free(kallsyms);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct deadline never = { .at_ns = UINT64_MAX };
	struct perf_map_hit hits[2] = { { .address = 0x1000 }, { .address = 0x1fff } };
	struct snapshot_module module;
	char *text = malloc(size + 1), name[256];
	FILE *file;

	memcpy(text, data, size);
	text[size] = '\0';
	if (maps_parse_line(text, &module) && strlen(module.path) >= sizeof(module.path))
		__builtin_trap();
	demangle(text, name, sizeof(name));
	if (strlen(name) >= sizeof(name))
		__builtin_trap();
	look_up(data, size);
	file = size ? fmemopen(text, size, "r") : NULL;
	if (file) {
		perf_map_find(file, UINT64_MAX, &never, hits, 2);
		fclose(file);
	}
	free(text);
	return 0;
}
