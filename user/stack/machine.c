// SPDX-License-Identifier: GPL-2.0-or-later
/* Registers and stack bytes of the thread that is unwound, and how each ABI names them. */
#include "machine.h"
#include "units.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

/* x32 pushes eight bytes like any code in 64-bit mode. */
static const struct machine_abi abis[] = {
	{ EV_ABI_X86_64, EM_X86_64, 8, 17, 16, 7, 6, MACHINE_NO_REGISTER },
	{ EV_ABI_X32, EM_X86_64, 8, 17, 16, 7, 6, MACHINE_NO_REGISTER },
	{ EV_ABI_I386, EM_386, 4, 9, 8, 4, 5, MACHINE_NO_REGISTER },
	{ EV_ABI_AARCH64, EM_AARCH64, 8, 33, 32, 31, 29, 30 },
	{ EV_ABI_RISCV64, EM_RISCV, 8, 33, 32, 2, 8, 1 },
};

const struct machine_abi *machine_find_abi(enum ev_abi abi)
{
	for (size_t i = 0; i < ARRAY_SIZE(abis); i++)
		if (abis[i].abi == abi)
			return &abis[i];
	return NULL;
}

bool registers_know(const struct registers *registers, unsigned int number)
{
	return number < MACHINE_REGISTERS_MAX && (registers->known >> number & 1);
}

void registers_set(struct registers *registers, unsigned int number, uint64_t value)
{
	registers->value[number] = value;
	registers->known |= UINT64_C(1) << number;
}

void registers_forget(struct registers *registers, unsigned int number)
{
	registers->known &= ~(UINT64_C(1) << number);
}

int machine_read(const struct machine *machine, uint64_t address, size_t size, uint64_t *ret_value)
{
	const struct stack_memory *memory = &machine->memory;
	unsigned char bytes[8] = {};
	uint64_t value;

	/* This order of checks cannot overflow. */
	if (size > sizeof(bytes) || size > memory->size || address < memory->start ||
	    address - memory->start > memory->size - size)
		return -EFAULT;
	memcpy(bytes, memory->bytes + (address - memory->start), size);
	memcpy(&value, bytes, sizeof(value));
	*ret_value = le64toh(value);
	return 0;
}

int machine_read_word(const struct machine *machine, uint64_t address, uint64_t *ret_value)
{
	return machine_read(machine, address, machine->abi->word_bytes, ret_value);
}
