// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hostile snapshot: registers, then the bytes of a stack, then an ELF file that is mapped where
 * the registers and the stack point to.
 */
#include <stdint.h>
#include <string.h>

#include "image.h"
#include "unwind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STACK_BYTES 1024
#define CODE_START 0x400000
#define CODE_BYTES 0x100000
#define STACK_START 0x7ff000

struct input {
	uint8_t abi;
	uint8_t flags;
	uint16_t registers[33]; /* offsets, so that many of them point into the code or the stack */
	uint8_t stack[STACK_BYTES];
};

static struct image *image;

static void load(struct space *space, size_t index)
{
	struct module *module = &space->modules[index];

	module->tried = true;
	module->image = image;
	module->bias = CODE_START;
}

static void enter(struct space *space, size_t index)
{
}

static uint64_t place(uint16_t value)
{
	return value & 0x8000 ? STACK_START + (value & (STACK_BYTES - 1)) : CODE_START + value;
}

/* Words of the stack that point into the code, too. */
static void relocate(uint8_t *stack)
{
	for (size_t i = 0; i + sizeof(uint64_t) <= STACK_BYTES; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, stack + i, sizeof(word));
		if (word >> 16)
			continue;
		word = place((uint16_t)word);
		memcpy(stack + i, &word, sizeof(word));
	}
}

static enum ev_abi abi_of(uint8_t value)
{
	static const enum ev_abi abis[] = { EV_ABI_X86_64, EV_ABI_I386, EV_ABI_AARCH64,
					    EV_ABI_RISCV64 };

	return abis[value % (sizeof(abis) / sizeof(abis[0]))];
}

static void check(const struct unwound *unwound)
{
	if (unwound->count > STACK_FRAMES_MAX)
		__builtin_trap();
	for (size_t i = 0; i < unwound->count; i++)
		if (unwound->frames[i].mapping != SIZE_MAX && unwound->frames[i].mapping > 1)
			__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct deadline deadline = deadline_in_ms(1000);
	static struct snapshot snapshot;
	static struct module modules[1];
	static struct unwound unwound;
	struct space space = {
		.mappings = snapshot.modules,
		.count = 1,
		.modules = modules,
		.load = load,
		.enter = enter,
		.deadline = &deadline,
	};
	struct input input;

	if (size < sizeof(input) || size > 65536)
		return 0;
	memcpy(&input, data, sizeof(input));
	relocate(input.stack);
	if (image_from_memory(data + sizeof(input), size - sizeof(input), &image))
		image = NULL;
	memset(modules, 0, sizeof(modules));
	memset(&unwound, 0, sizeof(unwound));
	snapshot.have = snapshot.have_modules = true;
	snapshot.abi = abi_of(input.abi);
	for (size_t i = 0; i < 33; i++)
		snapshot.registers[i] = place(input.registers[i]);
	snapshot.pc = CODE_START + (input.registers[0] & 0x7fff);
	snapshot.sp = STACK_START;
	snapshot.stack = input.stack;
	snapshot.stack_size = sizeof(input.stack);
	snapshot.stack_truncated = input.flags & 1;
	snapshot.module_count = 1;
	snapshot.modules[0] = (struct snapshot_module){ .start = CODE_START,
							.end = CODE_START + CODE_BYTES,
							.inode = 1 };
	unwind(&space, &snapshot, &unwound);
	check(&unwound);
	if (image)
		image_free(image);
	return 0;
}
