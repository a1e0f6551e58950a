// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is the function table of a Go program. Its first eight bytes choose addresses. */
#include <stdint.h>
#include <string.h>

#include "gopclntab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gopclntab table;
	struct gopclntab_hit hit;
	uint64_t text;

	if (size < sizeof(text))
		return 0;
	memcpy(&text, data, sizeof(text));
	if (gopclntab_open(data + sizeof(text), size - sizeof(text), text, &table))
		return 0;
	for (uint64_t i = 0; i < 512; i += 5)
		if (!gopclntab_find(&table, table.text_start + i, &hit) &&
		    (strlen(hit.name) >= size || (hit.file && strlen(hit.file) >= size)))
			__builtin_trap();
	gopclntab_find(&table, text, &hit);
	return 0;
}
