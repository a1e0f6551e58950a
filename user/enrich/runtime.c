// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The language runtime of the process. Its file and its mappings decide. The name of the executable
 * is used only if they show nothing, as with an interpreter that is linked statically.
 */
#include "blocks.h"

#include <string.h>

#include "path.h"
#include "stack.h"
#include "units.h"

static enum incident_runtime from_marks(uint32_t marks)
{
	static const struct {
		uint32_t marks;
		enum incident_runtime runtime;
	} known[] = {
		{ STACK_PROGRAM_GO | STACK_PROGRAM_CGO, RUNTIME_GO_CGO },
		{ STACK_PROGRAM_GO, RUNTIME_GO },
		{ STACK_PROGRAM_RUST, RUNTIME_RUST },
		{ STACK_PROGRAM_JVM, RUNTIME_JVM },
		{ STACK_PROGRAM_NODE, RUNTIME_NODE },
		{ STACK_PROGRAM_DOTNET, RUNTIME_DOTNET },
		{ STACK_PROGRAM_PYTHON, RUNTIME_PYTHON },
		{ STACK_PROGRAM_RUBY, RUNTIME_RUBY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if ((marks & known[i].marks) == known[i].marks)
			return known[i].runtime;
	return RUNTIME_UNKNOWN;
}

/* NAME with or without a version: "python3.11", "perl". */
static bool is_versioned(const char *file, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(file, name, length) && !file[length + strspn(file + length, "0123456789.")];
}

static enum incident_runtime from_name(const struct incident_path *exe)
{
	static const struct {
		const char *name;
		enum incident_runtime runtime;
	} known[] = {
		{ "python", RUNTIME_PYTHON },	{ "pypy", RUNTIME_PYTHON },
		{ "java", RUNTIME_JVM },	{ "node", RUNTIME_NODE },
		{ "nodejs", RUNTIME_NODE },	{ "perl", RUNTIME_PERL },
		{ "ruby", RUNTIME_RUBY },	{ "php", RUNTIME_PHP },
		{ "beam.smp", RUNTIME_ERLANG }, { "dotnet", RUNTIME_DOTNET },
	};
	if (!exe->have)
		return RUNTIME_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (is_versioned(path_leaf(exe->text), known[i].name))
			return known[i].runtime;
	return RUNTIME_UNKNOWN;
}

static struct runtime_seen *slot_of(struct runtimes *runtimes,
				    const struct incident_process *process)
{
	return &runtimes->seen[process->pid % RUNTIMES_SEEN];
}

static bool is_of(const struct runtime_seen *seen, const struct incident_process *process)
{
	return seen->marks && seen->pid == process->pid &&
	       seen->start_boot_ns == process->start_boot_ns && seen->exe_dev == process->exe_dev &&
	       seen->exe_inode == process->exe_inode;
}

bool runtime_is_known(struct runtimes *runtimes, const struct incident *incident)
{
	return is_of(slot_of(runtimes, &incident->process), &incident->process);
}

void runtime_enrich(struct incident *incident, struct runtimes *runtimes, uint32_t marks,
		    enum missing_reason reason)
{
	struct incident_process *process = &incident->process;
	struct runtime_seen *seen = slot_of(runtimes, process);

	if (marks)
		*seen = (struct runtime_seen){
			.pid = process->pid,
			.marks = marks,
			.start_boot_ns = process->start_boot_ns,
			.exe_dev = process->exe_dev,
			.exe_inode = process->exe_inode,
		};
	else if (is_of(seen, process))
		marks = seen->marks;
	process->runtime = from_marks(marks);
	if (!process->runtime)
		process->runtime = from_name(&process->exe);
	if (!process->runtime && marks & STACK_PROGRAM_SECTIONS)
		process->runtime = RUNTIME_NATIVE;
	if (!process->runtime)
		incident_note_missing(incident, MISSING_RUNTIME, reason ?: WHY_PROGRAM_UNREADABLE);
}
