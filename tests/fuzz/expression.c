// SPDX-License-Identifier: GPL-2.0-or-later
/* The input becomes a DWARF expression: six bytes for each operation. */
#include <stdint.h>
#include <string.h>

#include "expression.h"

#define OPERATIONS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char memory[64] = { 1, 2, 3 };
	static const enum ev_abi abis[] = { EV_ABI_X86_64, EV_ABI_I386, EV_ABI_AARCH64 };
	struct machine machine = { .memory = { 0x1000, memory, sizeof(memory) } };
	Dwarf_Op ops[OPERATIONS_MAX];
	struct expression_result result;
	uint64_t cfa = 0x1020;
	size_t count = 0;

	if (!size)
		return 0;
	machine.abi = machine_find_abi(abis[data[0] % 3]);
	registers_set(&machine.registers, machine.abi->sp, 0x1000);
	for (data++, size--; size >= 6 && count < OPERATIONS_MAX; data += 6, size -= 6) {
		int32_t number;

		memcpy(&number, data + 1, sizeof(number));
		ops[count] =
			(Dwarf_Op){ .atom = data[0],
				    .number = (Dwarf_Word)(int64_t)number,
				    .number2 = data[1],
				    .offset = count ? ops[count - 1].offset + data[5] % 9 : 0 };
		count++;
	}
	expression_eval(&machine, count % 2 ? &cfa : NULL, ops, count, &result);
	return 0;
}
