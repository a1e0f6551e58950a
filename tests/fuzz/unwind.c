// SPDX-License-Identifier: GPL-2.0-or-later
/* A hostile snapshot, then an ELF file that is mapped where the registers and the stack point to. */
#include <stdint.h>
#include <string.h>

#include "hostile_snapshot.h"
#include "image.h"
#include "unwind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct image *image;

static void load(struct space *space, size_t index)
{
	struct module *module = &space->modules[index];

	module->tried = true;
	module->image = image;
	module->bias = HOSTILE_CODE_START;
}

static void enter(struct space *space, size_t index)
{
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
	struct hostile_snapshot input;

	if (size < sizeof(input) || size > 65536)
		return 0;
	memcpy(&input, data, sizeof(input));
	if (image_from_memory(data + sizeof(input), size - sizeof(input), &image))
		image = NULL;
	memset(modules, 0, sizeof(modules));
	memset(&unwound, 0, sizeof(unwound));
	hostile_snapshot(&input, &snapshot);
	unwind(&space, &snapshot, &unwound);
	check(&unwound);
	if (image)
		image_free(image);
	return 0;
}
