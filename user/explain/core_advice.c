// SPDX-License-Identifier: GPL-2.0-or-later
/* How to read the core of an incident, or to get one the next time. */
#include "told_advice.h"

#include <inttypes.h>

#include "units.h"

static bool is_there(const struct incident_core *core)
{
	return core->state == CORE_EXPECTED || core->state == CORE_BEING_WRITTEN ||
	       core->state == CORE_WRITTEN;
}

static bool is_in_journal(const struct incident *incident)
{
	return is_there(&incident->core) && incident->core.target == CORE_TARGET_SYSTEMD;
}

/* It stores the number that the host has for the process (%P). */
static void tell_coredumpctl(const struct incident *incident, struct text *text)
{
	uint32_t pid = incident->process.pid;

	text_add(text,
		 "`coredumpctl info %" PRIu32 "`; `coredumpctl debug %" PRIu32
		 "` opens the core in a debugger",
		 pid, pid);
}

static bool is_in_file(const struct incident *incident)
{
	return is_there(&incident->core) && incident->core.target == CORE_TARGET_FILE &&
	       incident->core.path[0] == '/' && incident->process.exe.have &&
	       !incident->process.exe.truncated;
}

static void tell_debugger(const struct incident *incident, struct text *text)
{
	text_add_hostile(text, "open the core in a debugger: gdb ", incident->process.exe.text);
	text_add_hostile(text, " ", incident->core.path);
}

static bool is_limited(const struct incident *incident)
{
	return incident->core.state == CORE_NONE && incident->core.why == CORE_WHY_LIMIT;
}

static void tell_limit(const struct incident *incident, struct text *text)
{
	text_add(text, "for a core the next time: LimitCORE=infinity in the unit, or `ulimit -c "
		       "unlimited` before the program is started");
}

const struct told_advice core_advice[] = {
	{ "read_core_coredumpctl", is_in_journal, tell_coredumpctl },
	{ "read_core_file", is_in_file, tell_debugger },
	{ "allow_core", is_limited, tell_limit },
};

const size_t core_advice_count = ARRAY_SIZE(core_advice);
