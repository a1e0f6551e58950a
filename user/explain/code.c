// SPDX-License-Identifier: GPL-2.0-or-later
/* Whose code wrote, and whose code handles the signal? By the names that the stack stage found. */
#include "code.h"

#include <string.h>

#include "stack.h"

bool code_runs_on(const struct incident *incident, const char *runtime)
{
	return incident->process.runtime && !strcmp(incident->process.runtime, runtime);
}

static bool starts_with(const char *text, const char *start)
{
	return text && !strncmp(text, start, strlen(start));
}

static const char *file_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

/* The package syscall; from 1.19 on the instruction itself is in another one (moved in 1.23). */
static bool is_go_syscall(const char *symbol)
{
	return starts_with(symbol, "syscall.") ||
	       starts_with(symbol, "runtime/internal/syscall.") ||
	       starts_with(symbol, "internal/runtime/syscall.");
}

bool code_is_go(const struct incident *incident)
{
	const struct stack *stack = incident->stack;

	return stack && stack->count && is_go_syscall(stack->frames[0].symbol);
}

bool code_is_not_go(const struct incident *incident)
{
	const struct stack *stack = incident->stack;

	return stack && stack->count && stack->frames[0].symbol &&
	       !is_go_syscall(stack->frames[0].symbol) &&
	       !starts_with(stack->frames[0].symbol, "runtime.");
}

const char *code_find_tls_library(const struct incident *incident)
{
	static const struct {
		const char *file, *name;
	} libraries[] = {
		{ "libcrypto.so", "OpenSSL" },
		{ "libssl.so", "OpenSSL" },
		{ "libmbedtls.so", "Mbed TLS" },
		{ "libwolfssl.so", "wolfSSL" },
	};
	const struct stack *stack = incident->stack;

	for (size_t frame = 0; stack && frame < stack->count; frame++)
		for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
			if (starts_with(file_name(stack->frames[frame].module), libraries[i].file))
				return libraries[i].name;
	return NULL;
}

const char *code_find_handler_owner(const struct incident *incident)
{
	static const struct {
		const char *symbol, *file; /* NULL: any */
		const char *owner;
	} owners[] = {
		{ "runtime.sigtramp", NULL, "the Go runtime's" },
		{ "runtime.cgoSigtramp", NULL, "the Go runtime's" },
		{ NULL, "libjvm.so", "the Java virtual machine's" },
		{ "uv__signal_handler", NULL, "libuv's" },
		{ "node::", NULL, "Node.js's" },
		{ "signal_handler", "libpython", "Python's, which calls signal.signal()'s later" },
		{ "signal_handler", "python", "Python's, which calls signal.signal()'s later" },
	};
	const struct stack_frame *frame = incident->handler_frame;

	for (size_t i = 0; frame && i < sizeof(owners) / sizeof(owners[0]); i++)
		if ((!owners[i].symbol || starts_with(frame->symbol, owners[i].symbol)) &&
		    (!owners[i].file || starts_with(file_name(frame->module), owners[i].file)))
			return owners[i].owner;
	return NULL;
}
