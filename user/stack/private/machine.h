/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread that is unwound: registers by the DWARF numbers of its ABI, some of them unknown, and
 * the bytes above its stack pointer. Nothing else of its memory can be read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

#define MACHINE_REGISTERS_MAX 33
#define MACHINE_NO_REGISTER 255

struct machine_abi {
	enum ev_abi abi;
	uint16_t elf_machine; /* EM_* */
	uint8_t word_bytes;   /* of a stack slot */
	uint8_t register_count;
	uint8_t pc, sp, fp, link; /* numbers; link: holds the return address of a leaf */
};

struct registers {
	uint64_t value[MACHINE_REGISTERS_MAX];
	uint64_t known; /* one bit a register */
};

struct stack_memory {
	uint64_t start;
	const unsigned char *bytes;
	size_t size;
};

struct machine {
	const struct machine_abi *abi;
	struct registers registers;
	struct stack_memory memory;
};

/* NULL: an ABI that is not unwound. */
const struct machine_abi *machine_find_abi(enum ev_abi abi);

bool registers_know(const struct registers *registers, unsigned int number);
void registers_set(struct registers *registers, unsigned int number, uint64_t value);
void registers_forget(struct registers *registers, unsigned int number);

/* SIZE is 1, 2, 4 or 8. 0, or -EFAULT if the snapshot does not hold the memory. */
int machine_read(const struct machine *machine, uint64_t address, size_t size, uint64_t *ret_value);
/* A word of the ABI. */
int machine_read_word(const struct machine *machine, uint64_t address, uint64_t *ret_value);
