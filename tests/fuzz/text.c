// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is a line of /proc/PID/maps, a perf map, and a symbol. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "demangle.h"
#include "maps.h"
#include "perf_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	file = size ? fmemopen(text, size, "r") : NULL;
	if (file) {
		perf_map_find(file, UINT64_MAX, &never, hits, 2);
		fclose(file);
	}
	free(text);
	return 0;
}
