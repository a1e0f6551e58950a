// SPDX-License-Identifier: GPL-2.0-or-later
#include "capabilities.h"

#include <linux/capability.h>

#include "rights.h"
#include "units.h"

/* 5.8 and 5.9; older headers lack them. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF 39
#endif
#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

#define ROW(capability) .number = (capability), .name = #capability

/* clang-format off */
const struct capability capability_table[] = {
	{ ROW(CAP_BPF), .users = CAPABILITY_START | CAPABILITY_MAPS, .is_required = true, .is_in_admin = true,
	  .used_for = "load BPF programs",
	  .lost = "everything: no BPF program can be loaded" },
	{ ROW(CAP_PERFMON), .users = CAPABILITY_START, .is_required = true, .is_in_admin = true,
	  .used_for = "load BPF programs that read the kernel",
	  .lost = "everything: BPF programs may not read the kernel" },
	{ ROW(CAP_SYS_PTRACE), .users = CAPABILITY_LINKS | CAPABILITY_READER,
	  .used_for = "read /proc/PID of other users",
	  .lost = "of other users' processes that live on: the executable at the other end, and program "
		  "files in other mount namespaces (containers)" },
	{ ROW(CAP_DAC_READ_SEARCH), .users = CAPABILITY_READER,
	  .used_for = "read program files whose mode does not allow it",
	  .lost = "names of functions in program files that only others may read" },
	{ ROW(CAP_CHECKPOINT_RESTORE), .users = CAPABILITY_READER, .is_in_admin = true,
	  .used_for = "open /proc/PID/map_files",
	  .lost = "names of functions in program files that were deleted or replaced" },
	{ ROW(CAP_SYSLOG), .users = CAPABILITY_START,
	  .used_for = "read /proc/kallsyms",
	  .lost = "names of kernel functions" },
	{ ROW(CAP_DAC_OVERRIDE), .users = CAPABILITY_OUTPUTS,
	  .used_for = "open -o and -w again, in directories of other users",
	  .lost = "after SIGUSR1: new files of -o and -w in directories of other users" },
	{ ROW(CAP_KILL), .users = CAPABILITY_COMMAND,
	  .used_for = "pass signals on to COMMAND",
	  .lost = "signals for a COMMAND that runs as another user" },
	{ ROW(CAP_SETUID), .users = CAPABILITY_START,
	  .used_for = "become the user of --run-as",
	  .lost = "--run-as" },
	{ ROW(CAP_SETGID), .users = CAPABILITY_START,
	  .used_for = "take the groups of --run-as",
	  .lost = "--run-as" },
	{ ROW(CAP_SETPCAP), .users = CAPABILITY_START,
	  .used_for = "empty the bounding set",
	  .lost = "an empty bounding set, which no_new_privs makes good" },
};
/* clang-format on */

const size_t capability_count = ARRAY_SIZE(capability_table);

uint64_t capabilities_of(unsigned int users)
{
	uint64_t rights = 0;

	for (size_t i = 0; i < ARRAY_SIZE(capability_table); i++)
		if (capability_table[i].users & users)
			rights |= RIGHT(capability_table[i].number);
	return rights;
}
