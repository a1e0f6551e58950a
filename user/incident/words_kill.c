// SPDX-License-Identifier: GPL-2.0-or-later
#include "words_kill.h"

#include <stddef.h>

#include "units.h"

#define NAME_IN(names, index) ((size_t)(index) < ARRAY_SIZE(names) ? (names)[index] : NULL)

const char *word_limit(enum ev_limit_kind kind)
{
	static const char *const names[] = {
		[EV_LIMIT_CPU] = "RLIMIT_CPU",
		[EV_LIMIT_FSIZE] = "RLIMIT_FSIZE",
		[EV_LIMIT_RTTIME] = "RLIMIT_RTTIME",
	};

	return NAME_IN(names, kind);
}

const char *word_limit_unit(enum ev_limit_kind kind)
{
	static const char *const names[] = {
		[EV_LIMIT_CPU] = "s",
		[EV_LIMIT_FSIZE] = "bytes",
		[EV_LIMIT_RTTIME] = "us",
	};

	return NAME_IN(names, kind);
}

const char *word_seccomp_action(enum ev_seccomp_action action)
{
	static const char *const names[] = {
		[EV_SECCOMP_TRAP] = "trap",
		[EV_SECCOMP_KILL_THREAD] = "kill_thread",
		[EV_SECCOMP_KILL_PROCESS] = "kill_process",
		[EV_SECCOMP_STRICT] = "strict",
		[EV_SECCOMP_KILL] = "kill",
	};

	return NAME_IN(names, action);
}

const char *word_memory(uint32_t flags)
{
	if (flags & EV_MEMORY_OF_CGROUP)
		return "cgroup";
	return flags & EV_MEMORY_OF_HOST ? "host" : NULL;
}
