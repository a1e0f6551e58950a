// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What does the program run on? From what it cannot hide: the handler that Go's runtime installs,
 * the library of the virtual machine among its mappings, functions in its stack; at last the name
 * of its file. Nothing of it is a proof against a program that wants to be taken for another one.
 */
#include "blocks.h"

#include <ctype.h>
#include <string.h>

#include "stack.h"

struct mark {
	const char *text;
	const char *runtime;
};

/* Of a function in the stack or the handler. */
static const struct mark symbol_marks[] = {
	{ "runtime.sigtramp", "go" },
	{ "runtime.cgoSigtramp", "go" },
	{ "runtime.goexit", "go" },
	{ "runtime.main", "go" },
	{ "runtime.asmcgocall", "go" },
	{ "std::rt::lang_start", "rust" },
	{ "std::sys::backtrace::__rust_begin_short_backtrace", "rust" },
	{ "std::sys_common::backtrace::__rust_begin_short_backtrace", "rust" },
};

/* Of the file name of a mapping, or of the executable: followed by a version at most. */
static const struct mark file_marks[] = {
	{ "libjvm.so", "jvm" },	   { "java", "jvm" },
	{ "libpython", "python" }, { "python", "python" },
	{ "libnode.so", "node" },  { "node", "node" },
	{ "nodejs", "node" },	   { "libcoreclr.so", "dotnet" },
	{ "libruby-", "ruby" },	   { "ruby", "ruby" },
	{ "libperl.so", "perl" },  { "perl", "perl" },
	{ "php", "php" },	   { "beam.smp", "erlang" },
};

/* runtime.goexit.abi0, but not runtime.goexitNow */
static bool is_symbol(const char *text, const char *mark)
{
	size_t length = strlen(mark);

	return !strncmp(text, mark, length) && !isalpha((unsigned char)text[length]);
}

/* python3.11, but not node_exporter */
static bool is_file(const char *text, const char *mark)
{
	size_t length = strlen(mark);

	return !strncmp(text, mark, length) &&
	       (!text[length] || text[length] == '.' || isdigit((unsigned char)text[length]));
}

static const char *by_symbol(const char *symbol)
{
	for (size_t i = 0; symbol && i < sizeof(symbol_marks) / sizeof(symbol_marks[0]); i++)
		if (is_symbol(symbol, symbol_marks[i].text))
			return symbol_marks[i].runtime;
	return NULL;
}

static const char *by_file(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < sizeof(file_marks) / sizeof(file_marks[0]); i++)
		if (is_file(name, file_marks[i].text))
			return file_marks[i].runtime;
	return NULL;
}

static const char *by_names(const struct incident *incident)
{
	const struct stack *stack = incident->stack;
	const char *runtime = NULL;

	if (incident->handler_frame)
		runtime = by_symbol(incident->handler_frame->symbol);
	for (size_t i = 0; stack && !runtime && i < stack->count; i++)
		runtime = by_symbol(stack->frames[i].symbol);
	for (size_t i = 0; stack && !runtime && i < stack->count; i++)
		if (stack->frames[i].module)
			runtime = by_file(stack->frames[i].module);
	return runtime;
}

void runtime_enrich(struct incident *incident, const struct snapshot *snapshot)
{
	struct incident_process *process = &incident->process;
	const char *runtime = by_names(incident);

	for (size_t i = 0; !runtime && snapshot->have_modules && i < snapshot->module_count; i++)
		runtime = by_file(snapshot->modules[i].path);
	if (!runtime && process->exe.have)
		runtime = by_file(process->exe.text);
	/* Compiled code that nothing above claims; a stack with names is needed to say so. */
	if (!runtime && incident->stack && incident->stack->count)
		runtime = "native";
	process->runtime = runtime;
	if (!runtime)
		incident_note_missing(incident, "process.runtime",
				      "neither its stack nor its files tell");
}
