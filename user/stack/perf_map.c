// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find functions in the perf map of a JIT compiler. The file may be large and belongs to one
 * process, so nothing of it is cached.
 */
#include "perf_map.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX (256u << 20)

/* 7f2a1c000a40 1c0 Interpreter:main */
static void take_line(char *line, struct perf_map_hit *hits, size_t count)
{
	uint64_t start, size;
	char *end;

	start = strtoull(line, &end, 16);
	if (end == line || *end != ' ')
		return;
	line = end + 1;
	size = strtoull(line, &end, 16);
	if (end == line || *end != ' ')
		return;
	for (size_t i = 0; i < count; i++) {
		if (!start || hits[i].address < start || hits[i].address - start >= size)
			continue;
		hits[i].start = start;
		snprintf(hits[i].name, sizeof(hits[i].name), "%s", end + 1);
	}
}

void perf_map_find(FILE *file, uint64_t size, const struct deadline *deadline,
		   struct perf_map_hit *hits, size_t count)
{
	char line[PERF_MAP_NAME_MAX + 64];
	bool at_start = true;

	for (unsigned int i = 0; i < count; i++)
		hits[i].start = 0;
	if (size > BYTES_MAX)
		size = BYTES_MAX;
	for (unsigned int lines = 0; size && fgets(line, sizeof(line), file); lines++) {
		size_t length = strlen(line);
		bool ends = length && line[length - 1] == '\n';

		/* With a NUL in it a line looks shorter. */
		size -= length < size ? length ?: 1 : size;
		if (ends)
			line[length - 1] = '\0';
		/* Only the beginning of an overlong line is used. */
		if (at_start)
			take_line(line, hits, count);
		at_start = ends;
		if (lines % 1024 == 1023 && deadline_is_over(deadline))
			return;
	}
}
