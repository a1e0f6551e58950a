// SPDX-License-Identifier: GPL-2.0-or-later
#include "stack_frames.h"
#include "path.h"
#include "units.h"

#include <string.h>

bool stack_frame_is_made(const struct stack_frame *frame)
{
	/* Memory that can be mapped twice: once to write the code, and once to run it. */
	static const char *const prefixes[] = { "/memfd:", "/dev/zero (deleted)" };

	if (!frame->module)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(frame->module, prefixes[i], strlen(prefixes[i])))
			return true;
	return !strcmp(frame->module, STACK_ANONYMOUS);
}

bool stack_frame_is_libc(const struct stack_frame *frame)
{
	static const char *const leaves[] = {
		"libc.so", "libc-", "libpthread", "ld-linux", "ld-musl", "ld-2",
	};
	const char *leaf = path_leaf(frame->module ?: "");

	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++)
		if (!strncmp(leaf, leaves[i], strlen(leaves[i])))
			return true;
	return false;
}
