// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Demangle symbols. libiberty limits its recursion, but a name of one kilobyte can expand to
 * gigabytes. So libiberty writes through a callback, which jumps out when the buffer is full. That
 * leaks at most the scratch memory of one Punycode identifier.
 */
#include "demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#define SYMBOL_MAX 4096
/* Limit on calls of the callback: a name can expand to an endless row of empty pieces. */
#define PIECES_MAX 65536

struct output {
	char *buffer;
	size_t size, used;
	unsigned int pieces;
	jmp_buf full;
};

static void take(const char *text, size_t length, void *output_)
{
	struct output *output = output_;
	size_t room = output->size - output->used - 1;
	size_t kept = length < room ? length : room;

	/* libiberty also passes empty pieces, some as a null pointer. */
	if (kept)
		memcpy(output->buffer + output->used, text, kept);
	output->used += kept;
	if (kept < length || ++output->pieces > PIECES_MAX)
		longjmp(output->full, 1);
}

static void end(struct output *output, bool is_cut)
{
	output->buffer[output->used] = '\0';
	if (is_cut && output->used >= 3)
		memcpy(output->buffer + output->used - 3, "...", 3);
}

/* foo<int>::bar without its parameters: file and line tell overloads apart. */
static bool run(const char *symbol, struct output *output)
{
	if (setjmp(output->full)) {
		end(output, true);
		return true;
	}
	if (rust_demangle_callback(symbol, 0, take, output)) {
		end(output, false);
		return output->used;
	}
	output->used = 0;
	if (cplus_demangle_v3_callback(symbol, DMGL_ANSI, take, output)) {
		end(output, false);
		return output->used;
	}
	return false;
}

void demangle(const char *symbol, char *buffer, size_t size)
{
	struct output output = { .buffer = buffer, .size = size };
	size_t length = strnlen(symbol, SYMBOL_MAX);

	if (size < 8)
		return;
	/* Mangled names start with _Z or _R, on some systems with one more underscore. */
	if (length < SYMBOL_MAX && symbol[0] == '_' && run(symbol, &output))
		return;
	output.used = length < size ? length : size - 1;
	memcpy(buffer, symbol, output.used);
	end(&output, length >= size);
}
