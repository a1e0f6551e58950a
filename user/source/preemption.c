// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How does this kernel preempt? The scheduler shows it in debugfs. Without debugfs only the build
 * configuration is known.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "cleanup.h"
#include "preemption.h"
#include "release.h"

/* "none voluntary (full) lazy": the active one is in parentheses. */
static bool read_mode(char *line, size_t size)
{
	FILE *file cleanup(cleanup_fclose) = fopen("/sys/kernel/debug/sched/preempt", "re");

	return file && fgets(line, size, file);
}

static bool kernel_preempts(const struct utsname *name)
{
	char line[128];

	if (read_mode(line, sizeof(line)))
		return !strstr(line, "(none)") && !strstr(line, "(voluntary)");
	return strstr(name->version, "PREEMPT");
}

bool preemption_in_trampolines(void)
{
	struct utsname name;

	return !uname(&name) && release_is_from(&name, 5, 11) && kernel_preempts(&name);
}

bool preemption_in_tracepoints(void)
{
	struct utsname name;

	return !uname(&name) && release_is_from(&name, 7, 0) && kernel_preempts(&name);
}

bool preemption_in_signals(void)
{
	struct utsname name;

	return !uname(&name) && release_is_from(&name, 7, 0) && strstr(name.version, "PREEMPT_RT");
}
