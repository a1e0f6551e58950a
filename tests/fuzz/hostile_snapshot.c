// SPDX-License-Identifier: GPL-2.0-or-later
#include "hostile_snapshot.h"

#include <string.h>

#include "units.h"

#define STACK_START 0x7ff000

static uint64_t place(uint16_t value)
{
	return value & 0x8000 ? STACK_START + (value & (HOSTILE_STACK_BYTES - 1))
			      : HOSTILE_CODE_START + value;
}

/* Words of the stack that point into the code, too. */
static void relocate(uint8_t *stack)
{
	for (size_t i = 0; i + sizeof(uint64_t) <= HOSTILE_STACK_BYTES; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, stack + i, sizeof(word));
		if (!word || word >> 16)
			continue;
		word = place((uint16_t)word);
		memcpy(stack + i, &word, sizeof(word));
	}
}

static enum ev_abi abi_of(uint8_t value)
{
	static const enum ev_abi abis[] = { EV_ABI_X86_64, EV_ABI_I386, EV_ABI_AARCH64,
					    EV_ABI_RISCV64 };

	return abis[value % ARRAY_SIZE(abis)];
}

void hostile_snapshot(struct hostile_snapshot *input, struct snapshot *ret_snapshot)
{
	struct snapshot *snapshot = ret_snapshot;

	relocate(input->stack);
	snapshot->have = snapshot->have_modules = true;
	snapshot->abi = abi_of(input->abi);
	for (size_t i = 0; i < ARRAY_SIZE(input->registers); i++)
		snapshot->registers[i] = place(input->registers[i]);
	snapshot->pc = HOSTILE_CODE_START + (input->registers[0] & 0x7fff);
	snapshot->sp = STACK_START;
	snapshot->stack = input->stack;
	snapshot->stack_size = sizeof(input->stack);
	snapshot->stack_truncated = input->flags & HOSTILE_TRUNCATED;
	snapshot->modules_truncated = false;
	snapshot->module_count = 1;
	snapshot->modules[0] = (struct snapshot_module){
		.start = HOSTILE_CODE_START,
		.end = HOSTILE_CODE_START + HOSTILE_CODE_BYTES,
		.inode = 1,
	};
}
